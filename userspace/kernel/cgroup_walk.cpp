#include "kernel/cgroup_walk.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <string>

#include "cgroup_walk.skel.h"
#include "kernel/libbpf_log.h"

namespace squid {
namespace {

constexpr std::size_t kMaxCpus =
    std::extent_v<decltype(cgroup_walk_bpf::cgroup_walk_bpf__bss::probe_addresses)>;
// Of the first mapping; grows when more is in use.
constexpr std::size_t kFirstRecords = 256;

Error load_error(int code) {
  if (code == EPERM || code == EACCES)
    return {"the kernel refuses our BPF programs (" + libbpf_message() +
                "); run as root or with CAP_BPF and CAP_PERFMON",
            code};
  return errno_error("the kernel cannot run our BPF programs (" + libbpf_message() + ")", code);
}

// An iterator runs its program while it is read; ours writes nothing into the stream.
Result<void> run_iterator(int link_fd) {
  const UniqueFd iterator(bpf_iter_create(link_fd));
  if (!iterator) return errno_error("cannot start the cgroup iterator", errno);
  char byte;
  if (read(iterator.get(), &byte, 1) < 0) return errno_error("the cgroup iterator failed", errno);
  return {};
}

Result<UniqueFd> attach_iterator(int program_fd, int cgroup_fd, bpf_cgroup_iter_order order) {
  bpf_iter_link_info target{};
  target.cgroup.order = order;
  target.cgroup.cgroup_fd = static_cast<__u32>(cgroup_fd);
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.iter_info = &target;
  options.iter_info_len = sizeof(target);
  UniqueFd link(bpf_link_create(program_fd, 0, BPF_TRACE_ITER, &options));
  if (!link) return errno_error("cannot attach the cgroup iterator", errno);
  return link;
}

Result<void> run_program(int program_fd) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  if (const int error = bpf_prog_test_run_opts(program_fd, &options); error < 0)
    return errno_error("cannot run the BPF program", -error);
  return {};
}

}  // namespace

std::string_view walk_method_name(WalkMethod method) {
  return method == WalkMethod::kRcu ? "by RCU, which delays no start of a container"
                                    : "by the cgroup iterator, under cgroup_mutex";
}

MappedArray::~MappedArray() {
  if (data_ != nullptr) munmap(data_, size_);
}

Result<void> MappedArray::cover(int map_fd, std::size_t bytes, std::size_t map_bytes) {
  if (bytes <= size_) return {};
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t wanted = (std::min(std::max(bytes, 2 * size_), map_bytes) + page - 1) / page * page;
  void* data = mmap(nullptr, wanted, PROT_READ, MAP_SHARED, map_fd, 0);
  if (data == MAP_FAILED) return errno_error("cannot map the records of the BPF programs", errno);
  if (data_ != nullptr) munmap(data_, size_);
  data_ = data;
  size_ = wanted;
  return {};
}

CgroupWalk::CgroupWalk(cgroup_walk_bpf* skeleton, const Options& options, WalkMethod method)
    : skeleton_(skeleton), options_(options), method_(method) {}

CgroupWalk::~CgroupWalk() {
  cgroup_walk_bpf::destroy(skeleton_);
}

Result<std::unique_ptr<CgroupWalk>> CgroupWalk::load(const Options& options) {
  if (options.method) return load_with(options, *options.method);
  auto walk = load_with(options, WalkMethod::kRcu);
  if (walk || walk.error().code == EPERM) return walk;
  return load_with(options, WalkMethod::kIterator);
}

Result<std::unique_ptr<CgroupWalk>> CgroupWalk::load_with(const Options& options, WalkMethod method) {
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return errno_error(
        "cannot read the kernel's own types (BTF) from /sys/kernel/btf/vmlinux, without which there is no "
        "eBPF",
        errno);
  capture_libbpf_messages();

  cgroup_walk_bpf* skeleton = cgroup_walk_bpf::open();
  if (skeleton == nullptr) return load_error(errno);
  std::unique_ptr<CgroupWalk> walk(new CgroupWalk(skeleton, options, method));

  const bool by_rcu = method == WalkMethod::kRcu;
  const bool per_cpu = options.per_cpu && by_rcu;
  const int cpus = libbpf_num_possible_cpus();
  if (per_cpu && cpus > 0)
    walk->cpu_count_ = std::min(static_cast<std::uint32_t>(cpus), static_cast<std::uint32_t>(kMaxCpus));
  bpf_program__set_autoload(skeleton->progs.walk_by_rcu, by_rcu);
  bpf_program__set_autoload(skeleton->progs.walk_by_iterator, !by_rcu);
  bpf_program__set_autoload(skeleton->progs.find_cpu_offsets, per_cpu);
  bpf_map__set_max_entries(skeleton->maps.records, options.max_records);
  bpf_map__set_max_entries(skeleton->maps.cpu_times, std::max(1U, options.max_records * walk->cpu_count_));

  const int error = cgroup_walk_bpf::load(skeleton);
  // libbpf has parsed the types of the whole kernel, some 20 MB, and needs none of it any more.
  malloc_trim(0);
  if (error != 0) return load_error(-error);

  memory_stat_index unknown;
  std::fill(std::begin(unknown.of), std::end(unknown.of), STAT_UNKNOWN);
  walk->set_memory_stat_index(unknown);
  if (auto mapped = walk->map_records(std::min<std::size_t>(kFirstRecords, options.max_records)); !mapped)
    return mapped.error();
  if (auto found = walk->find_cpu_offsets(); !found) return found.error();
  return walk;
}

