// Whether this thread may use the maps that it holds. Before Linux 5.19 each use needed the right to load
// programs, unless everybody had that.
#pragma once

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace squid {

inline bool may_use_maps() {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(-1);
  // There is no such map: who may use maps is told so, who may not is told that.
  return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) == 0 || errno != EPERM;
}

}  // namespace squid
