#include "kernel/network_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>

#include "kernel/attach_error.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_skeleton.h"
#include "network.skel.h"

namespace squid {

Result<std::unique_ptr<NetworkPrograms>> NetworkPrograms::load(int cgroup_root_fd, const Options& options) {
  capture_libbpf_messages();
  network_bpf* skeleton = network_bpf::open();
  if (skeleton == nullptr) return errno_error("cannot open the BPF programs for the network", errno);
  std::unique_ptr<NetworkPrograms> network(new NetworkPrograms(skeleton));
  network->slot_count_ = options.slots;
  network->cpu_count_ = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));
  bpf_map__set_max_entries(skeleton->maps.counters, options.slots * network->cpu_count_);
  bpf_map__set_max_entries(skeleton->maps.owners, options.slots);
  bpf_map__set_max_entries(skeleton->maps.free_slots, options.slots);
  bpf_map__set_max_entries(skeleton->maps.slot_of, options.slots);
  if (auto loaded = load_skeleton(skeleton, "programs for the network"); !loaded) return loaded.error();
  if (auto prepared = network->prepare(options.slots); !prepared) return prepared.error();
  if (auto attached = network->attach(cgroup_root_fd); !attached) return attached.error();
  return network;
}

NetworkPrograms::~NetworkPrograms() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  network_bpf::destroy(skeleton_);
}

Result<void> NetworkPrograms::prepare(std::uint32_t slots) {
  skeleton_->bss->cpu_count = cpu_count_;
  // The last one in is the first one out.
  for (std::uint32_t slot = slots; slot-- > 0;)
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.free_slots), nullptr, &slot, BPF_ANY) != 0)
      return errno_error("cannot fill a BPF map", errno);
  const std::size_t owner_bytes = slots * sizeof(std::uint64_t);
  const std::size_t counter_bytes = slots * cpu_count_ * sizeof(network_counters);
  auto mapped = owners_.cover(bpf_map__fd(skeleton_->maps.owners), owner_bytes, owner_bytes);
  if (!mapped) return mapped;
  return counters_.cover(bpf_map__fd(skeleton_->maps.counters), counter_bytes, counter_bytes);
}

Result<void> NetworkPrograms::attach(int cgroup_root_fd) {
  // As links, which share the place with all that others attach so as to share it.
  for (const bpf_program* program : {skeleton_->progs.packet_received, skeleton_->progs.packet_sent})
    if (bpf_link* link = bpf_program__attach_cgroup(program, cgroup_root_fd))
      links_.push_back(link);
    else
      return root_attach_error(errno);
  for (const bpf_program* program : {skeleton_->progs.tcp_retransmitted, skeleton_->progs.tcp_reset_sent,
                                     skeleton_->progs.tcp_reset_received, skeleton_->progs.socket_changed})
    if (bpf_link* link = bpf_program__attach(program))
      links_.push_back(link);
    else
      return errno_error("cannot attach a BPF program to a tracepoint of TCP", errno);
  return {};
}

std::span<const std::uint64_t> NetworkPrograms::owners() const {
  return {static_cast<const std::uint64_t*>(owners_.data()),
          std::min(skeleton_->bss->allocations, slot_count_)};
}

network_counters NetworkPrograms::sum(std::uint32_t slot) const {
  const auto* cpus = static_cast<const network_counters*>(counters_.data()) + std::size_t{slot} * cpu_count_;
  network_counters sum{};
  for (std::uint32_t cpu = 0; cpu < cpu_count_; ++cpu) add(sum, cpus[cpu]);
  return sum;
}

void NetworkPrograms::release(std::uint32_t slot) {
  static constexpr std::uint64_t kNobody = 0;
  const std::uint64_t owner = owners()[slot];
  bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.slot_of), &owner);
  bpf_map_update_elem(bpf_map__fd(skeleton_->maps.owners), &slot, &kNobody, BPF_ANY);
  retired_.add(slot);
}

void NetworkPrograms::recycle() {
  static constexpr network_counters kEmpty{};
  retired_.take_rested([this](std::uint32_t slot) {
    for (std::uint32_t cpu = 0; cpu < cpu_count_; ++cpu) {
      const std::uint32_t index = slot * cpu_count_ + cpu;
      bpf_map_update_elem(bpf_map__fd(skeleton_->maps.counters), &index, &kEmpty, BPF_ANY);
    }
    bpf_map_update_elem(bpf_map__fd(skeleton_->maps.free_slots), nullptr, &slot, BPF_ANY);
  });
}

const network_losses& NetworkPrograms::losses() const {
  return skeleton_->bss->losses;
}

void add(network_counters& sum, const network_counters& part) {
  sum.rx_bytes += part.rx_bytes;
  sum.rx_packets += part.rx_packets;
  sum.tx_bytes += part.tx_bytes;
  sum.tx_packets += part.tx_packets;
  sum.tcp_connects += part.tcp_connects;
  sum.tcp_accepts += part.tcp_accepts;
  sum.tcp_retransmits += part.tcp_retransmits;
  sum.tcp_resets_sent += part.tcp_resets_sent;
  sum.tcp_resets_received += part.tcp_resets_received;
}

}  // namespace squid