Result<void> CgroupWalk::find_cpu_offsets() {
  if (cpu_count_ == 0) return {};
  skeleton_->bss->cpu_count = cpu_count_;
  return run_program(bpf_program__fd(skeleton_->progs.find_cpu_offsets));
}

Result<void> CgroupWalk::map_records(std::size_t count) {
  const std::size_t cpu_bytes = sizeof(std::uint64_t) * cpu_count_;
  auto mapped = records_.cover(bpf_map__fd(skeleton_->maps.records), count * sizeof(cgroup_record),
                               options_.max_records * sizeof(cgroup_record));
  if (!mapped || cpu_bytes == 0) return mapped;
  return core_times_.cover(bpf_map__fd(skeleton_->maps.cpu_times), count * cpu_bytes,
                           options_.max_records * cpu_bytes);
}

Result<std::size_t> CgroupWalk::add_root(int root_fd) {
  if (method_ == WalkMethod::kIterator) {
    auto link = attach_iterator(bpf_program__fd(skeleton_->progs.walk_by_iterator), root_fd,
                                BPF_CGROUP_ITER_DESCENDANTS_PRE);
    if (!link) return link.error();
    iterators_.push_back(std::move(*link));
  }
  return roots_++;
}

Result<walk_result> CgroupWalk::run(std::size_t root, const walk_request& request) {
  assert(root < roots_);
  auto& shared = *skeleton_->bss;
  shared.request = request;
  shared.result = {};
  auto ran = method_ == WalkMethod::kRcu ? run_program(bpf_program__fd(skeleton_->progs.walk_by_rcu))
                                         : run_iterator(iterators_[root].get());
  if (!ran) return ran.error();
  const walk_result result = shared.result;
  if (result.failed != 0) return Error{"the root of a cgroup hierarchy was not found by the kernel"};
  if (auto mapped = map_records(request.first + result.recorded); !mapped) return mapped.error();
  return result;
}

std::span<const cgroup_record> CgroupWalk::records(std::size_t first, std::size_t count) const {
  return {static_cast<const cgroup_record*>(records_.data()) + first, count};
}

std::span<const std::uint64_t> CgroupWalk::core_times(std::size_t record) const {
  return {static_cast<const std::uint64_t*>(core_times_.data()) + record * cpu_count_, cpu_count_};
}

Result<raw_memory_stat> CgroupWalk::observe_memory_stat(int cgroup_fd) {
  auto link = attach_iterator(bpf_program__fd(skeleton_->progs.observe_memory_stat), cgroup_fd,
                              BPF_CGROUP_ITER_SELF_ONLY);
  if (!link) return link.error();
  skeleton_->bss->raw_memory_stat.inode = 0;
  if (auto ran = run_iterator(link->get()); !ran) return ran.error();
  if (skeleton_->bss->raw_memory_stat.inode == 0)
    return Error{"this kernel's memory statistics cannot be read"};
  return skeleton_->bss->raw_memory_stat;
}

void CgroupWalk::set_memory_stat_index(const memory_stat_index& index) {
  skeleton_->bss->stat_index = index;
}

Result<void> CgroupWalk::enable_cost() {
  statistics_.reset(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!statistics_) return errno_error("cannot count the run time of BPF programs", errno);
  return {};
}

BpfCost CgroupWalk::read_cost() const {
  const bpf_program* program =
      method_ == WalkMethod::kRcu ? skeleton_->progs.walk_by_rcu : skeleton_->progs.walk_by_iterator;
  bpf_prog_info info{};
  __u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) return {};
  return {.runs = info.run_cnt, .run_time_ns = info.run_time_ns};
}

}  // namespace squid
