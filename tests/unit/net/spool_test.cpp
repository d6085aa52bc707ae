#include "net/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "net/spool_record.h"
#include "support/full_disk.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::size_t kAmple = 1 << 20;

class SpoolTest : public testing::Test {
 protected:
  Spool open(std::size_t limit = kAmple) {
    auto spool = Spool::open({directory_, limit});
    EXPECT_TRUE(spool) << (spool ? "" : spool.error().message);
    return *std::move(spool);
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) names.insert(entry.path().filename());
    return names;
  }
  fs::path last_segment() const {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(directory_))
      if (entry.path().extension() == ".segment") last = std::max(last, entry.path());
    return last;
  }

  TempDir temporary_;
  std::string directory_ = temporary_.path() + "/a/spool";
};

std::vector<std::string> batches(Spool& spool, const std::vector<Spool::Found>& found) {
  std::vector<std::string> texts;
  for (const Spool::Found& record : found) {
    const auto text = spool.read(record);
    texts.push_back(text ? *text : text.error().message);
  }
  return texts;
}

TEST_F(SpoolTest, FindsAfterwardsWhatWasAppended) {
  {
    Spool spool = open();
    EXPECT_THAT(spool.take_found(), IsEmpty());
    const auto where = spool.append(1, 1000, "one");
    ASSERT_TRUE(where);
    EXPECT_EQ(*spool.read({1, 1000, 3, *where}), "one");
    ASSERT_TRUE(spool.append(2, 2000, ""));
    ASSERT_TRUE(spool.append(7, 3000, std::string("a\0b\n", 4)));
  }
  Spool spool = open();
  const auto found = spool.take_found();
  EXPECT_THAT(batches(spool, found), ElementsAre("one", "", std::string("a\0b\n", 4)));
  EXPECT_EQ(found[0].time_ms, 1000);
  EXPECT_EQ(found[2].sequence, 7U);
  EXPECT_EQ(spool.next_sequence(), 8U);
  EXPECT_EQ(spool.damaged(), 0U);
}

TEST_F(SpoolTest, LeavesNothingBehindWhenAllIsDone) {
  Spool spool = open();
  const auto first = spool.append(1, 0, "x");
  const auto second = spool.append(2, 0, "x");
  spool.release(*second);
  EXPECT_THAT(files(), UnorderedElementsAre("lock", "0000000000000001.segment"));
  spool.release(*first);
  EXPECT_THAT(files(), UnorderedElementsAre("lock"));
  EXPECT_EQ(spool.bytes(), 0U);
}

TEST_F(SpoolTest, ASegmentStaysReadableWhateverTheLimit) {
  const std::string batch(33 << 20, 'x');
  {
    Spool spool = open(std::size_t{64} << 30);
    for (const std::uint64_t sequence : {1, 2}) ASSERT_TRUE(spool.append(sequence, 0, batch));
  }
  EXPECT_THAT(files(), UnorderedElementsAre("lock", "0000000000000001.segment", "0000000000000002.segment"));
}

TEST_F(SpoolTest, DoesNotSendAgainWhatWasDone) {
  {
    Spool spool = open();
    std::vector<Spool::Location> places;
    for (std::uint64_t i = 1; i <= 4; ++i) places.push_back(*spool.append(i, 0, std::to_string(i)));
    spool.release(places[3]);
    spool.release(places[1]);
  }
  Spool spool = open();
  const auto found = spool.take_found();
  EXPECT_THAT(batches(spool, found), ElementsAre("1", "3"));
  EXPECT_EQ(spool.damaged(), 0U);
  EXPECT_EQ(spool.next_sequence(), 5U) << "what comes now is newer than what is done, too";
  for (const Spool::Found& record : found) spool.release(record.where);
  EXPECT_THAT(files(), UnorderedElementsAre("lock"));
}

TEST_F(SpoolTest, ASegmentGoesWhenAllOfItIsDoneThoughOlderOnesAreNot) {
  constexpr std::size_t kLimit = 32 * 200;
  Spool spool = open(kLimit);
  std::vector<Spool::Location> places;
  for (std::uint64_t i = 1; i <= 6; ++i) places.push_back(*spool.append(i, 0, std::string(68, 'x')));
  spool.release(places[5]);
  EXPECT_EQ(spool.bytes(), 600U);
  spool.release(places[4]);
  EXPECT_EQ(spool.bytes(), 400U);
  EXPECT_EQ(spool.first_sequence(), 1U);
  ASSERT_TRUE(spool.append(7, 0, std::string(68, 'x')));
  EXPECT_EQ(spool.bytes(), 500U);
}

