#include "pipeline/privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace squid {
namespace {

using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

std::uint64_t join(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

}  // namespace

Result<void> drop_privileges() {
  // So that no program that we might be made to start gets more than we have.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("cannot set no_new_privs", errno);

  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Sets sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0)
    return errno_error("cannot read our capabilities", errno);
  const std::uint64_t kept = compute_kept_capabilities(join(sets[0].permitted, sets[1].permitted));
  // Only who has CAP_SETPCAP may; without it the bounding set has no way to become effective either.
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    if ((kept >> capability & 1) == 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (std::size_t word = 0; word < sets.size(); ++word) {
    const auto bits = static_cast<std::uint32_t>(kept >> (32 * word));
    sets[word] = {.effective = bits, .permitted = bits, .inheritable = 0};
  }
  if (syscall(SYS_capset, &header, sets.data()) != 0)
    return errno_error("cannot give up capabilities", errno);
  return {};
}

}  // namespace squid
