// Block I/O against what the processes did: known bytes, known requests, and the time that they waited.
#include "kernel/block_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "cgroupfs/block_device_reader.h"
#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/loop_device.h"
#include "support/schedstat.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::size_t kKiB = 1 << 10;
constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kDeviceBytes = 16 * kMiB;

[[noreturn]] void die(const char* what) {
  perror(what);
  _exit(1);
}

// In a child process: reads or writes past the page cache, one request after the other.
void transfer(const std::string& device, int flags, std::size_t request_bytes, int requests) {
  const int fd = open(device.c_str(), flags | O_DIRECT | O_CLOEXEC);
  void* buffer = nullptr;
  if (fd < 0 || posix_memalign(&buffer, 4096, request_bytes) != 0) die("open");
  for (int i = 0; i < requests; ++i) {
    const auto at = static_cast<off_t>(request_bytes) * i;
    const ssize_t moved =
        flags == O_RDONLY ? pread(fd, buffer, request_bytes, at) : pwrite(fd, buffer, request_bytes, at);
    if (moved != static_cast<ssize_t>(request_bytes)) die("transfer");
  }
}

// On a busy machine the kernel charges the first requests of a new cgroup, that come from a loop device's
// thread, to the cgroup above: those of the disk below the loop device may be a few less. And there are hosts
// whose kernel runs no tracing program while its init is interrupted, be it by a device.
void expect_charged(Reading reading, std::uint64_t truth, std::uint64_t few = 5) {
  ASSERT_TRUE(reading);
  EXPECT_LE(*reading, truth);
  EXPECT_GE(*reading + few, truth);
}

class BlockSourceLive : public testing::Test {
 protected:
  BlockSourceLive() {
    auto block = BlockIo::load({.slots = 256});
    auto paths = CgroupPaths::open(topology.hierarchies[topology.find(Controller::kIo).value()].mount_point);
    if (!block) throw std::runtime_error(block.error().message);
    if (!paths) throw std::runtime_error(paths.error().message);
    source =
        std::make_unique<BlockSource>(BlockSource::Parts{.block = *std::move(block),
                                                         .devices = std::make_unique<SysfsBlockDevices>(),
                                                         .percentiles = {90}},
                                      SlotOwners::Parts{.paths = *std::move(paths),
                                                        .hierarchy = *topology.find(Controller::kIo),
                                                        .lifecycle = rig.parts.lifecycle});
    pass();
  }
  void pass() {
    rig.pass();
    ASSERT_TRUE(source->collect(rig.snapshot));
  }
  // Of one cgroup since the flush before, by metric and stat.
  std::map<std::string, double> flush(const std::string& path) {
    std::vector<Point> points;
    source->append_points(rig.slot(path), points);
    std::map<std::string, double> values;
    for (const Point& point : points)
      values[std::string(point.metric->name) + "/" + std::string(stat_name(point.stat))] = point.value;
    return values;
  }
  // Bytes or requests of a flush that began when the test did.
  double per_second(const std::string& metric) { return flush(cgroup.path()).at(metric + "/mean"); }

  const Topology topology = live_topology();
  const LiveCgroup cgroup{topology, "/squid-live-" + std::to_string(getpid())};
  const LoopDevice loop{kDeviceBytes};
  BpfRig rig{topology, cgroup.path()};
  std::unique_ptr<BlockSource> source;
};

TEST_F(BlockSourceLive, WithoutTheControllerNothingIsKnown) {
  // Nobody has enabled it below this one; in v1 each cgroup has the controller of its hierarchy.
  const LiveCgroup inner(topology, cgroup.path() + "/inner");
  const auto version = topology.hierarchies[*topology.find(Controller::kIo)].version;
  pass();
  EXPECT_EQ(rig.sample(cgroup.path()).io_reads, Reading{0});
  EXPECT_EQ(rig.sample(inner.path()).io_reads.has_value(), version == CgroupVersion::kV1);
}

