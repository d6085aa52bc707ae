#include "kernel/cgroup_walk.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <malloc.h>
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

constexpr int kCpusWalked = std::extent_v<decltype(cgroup_walk_bpf::cgroup_walk_bpf__bss::probe_addresses)>;
// Of the first mapping; grows when more is in use.
constexpr std::size_t kFirstMapped = 256;

Error load_error(int code) {
  if (code == EPERM || code == EACCES)
    return {
        "the kernel refuses our BPF programs (" + libbpf_message() + "); run as root or with CAP_SYS_ADMIN",
        code};
  return errno_error("the kernel cannot run our BPF programs (" + libbpf_message() + ")", code);
}

Result<UniqueFd> start_iterator(const UniqueFd& link) {
  UniqueFd iterator(bpf_iter_create(link.get()));
  if (!iterator) return errno_error("cannot start the cgroup iterator", errno);
  return iterator;
}

// An iterator runs its program while it is read. How much the program wrote, one byte at most.
Result<std::size_t> read_iterator(const UniqueFd& iterator) {
  char byte;
  const ssize_t size = read(iterator.get(), &byte, 1);
  if (size < 0) return errno_error("the cgroup iterator failed", errno);
  return static_cast<std::size_t>(size);
}

Result<UniqueFd> attach_iterator(const bpf_program* program, bpf_iter_link_info target) {
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.iter_info = &target;
  options.iter_info_len = sizeof(target);
  UniqueFd link(bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, &options));
  if (!link) return errno_error("cannot attach a BPF iterator", errno);
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

CgroupWalk::CgroupWalk(cgroup_walk_bpf* skeleton, const Options& options)
    : skeleton_(skeleton), options_(options) {}

CgroupWalk::~CgroupWalk() {
  cgroup_walk_bpf::destroy(skeleton_);
}

Result<std::unique_ptr<CgroupWalk>> CgroupWalk::load(const Options& options) {
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return errno_error(
        "cannot read the kernel's own types (BTF) from /sys/kernel/btf/vmlinux, without which there is no "
        "eBPF",
        errno);
  capture_libbpf_messages();
  cgroup_walk_bpf* skeleton = cgroup_walk_bpf::open();
  if (skeleton == nullptr) return load_error(errno);
  std::unique_ptr<CgroupWalk> walk(new CgroupWalk(skeleton, options));

  const auto cpus = static_cast<std::uint32_t>(std::clamp(libbpf_num_possible_cpus(), 1, kCpusWalked));
  bpf_program__set_autoload(skeleton->progs.find_cpu_offsets, options.per_cpu);
  bpf_map__set_max_entries(skeleton->maps.records, options.records);
  bpf_map__set_max_entries(skeleton->maps.cpu_times, options.per_cpu ? options.records * cpus : 1);
  const int error = cgroup_walk_bpf::load(skeleton);
  // libbpf has parsed the types of the whole kernel, some 20 MB, and needs none of it any more.
  malloc_trim(0);
  if (error != 0) return load_error(-error);

  memory_stat_index unknown;
  std::fill(std::begin(unknown.of), std::end(unknown.of), STAT_UNKNOWN);
  walk->set_memory_stat_index(unknown);
  if (options.per_cpu)
    if (auto found = walk->find_cpu_offsets(cpus); !found) return found.error();
  if (auto attached = walk->attach(); !attached) return attached.error();
  if (auto mapped = walk->map_records(std::min<std::size_t>(kFirstMapped, options.records)); !mapped)
    return mapped.error();
  return walk;
}

Result<void> CgroupWalk::attach() {
  auto link = attach_iterator(skeleton_->progs.walk_cgroups, bpf_iter_link_info{});
  if (!link) return link.error();
  link_ = std::move(*link);
  return {};
}

Result<void> CgroupWalk::find_cpu_offsets(std::uint32_t cpus) {
  skeleton_->bss->cpu_count = cpus;
  auto ran = run_program(bpf_program__fd(skeleton_->progs.find_cpu_offsets));
  cpu_count_ = skeleton_->bss->cpu_count;
  return ran;
}

Result<void> CgroupWalk::map_records(std::size_t count) {
  const std::size_t cpu_bytes = sizeof(std::uint64_t) * cpu_count_;
  auto mapped = records_.cover(bpf_map__fd(skeleton_->maps.records), count * sizeof(cgroup_record),
                               options_.records * sizeof(cgroup_record));
  if (!mapped || cpu_bytes == 0) return mapped;
  return core_times_.cover(bpf_map__fd(skeleton_->maps.cpu_times), count * cpu_bytes,
                           options_.records * cpu_bytes);
}

// One step of an iterator over all tasks, whichever it is at: a new iterator for each walk costs as much as
// the walk of some twenty cgroups.
Result<void> CgroupWalk::walk() {
  if (iterator_) {
    const auto walked = read_iterator(iterator_);
    if (!walked) return walked.error();
    if (*walked > 0) return {};
  }
  auto iterator = start_iterator(link_);
  if (!iterator) return iterator.error();
  iterator_ = *std::move(iterator);
  const auto walked = read_iterator(iterator_);
  return walked ? Result<void>{} : walked.error();
}

Result<std::span<const walk_result>> CgroupWalk::run(std::span<const walk_request> requests) {
  auto& shared = *skeleton_->bss;
  assert(requests.size() <= WALKS_MAX);
  const auto end = std::ranges::copy(requests, shared.requests).out;
  std::fill(end, std::end(shared.requests), walk_request{});
  if (auto walked = walk(); !walked) return walked.error();
  const std::span<const walk_result> results(shared.results, requests.size());
  std::size_t records = 0;
  for (const walk_result& result : results) {
    if (result.done == 0) return Error{"this process is not below the cgroup root that is mounted here"};
    records = result.first + std::size_t{result.recorded};
  }
  if (auto mapped = map_records(records); !mapped) return mapped.error();
  return results;
}

std::span<const cgroup_record> CgroupWalk::records(std::size_t first, std::size_t count) const {
  return {static_cast<const cgroup_record*>(records_.data()) + first, count};
}

std::span<const std::uint64_t> CgroupWalk::core_times(std::size_t record) const {
  return {static_cast<const std::uint64_t*>(core_times_.data()) + record * cpu_count_, cpu_count_};
}

Result<raw_memory_stat> CgroupWalk::observe_memory_stat(int cgroup_fd) {
  bpf_iter_link_info one_cgroup{};
  one_cgroup.cgroup.order = BPF_CGROUP_ITER_SELF_ONLY;
  one_cgroup.cgroup.cgroup_fd = static_cast<__u32>(cgroup_fd);
  const auto link = attach_iterator(skeleton_->progs.observe_memory_stat, one_cgroup);
  if (!link) return link.error();
  skeleton_->bss->raw_memory_stat.seen = 0;
  const auto iterator = start_iterator(*link);
  if (!iterator) return iterator.error();
  if (const auto ran = read_iterator(*iterator); !ran) return ran.error();
  if (skeleton_->bss->raw_memory_stat.seen == 0)
    return Error{"this kernel's memory statistics cannot be read"};
  return skeleton_->bss->raw_memory_stat;
}

void CgroupWalk::set_memory_stat_index(const memory_stat_index& index) {
  skeleton_->bss->stat_index = index;
}

const memory_stat_index& CgroupWalk::get_memory_stat_index() const {
  return skeleton_->bss->stat_index;
}

}  // namespace squid