TEST_F(SpoolTest, ReleasingWhatWentAtTheLimitIsHarmless) {
  Spool spool = open(300);
  const auto first = spool.append(1, 0, std::string(200, 'x'));
  ASSERT_TRUE(spool.append(2, 0, std::string(200, 'y')));
  spool.release(*first);
  EXPECT_EQ(spool.first_sequence(), 2U);
}

TEST_F(SpoolTest, DropsTheOldestSegmentAtTheLimit) {
  constexpr std::size_t kLimit = 32 * 200;
  Spool spool = open(kLimit);
  for (std::uint64_t i = 1; i <= 300; ++i) {
    ASSERT_TRUE(spool.append(i, 0, std::string(68, 'x')));
    ASSERT_LE(spool.bytes(), kLimit);
  }
  EXPECT_EQ(spool.first_sequence(), 300U - 63);
  std::size_t on_disk = 0;
  for (const auto& entry : fs::directory_iterator(directory_)) on_disk += entry.file_size();
  EXPECT_LE(on_disk, kLimit);
  EXPECT_FALSE(spool.fits(kLimit));
  EXPECT_TRUE(spool.fits(kLimit - kSpoolHeaderBytes));
  ASSERT_TRUE(spool.append(301, 0, std::string(kLimit - kSpoolHeaderBytes, 'x')));
  EXPECT_EQ(spool.first_sequence(), 301U);
}

TEST_F(SpoolTest, BelongsToOneProcess) {
  Spool spool = open();
  const auto second = Spool::open({directory_, kAmple});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another squid-bpf uses " + directory_));
}

TEST_F(SpoolTest, CutsWhatASuddenEndLeftAndGoesOn) {
  {
    Spool spool = open();
    ASSERT_TRUE(spool.append(1, 0, "one"));
    ASSERT_TRUE(spool.append(2, 0, "two"));
  }
  fs::resize_file(last_segment(), fs::file_size(last_segment()) - 1);
  {
    Spool spool = open();
    EXPECT_EQ(spool.damaged(), 0U);
    EXPECT_EQ(spool.next_sequence(), 2U);
    ASSERT_TRUE(spool.append(2, 0, "again"));
  }
  Spool spool = open();
  EXPECT_THAT(batches(spool, spool.take_found()), ElementsAre("one", "again"));
  EXPECT_EQ(spool.damaged(), 0U);
}

TEST_F(SpoolTest, WhateverByteIsSpoiledOneRecordIsLostCountedAndSetAside) {
  const std::string record = encode_spool_header(2, 0, "two") + "two";
  for (std::size_t at = 0; at < record.size(); ++at) {
    fs::remove_all(directory_);
    {
      Spool spool = open();
      for (const char* text : {"one", "two", "six"})
        ASSERT_TRUE(spool.append(spool.next_sequence(), 0, text));
    }
    std::fstream file(last_segment());
    file.seekp(static_cast<std::streamoff>(record.size() + at));
    file.put('\x7e');
    file.close();
    Spool spool = open();
    const auto found = spool.take_found();
    EXPECT_THAT(batches(spool, found), ElementsAre("one", "six")) << at;
    EXPECT_EQ(spool.damaged(), 1U) << at;
    for (const Spool::Found& left : found) spool.release(left.where);
    EXPECT_THAT(files(), UnorderedElementsAre("lock", "damaged.0")) << at;
  }
}

TEST_F(SpoolTest, NoticesDamageThatComesLater) {
  Spool spool = open();
  const auto where = spool.append(1, 0, "one");
  ASSERT_TRUE(where);
  fs::resize_file(last_segment(), 5);
  EXPECT_FALSE(spool.read({1, 0, 3, *where}));
}

