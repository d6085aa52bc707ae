// Sockets for rtnetlink in the host's network namespace, whichever one we are in ourselves.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "core/result.h"

namespace squid {

// Inode of the network namespace that a process is in; nothing where it cannot be told.
std::optional<std::uint64_t> network_namespace_of(pid_t process);

// A process that is in the host's network namespace; nothing where none can be seen.
std::optional<pid_t> find_host_process();

// The socket is the caller's.
Result<int> open_host_netlink();

}  // namespace squid
