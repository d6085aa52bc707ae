#include "kernel/device_activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace squid {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Pair;

class DeviceActivityTest : public testing::Test {
 protected:
  // Metric and stat, in the order of the table.
  std::map<std::string, double> flush(double seconds) {
    std::vector<Point> points;
    activity_.append_points(slots_, metrics_, std::vector<double>{90}, seconds, points);
    std::map<std::string, double> values;
    for (const Point& point : points)
      values[std::string(point.metric->name) + "/" + std::string(stat_name(point.stat))] = point.value;
    return values;
  }

  std::vector<block_slot> slots_ = std::vector<block_slot>(4);
  DeviceMetrics metrics_{"sda"};
  DeviceActivity activity_{0};
};

TEST_F(DeviceActivityTest, RatesAreGrowthOverTheWindow) {
  activity_.use(1);
  slots_[1].traffic[BLOCK_READ] = {.bytes = 8192, .requests = 2};
  EXPECT_THAT(flush(2), ElementsAre(Pair("io.sda.read_bytes/mean", 4096), Pair("io.sda.reads/mean", 1)));
  EXPECT_THAT(flush(2), ElementsAre(Pair("io.sda.read_bytes/mean", 0), Pair("io.sda.reads/mean", 0)));
}

TEST_F(DeviceActivityTest, WhatNeverHappenedHasNoSeries) {
  activity_.use(1);
  EXPECT_TRUE(flush(1).empty());
}

TEST_F(DeviceActivityTest, TimesAreThoseOfTheWindow) {
  activity_.use(0);
  slots_[0].device_time.buckets[5] = 1;
  slots_[0].device_time.sum_ns = 5'100;
  EXPECT_THAT(flush(1),
              ElementsAre(Pair("io.sda.device_time/mean", DoubleEq(5.1)),
                          Pair("io.sda.device_time/upper", 5.5), Pair("io.sda.device_time/upper_N", 5.5)));
  EXPECT_TRUE(flush(1).empty());
}

TEST_F(DeviceActivityTest, CgroupsBelowAreCountedIn) {
  activity_.use(1);
  activity_.use(3);
  slots_[1].traffic[BLOCK_WRITE].bytes = 100;
  slots_[3].traffic[BLOCK_WRITE].bytes = 20;
  EXPECT_EQ(activity_.traffic(BLOCK_WRITE, slots_).bytes, 120U);
}

TEST_F(DeviceActivityTest, ASlotThatIsReleasedStaysInTheSum) {
  activity_.use(1);
  slots_[1].traffic[BLOCK_WRITE] = {.bytes = 100, .requests = 1};
  flush(1);
  slots_[1].traffic[BLOCK_WRITE] = {.bytes = 150, .requests = 2};
  activity_.fold(1, slots_[1]);
  slots_[1] = {};
  EXPECT_EQ(activity_.traffic(BLOCK_WRITE, slots_).bytes, 150U);
  EXPECT_THAT(flush(1), ElementsAre(Pair("io.sda.write_bytes/mean", 50), Pair("io.sda.writes/mean", 1)));
}

TEST_F(DeviceActivityTest, FoldingTheSlotOfSomebodyElseChangesNothing) {
  slots_[2].traffic[BLOCK_READ].bytes = 7;
  activity_.fold(2, slots_[2]);
  EXPECT_EQ(activity_.traffic(BLOCK_READ, slots_).bytes, 0U);
}

TEST(DeviceMetrics, ADeviceNameIsOneLevel) {
  const DeviceMetrics metrics("nvme0.1");
  EXPECT_EQ(metrics.traffic[BLOCK_READ].bytes.name, "io.nvme0_1.read_bytes");
  EXPECT_EQ(metrics.queue_time.name, "io.nvme0_1.queue_time");
}

}  // namespace
}  // namespace squid
