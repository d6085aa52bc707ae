// How many descriptors we may keep open. The limit belongs to the whole process, so this is asked once, at start.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/result.h"

namespace squid {

// Raises the soft limit on open files to the hard one. Returns the limit now in effect; where it cannot be
// raised, that is the old one.
Result<std::uint64_t> raise_file_limit();

// How many of them cgroup files may take: the rest is for sinks, listeners and BPF. Every kept cgroup file pins
// a page of kernel memory for its text, so there is an end to it however high the limit is.
inline constexpr std::uint64_t kReservedFiles = 512;
inline constexpr std::size_t kMostKeptFiles = 16384;
std::size_t compute_file_budget(std::uint64_t file_limit);

}  // namespace squid
