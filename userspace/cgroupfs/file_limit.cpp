#include "cgroupfs/file_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace squid {

Result<std::uint64_t> raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return errno_error("cannot read the limit on open files (RLIMIT_NOFILE)", errno);
  rlimit raised = limit;
  raised.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0) return std::uint64_t{limit.rlim_cur};
  return std::uint64_t{raised.rlim_cur};
}

std::size_t compute_file_budget(std::uint64_t file_limit) {
  // Under a small limit a half is left to the others.
  const std::uint64_t reserved = std::min(kReservedFiles, file_limit / 2);
  return static_cast<std::size_t>(std::min<std::uint64_t>(file_limit - reserved, kMostKeptFiles));
}

}  // namespace squid
