// NetworkNamespaces: which network namespace a container is in, and what its interfaces have counted.
#pragma once

#include <cstdint>
#include <optional>

#include "core/cgroup_roster.h"
#include "interfaces/interface_counters.h"

namespace squid {

struct NetworkNamespace {
  std::uint64_t inode = 0;  // who it is, for as long as it lives
  std::int32_t id = -1;     // by which the kernel tells it to us

  friend bool operator==(const NetworkNamespace&, const NetworkNamespace&) = default;
};

class NetworkNamespaces {
 public:
  NetworkNamespaces() = default;
  NetworkNamespaces(const NetworkNamespaces&) = delete;
  NetworkNamespaces& operator=(const NetworkNamespaces&) = delete;
  virtual ~NetworkNamespaces() = default;

  // Where the container's processes are now. Nothing for the host's own namespace, and where there is no
  // process. `last` is what was found the time before: its id need not be asked for again.
  virtual std::optional<NetworkNamespace> find(const CgroupRoster::Entry& container,
                                               const NetworkNamespace& last) = 0;
  // Nothing where the namespace is gone.
  virtual std::optional<InterfaceCounters> read(const NetworkNamespace& of) = 0;
  // Another number than before where an interface came, went or was changed meanwhile, anywhere.
  virtual std::uint64_t changes() = 0;
};

}  // namespace squid
