#include "net/spool_record.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

std::string record(std::uint64_t sequence, const std::string& batch) {
  return encode_spool_header(sequence, 1'700'000'000'000, batch) + batch;
}

std::vector<std::uint64_t> sequences(const SegmentContent& content) {
  std::vector<std::uint64_t> found;
  for (const SpoolRecord& record : content.records) found.push_back(record.sequence);
  return found;
}

using Sequences = std::vector<std::uint64_t>;

TEST(SpoolRecord, TheChecksumIsCrc32c) {
  EXPECT_EQ(compute_checksum("123456789"), 0xE3069283U);
}

TEST(SpoolRecord, ReadsWhatWasWritten) {
  const std::string bytes = record(5, "a batch\n") + record(6, "") + record(9, "another");
  const SegmentContent content = parse_segment(bytes);
  ASSERT_EQ(sequences(content), (Sequences{5, 6, 9}));
  EXPECT_EQ(content.damaged, 0U);
  EXPECT_EQ(content.end, bytes.size());
  EXPECT_EQ(content.records[0].time_ms, 1'700'000'000'000);
  EXPECT_EQ(content.records[0].size, 8U);
  EXPECT_EQ(bytes.substr(content.records[2].offset + kSpoolHeaderBytes), "another");
  EXPECT_TRUE(is_intact(record(5, "a batch\n"), 5));
  EXPECT_FALSE(is_intact(record(5, "a batch\n"), 6));
  EXPECT_FALSE(is_intact(record(5, "a batch\n") + "x", 5));
}

TEST(SpoolRecord, WhereverItIsCutTheWholeRecordsRemain) {
  const std::string first = record(1, "first");
  const std::string bytes = first + record(2, "second");
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const SegmentContent content = parse_segment(std::string_view(bytes).substr(0, length));
    const std::size_t whole = length == bytes.size() ? 2 : length >= first.size() ? 1 : 0;
    EXPECT_EQ(content.records.size(), whole) << length;
    EXPECT_EQ(content.damaged, 0U) << length;
    EXPECT_EQ(content.end, whole == 2 ? bytes.size() : whole == 1 ? first.size() : 0) << length;
  }
}

TEST(SpoolRecord, OneSpoiledByteCostsOneRecordWhereverItIs) {
  const std::string first = record(1, "first SqR1");
  const std::string second = record(2, "second SqR1 of three");
  const std::string bytes = first + second + record(3, "third");
  for (std::size_t at = first.size(); at < first.size() + second.size(); ++at)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string spoiled = bytes;
      spoiled[at] = static_cast<char>(spoiled[at] ^ flip);
      const SegmentContent content = parse_segment(spoiled);
      EXPECT_EQ(sequences(content), (Sequences{1, 3})) << at;
      EXPECT_EQ(content.damaged, 1U) << at;
      EXPECT_EQ(content.end, bytes.size()) << at;
    }
}

TEST(SpoolRecord, ARecordThatIsDoneSaysSo) {
  std::string bytes = record(1, "a") + record(2, "b") + record(3, "c");
  bytes.replace(record(1, "a").size(), kSpoolDone.size(), kSpoolDone);
  const SegmentContent content = parse_segment(bytes);
  ASSERT_EQ(sequences(content), (Sequences{1, 2, 3}));
  EXPECT_FALSE(content.records[0].done);
  EXPECT_TRUE(content.records[1].done);
  EXPECT_FALSE(content.records[2].done);
  EXPECT_EQ(content.damaged, 0U);
}

TEST(SpoolRecord, ARecordOutOfOrderIsNone) {
  const SegmentContent content = parse_segment(record(2, "b") + record(1, "a") + record(3, "c"));
  EXPECT_EQ(sequences(content), (Sequences{2, 3}));
  EXPECT_EQ(content.damaged, 1U);
}

}  // namespace
}  // namespace squid
