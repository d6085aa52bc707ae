#include "kernel/sender_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "kernel/attach_error.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_skeleton.h"
#include "senders.skel.h"

namespace squid {
namespace {

// As many as the kernel holds; then all are asked for anew.
constexpr std::size_t kMostKnown = 16384;

void set_ports(__u64 (&words)[SENDERS_PORT_WORDS], const std::vector<std::uint16_t>& ports) {
  for (const std::uint16_t port : ports) words[port / 64] |= __u64{1} << (port % 64);
}

bool is_loopback(const sender_source& source) {
  static constexpr std::uint8_t kIpv4[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
  static constexpr std::uint8_t kIpv6[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return std::ranges::equal(kIpv6, source.address) ||
         std::equal(std::begin(kIpv4), std::end(kIpv4), source.address);
}

}  // namespace

std::size_t SenderMemory::SourceHash::operator()(const sender_source& source) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(&source), sizeof source});
}

Result<std::unique_ptr<SenderProgram>> SenderProgram::load(int cgroup_root_fd, const Ports& ports) {
  struct stat network {};
  if (stat("/proc/self/ns/net", &network) != 0)
    return errno_error("cannot find out our network namespace", errno);
  capture_libbpf_messages();
  senders_bpf* skeleton = senders_bpf::open();
  if (skeleton == nullptr) return errno_error("cannot open the BPF program for senders", errno);
  std::unique_ptr<SenderProgram> program(new SenderProgram(skeleton));
  set_ports(skeleton->rodata->udp_ports, ports.udp);
  set_ports(skeleton->rodata->tcp_ports, ports.tcp);
  skeleton->rodata->our_network = static_cast<std::uint32_t>(network.st_ino);
  if (auto loaded = load_skeleton(skeleton, "program for senders"); !loaded) return loaded.error();
  program->link_ = bpf_program__attach_cgroup(skeleton->progs.note_sender, cgroup_root_fd);
  if (program->link_ == nullptr) return root_attach_error(errno);
  return program;
}

SenderProgram::~SenderProgram() {
  bpf_link__destroy(link_);
  senders_bpf::destroy(skeleton_);
}

std::uint32_t SenderProgram::change_of(const sender_source& source) const {
  const std::uint32_t* changes = skeleton_->bss->changes;
  return __atomic_load_n(&changes[source.port % SENDERS_CHANGES], __ATOMIC_ACQUIRE);
}

// An address of ours can only be the source of what comes from our own network; any other one belongs to
// somebody in another network, be there as many of that address as there may be networks of that kind.
std::uint64_t SenderProgram::find(sender_source source) const {
  const int map = bpf_map__fd(skeleton_->maps.senders);
  std::uint64_t cgroup = 0;
  source.is_near = 1;
  if (bpf_map_lookup_elem(map, &source, &cgroup) == 0 || is_loopback(source)) return cgroup;
  source.is_near = 0;
  return bpf_map_lookup_elem(map, &source, &cgroup) == 0 ? cgroup : 0;
}

std::uint64_t SenderMemory::find(const sender_source& source) {
  // Read before the kernel is asked, so that a change in between makes us ask again.
  const std::uint32_t change = program_->change_of(source);
  const auto known = known_.find(source);
  if (known != known_.end() && known->second.change == change) return known->second.cgroup;
  if (known_.size() >= kMostKnown) known_.clear();
  const std::uint64_t cgroup = program_->find(source);
  known_.insert_or_assign(source, Known{.cgroup = cgroup, .change = change});
  return cgroup;
}

}  // namespace squid
