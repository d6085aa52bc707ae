// What it takes to use the maps and iterators that we hold, and nothing else of BPF.
#pragma once

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace squid {

// Commands of bpf(). Not among them: to load, attach or pin anything.
inline constexpr auto kMapCommands = std::to_array<bpf_cmd>(
    {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY, BPF_PROG_TEST_RUN,
     BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_LOOKUP_BATCH,
     BPF_MAP_LOOKUP_AND_DELETE_BATCH, BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH, BPF_ENABLE_STATS,
     BPF_ITER_CREATE});

// Whether this thread may. Before Linux 5.19 each use needed the right to load programs, unless everybody had
// that.
inline bool may_use_maps() {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(-1);
  // There is no such map: who may use maps is told so, who may not is told that.
  return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) == 0 || errno != EPERM;
}

}  // namespace squid