TEST_F(BlockSourceLive, BytesAndRequestsAreExact) {
  using Clock = std::chrono::steady_clock;
  const auto before_begin = Clock::now();
  flush(cgroup.path());
  const auto after_begin = Clock::now();
  const Workload io(cgroup, [this] {
    transfer(loop.path(), O_RDONLY, 4 * kKiB, 300);
    transfer(loop.path(), O_WRONLY, 64 * kKiB, 40);
  });
  ASSERT_TRUE(io.alive());
  pass();
  const auto before_end = Clock::now();
  const auto values = flush(cgroup.path());
  const std::chrono::duration<double> longest = Clock::now() - before_begin;
  const std::chrono::duration<double> shortest = before_end - after_begin;
  const auto expect = [&](const std::string& metric, double truth) {
    ASSERT_TRUE(values.contains(metric)) << metric;
    EXPECT_LE(values.at(metric) * shortest.count(), truth * (1 + 1e-9)) << metric;
    EXPECT_GE(values.at(metric) * longest.count(), truth * (1 - 1e-9)) << metric;
  };
  expect("io." + loop.name() + ".read_bytes/mean", 300 * 4 * kKiB);
  expect("io." + loop.name() + ".reads/mean", 300);
  expect("io." + loop.name() + ".write_bytes/mean", 40 * 64 * kKiB);
  expect("io." + loop.name() + ".writes/mean", 40);

  // The disk below got the same bytes, in the name of the same cgroup, and only these count in the sum.
  const CgroupSample& sample = rig.sample(cgroup.path());
  expect_charged(sample.io_reads, 300);
  EXPECT_EQ(*sample.io_read_bytes, *sample.io_reads * 4 * kKiB);
  expect_charged(sample.io_writes, 40);
  EXPECT_EQ(*sample.io_write_bytes, *sample.io_writes * 64 * kKiB);
}

// Bytes read of each device, by its number, as the cgroup's file tells it.
std::map<std::string, std::uint64_t> read_bytes_in(const std::string& file) {
  std::map<std::string, std::uint64_t> bytes;
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t v1 = line.find(" Read ");
    const std::size_t v2 = line.find(" rbytes=");
    const std::size_t value = v1 != std::string::npos ? v1 + 6 : v2 != std::string::npos ? v2 + 8 : 0;
    if (value != 0) bytes[line.substr(0, line.find(' '))] = std::stoull(line.substr(value));
  }
  return bytes;
}

TEST_F(BlockSourceLive, TheFileTellsTheSame) {
  struct stat device {};
  struct stat below {};
  ASSERT_EQ(stat(loop.path().c_str(), &device), 0);
  ASSERT_EQ(stat("/var/tmp", &below), 0);
  const auto number = [](dev_t of) { return std::to_string(major(of)) + ":" + std::to_string(minor(of)); };
  // Of a disk on which nothing is throttled the files of v1 tell nothing.
  const char* limit = cgroup.is_v1(Controller::kIo) ? " 1000000" : " riops=1000000";
  for (const dev_t one : {device.st_rdev, below.st_dev})
    cgroup.write(Controller::kIo, "blkio.throttle.read_iops_device", "io.max", number(one) + limit);
  constexpr std::uint64_t kReads = 300;
  std::uint64_t told_before = 0;
  // Exact, but where the kernel skipped our programs; see expect_charged().
  bool is_same = false;
  for (std::uint64_t attempt = 1; attempt <= 3 && !is_same; ++attempt) {
    const Workload io(cgroup, [this] { transfer(loop.path(), O_RDONLY, 4 * kKiB, kReads); });
    ASSERT_TRUE(io.alive());
    pass();
    auto in_file = read_bytes_in(cgroup.read(Controller::kIo, "blkio.throttle.io_service_bytes", "io.stat"));
    EXPECT_EQ(in_file[number(device.st_rdev)], attempt * kReads * 4 * kKiB);
    EXPECT_EQ(in_file[number(below.st_dev)], attempt * kReads * 4 * kKiB);
    const std::uint64_t told = rig.sample(cgroup.path()).io_read_bytes.value_or(0);
    EXPECT_LE(told - told_before, kReads * 4 * kKiB);
    is_same = std::exchange(told_before, told) + kReads * 4 * kKiB == told;
  }
  EXPECT_TRUE(is_same);
}

