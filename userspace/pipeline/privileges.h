// What the daemon may still do once its programs are loaded and attached. From then on it reads files that
// others have written and lines that anybody sends, so it gives up all that reading does not need.
// docs/security.md tells users why each of the rest is kept.
#pragma once

#include <linux/capability.h>

#include <array>
#include <cstdint>
#include <string>

#include "core/result.h"

namespace squid {

inline constexpr std::array kKeptCapabilities{
    CAP_DAC_READ_SEARCH,  // the runtimes' files, which tell names; paths of cgroups from their ids
    CAP_SYS_PTRACE,       // /proc/1/root and /proc/PID/ns of the host's processes
    CAP_NET_ADMIN,        // counters of interfaces in other network namespaces
};
// Before Linux 5.19 also CAP_BPF and CAP_SYS_ADMIN, without which we could not use our own maps there.

// As a mask of bits, of those that are held.
constexpr std::uint64_t compute_kept_capabilities(std::uint64_t held) {
  std::uint64_t kept = 0;
  for (const int capability : kKeptCapabilities) kept |= std::uint64_t{1} << capability;
  return kept & held;
}

// For this thread and those that it starts from now on; there is no way back.
Result<void> drop_privileges();

}  // namespace squid
