// HostSupport: what this host lets our BPF programs do, as facts and in words for `squid-bpf check`. What is
// done about it is decided elsewhere; whether the programs load is only known by loading them (open_bpf()).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

struct HostSupport {
  bool type_information = false;  // the kernel describes its types (BTF)
  bool may_load = false;          // CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN
  bool may_open_by_id = false;    // CAP_DAC_READ_SEARCH: paths of cgroups without listing them
  // One sentence for each of these that is missing: what, what it means, what to do.
  std::vector<std::string> notes;
};

// Bits of CAP_*, from the text of /proc/self/status; 0 where it has none.
std::uint64_t parse_effective_capabilities(std::string_view status);

HostSupport compute_host_support(bool type_information, std::uint64_t capabilities);
HostSupport read_host_support();

}  // namespace squid
