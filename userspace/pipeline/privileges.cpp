#include "pipeline/privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "kernel/map_access.h"

namespace squid {
namespace {

using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct this_thread() {
  return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
}

Result<std::uint64_t> read_permitted() {
  auto header = this_thread();
  Sets sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0)
    return errno_error("cannot read our capabilities", errno);
  return std::uint64_t{sets[1].permitted} << 32 | sets[0].permitted;
}

Result<void> set_capabilities(std::uint64_t effective, std::uint64_t permitted) {
  auto header = this_thread();
  Sets sets{};
  for (std::size_t word = 0; word < sets.size(); ++word)
    sets[word] = {.effective = static_cast<std::uint32_t>(effective >> (32 * word)),
                  .permitted = static_cast<std::uint32_t>(permitted >> (32 * word)),
                  .inheritable = 0};
  if (syscall(SYS_capset, &header, sets.data()) != 0)
    return errno_error("cannot give up capabilities", errno);
  return {};
}

}  // namespace

Result<void> drop_privileges() {
  // So that no program that we might be made to start gets more than we have.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("cannot set no_new_privs", errno);

  const auto held = read_permitted();
  if (!held) return held.error();
  const std::uint64_t kept = compute_kept_capabilities(*held);
  // Only who has CAP_SETPCAP may; without it the bounding set has no way to become effective either.
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    if ((kept >> capability & 1) == 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

  const std::uint64_t for_maps = *held & (std::uint64_t{1} << CAP_BPF | std::uint64_t{1} << CAP_SYS_ADMIN);
  if (auto tried = set_capabilities(kept, kept | for_maps); !tried) return tried;
  return may_use_maps() ? set_capabilities(kept, kept) : set_capabilities(kept | for_maps, kept | for_maps);
}

}  // namespace squid