TEST_F(SpoolTest, StartsWhateverLiesInItsDirectory) {
  fs::create_directories(directory_ + "/0000000000000001.segment/folder");
  std::ofstream(directory_ + "/0000000000000002.segment") << std::string(100, 'x');
  std::ofstream(directory_ + "/0000000000000003.segment");
  std::ofstream(directory_ + "/zzz.segment") << "x";
  fs::create_symlink("/dev/zero", directory_ + "/0000000000000004.segment");
  Spool spool = open();
  EXPECT_THAT(spool.take_found(), IsEmpty());
  EXPECT_EQ(spool.damaged(), 3U);
  ASSERT_TRUE(spool.append(spool.next_sequence(), 0, "works"));
}

TEST_F(SpoolTest, SaysWhereItCannotBe) {
  std::ofstream(temporary_.path() + "/a") << "a file";
  const auto spool = Spool::open({directory_, kAmple});
  ASSERT_FALSE(spool);
  EXPECT_THAT(spool.error().message, HasSubstr("cannot make the directory " + directory_));
}

TEST_F(SpoolTest, AFullDiskLeavesNoHalfRecords) {
  {
    Spool spool = open();
    ASSERT_TRUE(spool.append(1, 0, "one"));
    {
      const FullDisk full(50);
      EXPECT_FALSE(spool.append(2, 0, "this does not fit any more"));
      EXPECT_FALSE(spool.append(2, 0, "nor this, which is longer than it"));
    }
    ASSERT_TRUE(spool.append(3, 0, "three"));
  }
  Spool spool = open();
  EXPECT_THAT(batches(spool, spool.take_found()), ElementsAre("one", "three"));
  EXPECT_EQ(spool.damaged(), 0U);
}

// Any order of writes, reads, releases and sudden ends, next to a model: what was appended is there, in
// order, until it is released, whichever first, or a whole segment goes at the limit; a cut takes records
// from the end only.
TEST_F(SpoolTest, DoesWhatItsModelDoes) {
  struct Written {
    Spool::Found record;
    std::string batch;
  };
  constexpr std::size_t kLimit = 20'000;
  std::mt19937 random(11);
  std::deque<Written> model;
  std::optional<Spool> spool = open(kLimit);
  for (int step = 0; step < 2'000; ++step) {
    switch (random() % 16) {
      default: {
        const std::string batch =
            std::to_string(step) + std::string(random() % (step % 100 ? 300 : 3000), 'x');
        const std::uint64_t sequence = spool->next_sequence() + random() % 2;
        const auto where = spool->append(sequence, step, batch);
        ASSERT_TRUE(where);
        model.push_back({{sequence, step, batch.size(), *where}, batch});
        while (model.front().record.sequence < spool->first_sequence()) model.pop_front();
        ASSERT_LE(spool->bytes(), kLimit);
        break;
      }
      case 0:
      case 1:
        for (auto released = random() % 5; released > 0 && !model.empty(); --released) {
          // In order, from the newest backwards, or any.
          const std::size_t at =
              std::array{std::size_t{0}, model.size() - 1, random() % model.size()}[step % 3];
          spool->release(model[at].record.where);
          model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
        }
        if (model.empty()) {
          ASSERT_EQ(spool->bytes(), 0U) << step;
        }
        break;
      case 2:
        for (const Written& written : model) ASSERT_EQ(*spool->read(written.record), written.batch) << step;
        break;
      case 3: {
        spool.reset();
        if (const fs::path last = last_segment(); !last.empty() && random() % 2 == 0) {
          const std::uintmax_t length = random() % (fs::file_size(last) + 1);
          fs::resize_file(last, length);
          const std::uint64_t segment = std::stoull(last.stem(), nullptr, 16);
          while (!model.empty() && model.back().record.where.segment == segment &&
                 model.back().record.where.offset + kSpoolHeaderBytes + model.back().batch.size() > length)
            model.pop_back();
        }
        spool = open(kLimit);
        ASSERT_EQ(spool->damaged(), 0U) << step;
        const auto found = spool->take_found();
        ASSERT_EQ(found.size(), model.size()) << step;
        for (std::size_t i = 0; i < found.size(); ++i) {
          ASSERT_EQ(found[i].sequence, model[i].record.sequence) << step;
          ASSERT_EQ(found[i].time_ms, model[i].record.time_ms) << step;
        }
      }
    }
  }
}

}  // namespace
}  // namespace squid
