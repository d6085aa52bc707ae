// CgroupId: who a cgroup is for as long as it lives. Never a path or a name: the same path may come back with
// another id, and that is another life.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace squid {

struct CgroupId {
  // Inode number of the cgroup's directory, which is also the kernel's cgroup id. The hierarchies of cgroup
  // v1 count their inodes independently, so an id taken from one of them carries its number in the top byte
  // (0 for cgroup v2): two cgroups never share an id.
  std::uint64_t value = 0;

  static constexpr CgroupId of(std::uint8_t hierarchy, std::uint64_t inode) {
    return CgroupId{(std::uint64_t{hierarchy} << 56) | inode};
  }
  // 0 for cgroup v2.
  constexpr std::uint8_t hierarchy() const { return static_cast<std::uint8_t>(value >> 56); }
  constexpr bool valid() const { return value != 0; }
  friend constexpr bool operator==(CgroupId, CgroupId) = default;
};

}  // namespace squid

template <>
struct std::hash<squid::CgroupId> {
  std::size_t operator()(squid::CgroupId id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
