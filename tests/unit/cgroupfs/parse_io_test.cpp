#include "cgroupfs/parse_io.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

const DeviceFilter kEvery = [](std::uint32_t, std::uint32_t) { return true; };
const DeviceFilter kNoLoop = [](std::uint32_t major, std::uint32_t) { return major != 7; };

TEST(ParseIoStat, SumsOverDevices) {
  CgroupSample sample;
  parse_io_stat(
      "8:16 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=50 dios=6\n"
      "254:0 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n",
      kEvery, sample);
  EXPECT_EQ(sample.io_read_bytes, Reading{101});
  EXPECT_EQ(sample.io_write_bytes, Reading{202});
  EXPECT_EQ(sample.io_discard_bytes, Reading{50});
  EXPECT_EQ(sample.io_reads, Reading{4});
  EXPECT_EQ(sample.io_writes, Reading{5});
  EXPECT_EQ(sample.io_discards, Reading{6});
}

TEST(ParseIoStat, ACgroupThatDidNothingHasZeros) {
  CgroupSample sample;
  parse_io_stat("", kEvery, sample);
  EXPECT_EQ(sample.io_read_bytes, Reading{0});
  EXPECT_EQ(sample.io_writes, Reading{0});
}

TEST(ParseIoStat, DevicesMadeOfOthersAreLeftOut) {
  CgroupSample sample;
  parse_io_stat("7:0 rbytes=100 rios=1\n8:0 rbytes=100 rios=1\n", kNoLoop, sample);
  EXPECT_EQ(sample.io_read_bytes, Reading{100});
}

TEST(ParseIoStat, LinesAndKeysOfOtherKernelsArePassedOver) {
  CgroupSample sample;
  parse_io_stat(
      "(unknown) rbytes=100\n"
      "8:0\n"
      "8:16 cost.vrate=100.00 cost.usage=7 rbytes=5 rios=x wbytes=99999999999999999999\n"
      "x:y rbytes=1\n8: rbytes=1\n:8 rbytes=1\n8:4294967296 rbytes=1",
      kEvery, sample);
  EXPECT_EQ(sample.io_read_bytes, Reading{5});
  EXPECT_EQ(sample.io_reads, Reading{0});
  EXPECT_EQ(sample.io_write_bytes, Reading{0});
}

TEST(ParseIoServiceBytes, ReadsV1WithoutTheSum) {
  CgroupSample sample;
  parse_io_service_bytes(
      "8:0 Read 4096\n8:0 Write 8192\n8:0 Sync 12288\n8:0 Async 0\n8:0 Discard 512\n8:0 Total 12800\n"
      "7:1 Read 1\nTotal 12801\n",
      kNoLoop, sample);
  EXPECT_EQ(sample.io_read_bytes, Reading{4096});
  EXPECT_EQ(sample.io_write_bytes, Reading{8192});
  EXPECT_EQ(sample.io_discard_bytes, Reading{512});
  EXPECT_FALSE(sample.io_reads.has_value());
}

TEST(ParseIoServiced, ReadsRequestsAlone) {
  CgroupSample sample;
  parse_io_serviced("8:0 Read 4\n8:0 Write 8\n8:0 Total 12\nTotal 12\n", kEvery, sample);
  EXPECT_EQ(sample.io_reads, Reading{4});
  EXPECT_EQ(sample.io_writes, Reading{8});
  EXPECT_EQ(sample.io_discards, Reading{0});
  EXPECT_FALSE(sample.io_read_bytes.has_value());
}

}  // namespace
}  // namespace squid