TEST_F(BlockSourceLive, DiscardsAreCountedApart) {
  const Workload io(cgroup, [this] {
    const int fd = open(loop.path().c_str(), O_WRONLY | O_CLOEXEC);
    const std::uint64_t range[] = {0, 8 * kMiB};
    if (fd < 0 || ioctl(fd, BLKDISCARD, range) != 0) die("discard");
  });
  ASSERT_TRUE(io.alive());
  pass();
  const auto values = flush(cgroup.path());
  EXPECT_GT(values.at("io." + loop.name() + ".discard_bytes/mean"), 0);
  EXPECT_FALSE(values.contains("io." + loop.name() + ".write_bytes/mean"));
}

TEST_F(BlockSourceLive, TimesAreWhatTheProcessWaited) {
  // The disk below gives this cgroup ten reads a second, so that each read of the loop device takes a tenth.
  constexpr int kReads = 20;
  using Waits = std::array<double, kReads>;
  auto* waited_us = static_cast<Waits*>(
      mmap(nullptr, sizeof(Waits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  struct stat file {};
  ASSERT_EQ(stat("/var/tmp", &file), 0);
  const std::string disk = std::to_string(major(file.st_dev)) + ":" + std::to_string(minor(file.st_dev));
  cgroup.write(Controller::kIo, "blkio.throttle.read_iops_device", "io.max",
               disk + (cgroup.is_v1(Controller::kIo) ? " 10" : " riops=10"));
  const Workload io(cgroup, [&] {
    for (double& us : *waited_us) {
      const auto waited_before = waited_for_cpu();
      const auto before = std::chrono::steady_clock::now();
      transfer(loop.path(), O_RDONLY, 4 * kKiB, 1);
      const auto waited_for_device =
          std::chrono::steady_clock::now() - before - (waited_for_cpu() - waited_before);
      us = std::chrono::duration<double, std::micro>(waited_for_device).count();
    }
  });
  ASSERT_TRUE(io.alive());
  pass();
  const auto values = flush(cgroup.path());
  const std::string name = "io." + loop.name() + ".device_time/";
  Waits truth = *waited_us;
  std::ranges::sort(truth);
  const double mean_us = std::accumulate(truth.begin(), truth.end(), 0.0) / kReads;
  const double longest_of_90_percent_us = truth[kReads * 9 / 10 - 1];
  EXPECT_GT(mean_us, 50'000) << "the disk was not throttled";
  EXPECT_NEAR(values.at(name + "mean"), mean_us, 0.1 * mean_us);
  EXPECT_NEAR(values.at(name + "upper"), truth.back(), 0.1 * truth.back());
  EXPECT_NEAR(values.at(name + "upper_N"), longest_of_90_percent_us, 0.1 * longest_of_90_percent_us);
  munmap(waited_us, sizeof(Waits));
}

TEST_F(BlockSourceLive, WhatIsBelowBelongsToTheCgroupAbove) {
  cgroup.delegate();
  const LiveCgroup below(topology, cgroup.path() + "/below");
  {
    const Workload io(below, [this] { transfer(loop.path(), O_RDONLY, 4 * kKiB, 10); });
    ASSERT_TRUE(io.alive());
    pass();
  }
  expect_charged(rig.sample(cgroup.path()).io_reads, 10);
  EXPECT_EQ(rig.sample(below.path()).io_reads, rig.sample(cgroup.path()).io_reads);
}

TEST_F(BlockSourceLive, ACgroupThatDidNothingHasZeros) {
  EXPECT_EQ(rig.sample(cgroup.path()).io_read_bytes, Reading{0});
  EXPECT_TRUE(flush(cgroup.path()).empty());
}

TEST_F(BlockSourceLive, TheSumOutlivesTheCgroupsBelow) {
  cgroup.delegate();
  for (std::uint64_t life = 1; life <= 3; ++life) {
    {
      const LiveCgroup below(topology, cgroup.path() + "/below");
      const Workload io(below, [this] { transfer(loop.path(), O_RDONLY, 4 * kKiB, 10); });
      ASSERT_TRUE(io.alive());
      pass();
    }
    pass();
    expect_charged(rig.sample(cgroup.path()).io_reads, 10 * life, 3 * life);
  }
}

}  // namespace
}  // namespace squid
