// Rtnetlink: asks the kernel about the network interfaces of other namespaces, without going there and
// without holding them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "interfaces/interface_counters.h"

namespace squid {

class Rtnetlink {
 public:
  // Asks from the host's namespace, whichever one we are in ourselves.
  static Result<std::unique_ptr<Rtnetlink>> open();
  ~Rtnetlink();
  Rtnetlink(const Rtnetlink&) = delete;
  Rtnetlink& operator=(const Rtnetlink&) = delete;

  // The number of the namespace that a process is in, which is given one if it has none. Not to be asked for
  // the host's own. Nothing where the process is gone.
  std::optional<std::int32_t> find_id(pid_t process);
  // The sum over all interfaces that talk to others. Nothing where the namespace is gone.
  std::optional<InterfaceCounters> sum(std::int32_t namespace_id);

 private:
  explicit Rtnetlink(int fd);
  bool send(std::span<const std::byte> request);
  bool ask_for_links(std::int32_t namespace_id);
  // One read of the answer; empty where it failed.
  std::span<const std::byte> receive();

  int fd_;
  std::uint32_t requests_ = 0;
  std::uint32_t left_out_;  // of the answers, by IFLA_EXT_MASK
  std::vector<std::byte> buffer_;
};

}  // namespace squid
