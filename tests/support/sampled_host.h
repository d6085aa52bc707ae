// What a Sampler samples, under a test's control.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/cgroup_roster.h"
#include "core/metric_source.h"

namespace squid {

inline constexpr std::uint64_t kSecond = 1'000'000'000;

// A host that consists of a few numbers, and who discovers and reads it.
struct SampledHost {
  struct Cgroup {
    std::string path;
    Reading cpu_ns;
    Reading memory_bytes;
  };
  std::map<std::uint64_t, Cgroup> cgroups;  // by inode
  std::uint64_t now_ns = 100 * kSecond;
};

class SampledDiscovery : public Discovery {
 public:
  explicit SampledDiscovery(SampledHost& host) : host_(host) {}
  std::string_view name() const override { return "fake"; }
  Result<void> refresh(CgroupRoster& roster) override {
    roster.begin_pass();
    for (const auto& [inode, cgroup] : host_.cgroups)
      if (roster.observe(0, inode) == CgroupRoster::kUnknown) roster.introduce(0, inode, cgroup.path);
    roster.end_pass(true);
    return {};
  }

 private:
  SampledHost& host_;
};

class SampledSource : public MetricSource {
 public:
  explicit SampledSource(SampledHost& host) : host_(host) {}
  std::string_view name() const override { return "fake"; }
  Result<void> collect(Snapshot& snapshot) override {
    for (CgroupSample& sample : snapshot.samples) {
      const auto cgroup = host_.cgroups.find(sample.id.value);
      if (cgroup == host_.cgroups.end()) continue;
      sample.cpu_total_ns = cgroup->second.cpu_ns;
      sample.memory_usage_bytes = cgroup->second.memory_bytes;
      sample.taken_ns.fill(host_.now_ns);
    }
    return {};
  }

 private:
  SampledHost& host_;
};

}  // namespace squid
