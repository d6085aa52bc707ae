// Any text as any cgroup file: every parser of the file table gets the same bytes. A kernel may print keys
// that we do not know, but it must never make us read beyond the text, or take an overflow for a number.
#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "cgroupfs/file_table.h"
#include "cgroupfs/parse.h"
#include "core/group_mask.h"
#include "core/metric_table.h"
#include "fuzz/require.h"

namespace {

using namespace squid;

constexpr std::size_t kCores = 8;

struct Outcome {
  CgroupSample sample;
  std::array<Reading, kCores> cores;
};

Outcome parse_with(const FileRow& row, std::string_view text) {
  Outcome outcome;
  static const DeviceFilter kEvery = [](std::uint32_t, std::uint32_t) { return true; };
  FileTarget target{
      .sample = outcome.sample, .core_ns = outcome.cores, .cfs_quota_us = 100'000, .counts_device = kEvery};
  row.parse(text, target);
  return outcome;
}

// For each metric, the groups that its field belongs to: some fields are shown by rows of two groups.
const std::array<GroupMask, kMetricCount>& owners() {
  static const auto kOwners = [] {
    std::array<GroupMask, kMetricCount> masks{};
    for (std::size_t i = 0; i < kMetricCount; ++i)
      for (const MetricRow& other : kMetricTable)
        if (other.member == kMetricTable[i].member) masks[i] |= group_bit(other.group);
    return masks;
  }();
  return kOwners;
}

// A row fills fields of its own group only: another source may have filled the rest.
void check_row(const FileRow& row, std::string_view text) {
  const Outcome outcome = parse_with(row, text);
  for (std::size_t i = 0; i < kMetricCount; ++i)
    require((owners()[i] & group_bit(row.group)) != 0 || !(outcome.sample.*kMetricTable[i].member));
  for (const Reading core : outcome.cores) require(row.group == MetricGroup::kPerCpu || !core);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  // A copy of exactly this size, so that reading one byte too far is seen.
  const auto copy = std::make_unique<char[]>(size);
  std::copy(data, data + size, copy.get());
  const std::string_view text(copy.get(), size);

  for (const FileRow& row : file_table()) check_row(row, text);
  const Reading number = parse_number(text);
  const Reading limit = parse_limit(text);
  require(!limit || limit == number);
  require(!number || (!text.empty() && text[0] >= '0' && text[0] <= '9'));
  return 0;
}
