#include "kernel/host_support.h"

#include <linux/capability.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>

namespace squid {
namespace {

bool has(std::uint64_t capabilities, int capability) {
  return (capabilities >> capability & 1) != 0;
}

}  // namespace

std::uint64_t parse_effective_capabilities(std::string_view status) {
  constexpr std::string_view kKey = "\nCapEff:\t";
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = status.substr(at + kKey.size());
  std::uint64_t capabilities = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), capabilities, 16);
  return capabilities;
}

HostSupport compute_host_support(bool type_information, std::uint64_t capabilities) {
  HostSupport support;
  const bool admin = has(capabilities, CAP_SYS_ADMIN);
  support.type_information = type_information;
  support.may_load = admin || (has(capabilities, CAP_BPF) && has(capabilities, CAP_PERFMON));
  support.may_open_by_id = has(capabilities, CAP_DAC_READ_SEARCH);
  if (!support.type_information)
    support.notes.emplace_back(
        "this kernel does not describe its types (no /sys/kernel/btf/vmlinux), so BPF cannot be used; boot "
        "one with "
        "CONFIG_DEBUG_INFO_BTF");
  if (!support.may_load)
    support.notes.emplace_back(
        "this process may not load BPF programs; run it as root, or with CAP_BPF and CAP_PERFMON");
  if (!support.may_open_by_id)
    support.notes.emplace_back(
        "without CAP_DAC_READ_SEARCH the cgroup directories have to be listed whenever a cgroup is new");
  return support;
}

HostSupport read_host_support() {
  std::ifstream stream("/proc/self/status");
  const std::string status(std::istreambuf_iterator<char>(stream), {});
  return compute_host_support(access("/sys/kernel/btf/vmlinux", R_OK) == 0,
                              parse_effective_capabilities(status));
}

}  // namespace squid
