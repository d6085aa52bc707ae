#include "kernel/lifecycle.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>

#include "kernel/libbpf_log.h"
#include "lifecycle.skel.h"

namespace squid {
namespace {

constexpr int kCpusSeenEnding = std::extent_v<decltype(lifecycle_bpf::lifecycle_bpf__bss::probe_addresses)>;
// A container's directories in the hierarchies of cgroup v1 go one after the other.
constexpr std::uint64_t kPassesRemembered = 16;
// Nobody takes them in while the daemon starts; a host does not start more at once.
constexpr std::size_t kMostBirths = 65536;
constexpr std::size_t kMostOomKills = 4096;

std::vector<OomKill::Level> levels_of(const lifecycle_oom_kill& kill) {
  const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  // PAGE_COUNTER_MAX of include/linux/page_counter.h.
  const std::uint64_t no_limit = std::numeric_limits<std::int64_t>::max() / page_bytes;
  std::vector<OomKill::Level> levels;
  for (const auto& level : kill.levels)
    if (level.inode != 0)
      levels.push_back({.inode = level.inode,
                        .limit_bytes = level.limit_pages < no_limit ? level.limit_pages * page_bytes : 0,
                        .usage_bytes = level.usage_pages * page_bytes});
  return levels;
}

}  // namespace

Result<std::unique_ptr<Lifecycle>> Lifecycle::load(const Topology& topology) {
  std::unique_ptr<Lifecycle> lifecycle(new Lifecycle());
  for (std::size_t i = 0; i < topology.hierarchies.size(); ++i)
    lifecycle->hierarchies_[topology.hierarchies[i].kernel_id] = static_cast<HierarchyIndex>(i);
  lifecycle->deaths_.resize(topology.hierarchies.size());
  lifecycle->paths_.resize(topology.hierarchies.size());
  capture_libbpf_messages();
  // Before 6.9 the kernel tells a number there, and not who it is.
  auto opened = lifecycle->open(true);
  if (!opened) opened = lifecycle->open(false);
  malloc_trim(0);  // of the kernel's types, that libbpf has parsed and needs no more
  if (!opened) return opened.error();
  return lifecycle;
}

Lifecycle::~Lifecycle() {
  ring_buffer__free(ring_);
  lifecycle_bpf::destroy(skeleton_);
}

Result<void> Lifecycle::open(bool with_oom_kills) {
  lifecycle_bpf::destroy(skeleton_);
  skeleton_ = lifecycle_bpf::open();
  if (skeleton_ == nullptr) return errno_error("cannot open the BPF programs for births and deaths", errno);
  bpf_program__set_autoload(skeleton_->progs.task_killed_for_memory, with_oom_kills);
  if (const int error = lifecycle_bpf::load(skeleton_); error != 0)
    return errno_error(
        "the kernel cannot run our BPF programs for births and deaths (" + libbpf_message() + ")", -error);
  reports_oom_kills_ = with_oom_kills;
  if (auto found = find_cpu_offsets(); !found) return found;
  ring_ = ring_buffer__new(bpf_map__fd(skeleton_->maps.events), on_event, this, nullptr);
  if (ring_ == nullptr) return errno_error("cannot map the events of the BPF programs", errno);
  if (lifecycle_bpf::attach(skeleton_) != 0)
    return errno_error("cannot attach the BPF programs for births and deaths", errno);
  return {};
}

Result<void> Lifecycle::find_cpu_offsets() {
  skeleton_->bss->cpu_count =
      static_cast<std::uint32_t>(std::clamp(libbpf_num_possible_cpus(), 1, kCpusSeenEnding));
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.find_cpu_offsets), &options);
  if (error < 0) return errno_error("cannot run a BPF program", -error);
  return {};
}

int Lifecycle::event_fd() const {
  return ring_buffer__epoll_fd(ring_);
}

void Lifecycle::read() {
  ring_buffer__consume(ring_);
}

int Lifecycle::on_event(void* self, void* data, std::size_t size) {
  static_cast<Lifecycle*>(self)->handle(*static_cast<const lifecycle_event*>(data), size);
  return 0;
}

void Lifecycle::handle(const lifecycle_event& event, std::size_t size) {
  const auto found = hierarchies_.find(event.hierarchy);
  // Of a hierarchy that we read nothing from.
  if (found == hierarchies_.end()) return;
  const HierarchyIndex hierarchy = found->second;
  if (event.kind == LIFECYCLE_BIRTH && size >= sizeof(lifecycle_birth)) {
    const auto& birth = reinterpret_cast<const lifecycle_birth&>(event);
    if (birth.path[0] == 0 || births_.size() == kMostBirths) return;
    paths_[hierarchy].insert_or_assign(event.inode, Birth{.path = birth.path, .pass = pass_});
    births_.push_back({.hierarchy = hierarchy, .inode = event.inode, .path = birth.path});
    if (on_birth_) on_birth_(births_.back());
  } else if (event.kind == LIFECYCLE_DEATH && size >= sizeof(lifecycle_death)) {
    const auto& death = reinterpret_cast<const lifecycle_death&>(event);
    deaths_[hierarchy].insert_or_assign(event.inode, Death{.last = death.last, .pass = pass_});
  } else if (event.kind == LIFECYCLE_OOM_KILL && size >= sizeof(lifecycle_oom_kill)) {
    const auto& kill = reinterpret_cast<const lifecycle_oom_kill&>(event);
    if (oom_kills_.size() == kMostOomKills) return;
    oom_kills_.push_back(
        {.hierarchy = hierarchy, .levels = levels_of(kill), .pid = kill.pid, .process = kill.comm});
  }
}

const cgroup_record* Lifecycle::find_last(HierarchyIndex hierarchy, std::uint64_t inode) const {
  const auto found = deaths_[hierarchy].find(inode);
  return found == deaths_[hierarchy].end() ? nullptr : &found->second.last;
}

const std::string* Lifecycle::find_path(HierarchyIndex hierarchy, std::uint64_t inode) const {
  const auto found = paths_[hierarchy].find(inode);
  return found == paths_[hierarchy].end() ? nullptr : &found->second.path;
}

void Lifecycle::end_pass() {
  ++pass_;
  const auto is_old = [this](const auto& item) { return item.second.pass + kPassesRemembered < pass_; };
  for (Deaths& deaths : deaths_) boost::unordered::erase_if(deaths, is_old);
  for (Births& births : paths_) boost::unordered::erase_if(births, is_old);
}

std::uint64_t Lifecycle::lost() const {
  return skeleton_->bss->lost;
}

}  // namespace squid
