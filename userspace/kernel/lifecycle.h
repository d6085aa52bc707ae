// Lifecycle: births and deaths of cgroups as the kernel tells them, by the BPF programs of
// bpf/lifecycle.bpf.c. Who lives only between two walks is known by this alone, and how much a cgroup used in
// the end as well.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bpf/lifecycle.h"
#include "core/result.h"
#include "core/topology.h"

struct lifecycle_bpf;
struct ring_buffer;

namespace squid {

struct CgroupBirth {
  HierarchyIndex hierarchy;
  std::uint64_t inode;
  std::string path;
};

struct OomKill {
  struct Level {
    std::uint64_t inode;
    std::uint64_t limit_bytes;  // 0: none
    std::uint64_t usage_bytes;
  };
  HierarchyIndex hierarchy;   // with the memory controller
  std::vector<Level> levels;  // the cgroup of the victim, and those above it
  std::uint32_t pid;
  std::string process;
};

class Lifecycle {
 public:
  static Result<std::unique_ptr<Lifecycle>> load(const Topology& topology);
  ~Lifecycle();

  // Readable when something has happened.
  int event_fd() const;
  // Told of each birth as soon as it is read, by whomever, while the files of a container that lives for a
  // moment are still there.
  void tell_births(std::function<void(const CgroupBirth&)> on_birth) { on_birth_ = std::move(on_birth); }
  // Takes in what has happened.
  void read();

  std::vector<CgroupBirth> take_births() { return std::move(births_); }
  std::vector<OomKill> take_oom_kills() { return std::move(oom_kills_); }
  // What a cgroup had used when it was removed; null while it lives, and some passes after its death.
  const cgroup_record* find_last(HierarchyIndex hierarchy, std::uint64_t inode) const;
  // Of a cgroup that was born some passes ago, whether it lives or not; else null.
  const std::string* find_path(HierarchyIndex hierarchy, std::uint64_t inode) const;
  // Forgets births and deaths of long ago. Once per pass.
  void end_pass();

  bool reports_oom_kills() const { return reports_oom_kills_; }
  // Events that found the kernel's buffer full, since start.
  std::uint64_t lost() const;

 private:
  struct Death {
    cgroup_record last;
    std::uint64_t pass;
  };
  struct Birth {
    std::string path;
    std::uint64_t pass;
  };
  using Deaths = boost::unordered_flat_map<std::uint64_t, Death>;
  using Births = boost::unordered_flat_map<std::uint64_t, Birth>;

  Lifecycle() = default;
  Result<void> open(bool with_oom_kills);
  Result<void> find_cpu_offsets();
  static int on_event(void* self, void* data, std::size_t size);
  void handle(const lifecycle_event& event, std::size_t size);

  lifecycle_bpf* skeleton_ = nullptr;
  ring_buffer* ring_ = nullptr;
  bool reports_oom_kills_ = false;
  boost::unordered_flat_map<std::uint32_t, HierarchyIndex> hierarchies_;  // by the kernel's number
  std::function<void(const CgroupBirth&)> on_birth_;
  std::vector<CgroupBirth> births_;
  std::vector<OomKill> oom_kills_;
  std::vector<Deaths> deaths_;  // by HierarchyIndex
  std::vector<Births> paths_;   // the same
  std::uint64_t pass_ = 0;
};

}  // namespace squid
