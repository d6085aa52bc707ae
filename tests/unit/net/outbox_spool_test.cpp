// The outbox with a spool behind it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "net/outbox.h"
#include "net/spool_record.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Outbox::TimePoint kStart{};
constexpr Outbox::WallTime kNow{1'700'000'000s};

class OutboxSpool : public testing::Test {
 protected:
  Outbox& open(std::size_t memory = 1000, std::size_t disk = 1 << 20, bool newest_first = false) {
    outbox_.reset();
    outbox_ = std::make_unique<Outbox>(memory, SpoolPlace{directory_, disk, newest_first});
    return *outbox_;
  }
  Outbox& open_newest_first(std::size_t memory = 1000, std::size_t disk = 1 << 20) {
    return open(memory, disk, true);
  }
  std::string write_one() {
    const Outbox::Bytes bytes = outbox_->front();
    if (!bytes) return "nothing";
    outbox_->mark_written();
    return *bytes;
  }
  std::vector<std::string> write_all() {
    std::vector<std::string> written;
    while (outbox_->front() != nullptr) written.push_back(write_one());
    return written;
  }
  SinkHealth health() const { return outbox_->health(kNow); }
  // What is on disk counts; what a process left that was killed counts too.
  bool disk_is_used() const {
    for (const auto& entry : fs::directory_iterator(directory_))
      if (entry.path().filename() != "lock") return true;
    return false;
  }
  // As kill -9 does: the files stay as they are, and nobody says goodbye.
  void kill() {
    const std::string copy = temporary_.path() + "/copy";
    fs::copy(directory_, copy, fs::copy_options::recursive);
    outbox_.reset();
    fs::remove_all(directory_);
    fs::rename(copy, directory_);
  }

  TempDir temporary_;
  std::string directory_ = temporary_.path() + "/spool";
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxSpool, ServersThatKeepUpCostNoDisk) {
  Outbox& outbox = open();
  for (int i = 0; i < 100; ++i) {
    outbox.push(std::string(100, 'x'), kNow + i * 10s);
    write_one();
    outbox.acknowledge(0, kStart + i * 10s);
    outbox.release(kStart + i * 10s - 5s);
    EXPECT_FALSE(disk_is_used());
  }
  outbox_.reset();
  EXPECT_FALSE(disk_is_used());
}

TEST_F(OutboxSpool, WritesToDiskWhatWaitsForASecond) {
  Outbox& outbox = open();
  outbox.push("one", kNow);
  outbox.push("two", kNow + 899ms);
  EXPECT_EQ(health().queued_reports, 2U);
  EXPECT_EQ(health().queued_bytes, 6U);
  outbox.push("three", kNow + 995ms);  // a flush of a second, a little early
  EXPECT_EQ(health().queued_reports, 0U);
  EXPECT_EQ(health().queued_bytes, 0U);
  EXPECT_EQ(health().spooled_reports, 3U);
  EXPECT_EQ(health().spooled_bytes, 11U);
  EXPECT_EQ(outbox.health(kNow + 5s).oldest_age_s, 5);

  kill();
  open();
  EXPECT_EQ(health().recovered_reports, 3U);
  EXPECT_EQ(health().spooled_reports, 3U);
  EXPECT_EQ(outbox_->health(kNow + 60s).oldest_age_s, 60);
  outbox_->push("four", kNow + 60s);
  EXPECT_THAT(write_all(), ElementsAre("one", "two", "three", "four"));
}

TEST_F(OutboxSpool, WritesToDiskWhatFillsHalfOfTheMemory) {
  Outbox& outbox = open(1000);
  outbox.push(std::string(500, 'a'), kNow);
  EXPECT_FALSE(disk_is_used());
  outbox.push("b", kNow);
  EXPECT_EQ(health().spooled_reports, 2U);
}

TEST_F(OutboxSpool, WritesToDiskWhatALostConnectionLeft) {
  Outbox& outbox = open();
  outbox.push("acknowledged", kNow);
  write_one();
  outbox.acknowledge(0, kStart);
  outbox.push("written", kNow);
  write_one();
  outbox.push("waiting", kNow);
  outbox.rewind();
  EXPECT_EQ(health().delivered_reports, 1U);
  EXPECT_EQ(health().spooled_reports, 2U);
  kill();
  open();
  // The first one too: the program that had been sent it may never have read it.
  EXPECT_THAT(write_all(), ElementsAre("acknowledged", "written", "waiting"));
}

TEST_F(OutboxSpool, HoldsMuchMoreThanTheMemoryAndKeepsTheOrder) {
  Outbox& outbox = open(1000);
  for (int i = 0; i < 500; ++i) {
    outbox.push(std::to_string(i) + std::string(100, 'x'), kNow + i * 1s);
    ASSERT_LE(outbox.held_bytes(), 1000U);
  }
  EXPECT_EQ(health().spooled_reports, 500U);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(write_one(), std::to_string(i) + std::string(100, 'x'));
    ASSERT_LE(outbox.held_bytes(), 1000U);
    outbox.acknowledge(0, kStart);
  }
  // The last of them could be written again: they are on disk, if not in memory.
  outbox.rewind();
  EXPECT_EQ(write_all().size(), 500U);
  outbox.acknowledge(0, kStart);
  outbox.release(kStart);
  EXPECT_FALSE(disk_is_used());
  EXPECT_EQ(health().delivered_reports, 500U);
}

TEST_F(OutboxSpool, LeavesAtTheEndOnlyWhatWasNotDelivered) {
  Outbox& outbox = open();
  for (const char* text : {"one", "two", "three"}) outbox.push(text, kNow);
  write_one();
  outbox.acknowledge(0, kStart);
  write_one();
  open();
  EXPECT_THAT(write_all(), ElementsAre("two", "three"));
  outbox_->acknowledge(0, kStart);
  outbox_->release(kStart);
  open();
  EXPECT_EQ(health().recovered_reports, 0U);
}

TEST_F(OutboxSpool, CountsWhatTheLimitOnDiskCosts) {
  Outbox& outbox = open(1000, 32 * 150);
  for (int i = 0; i < 100; ++i) outbox.push(fmt::format("{}{:x>97}", 100 + i, ""), kNow + i * 1s);
  const std::uint64_t dropped = health().dropped_spool_full;
  EXPECT_GT(dropped, 50U);
  EXPECT_EQ(health().dropped_reports, dropped);
  EXPECT_EQ(health().spooled_reports + dropped, 100U);
  EXPECT_EQ(write_one().substr(0, 3), std::to_string(100 + dropped));
}

TEST_F(OutboxSpool, ASpoolSmallerThanTheMemoryDoesNotMakeItSmaller) {
  Outbox& outbox = open(10'000, 32 * 150);
  for (int i = 0; i < 100; ++i) outbox.push(std::string(100, 'x'), kNow + i * 1s);
  EXPECT_EQ(health().dropped_reports, 0U);
  EXPECT_GT(health().spooled_reports, 0U);
  EXPECT_EQ(health().spooled_reports + health().queued_reports, 100U);
}

TEST_F(OutboxSpool, CountsWhatCannotBeReadBack) {
  Outbox& outbox = open(100);
  for (const char c : {'a', 'b', 'c'}) outbox.push(std::string(60, c), kNow);
  EXPECT_EQ(health().spooled_reports, 3U);
  for (const auto& entry : fs::directory_iterator(directory_))
    if (entry.path().extension() == ".segment") {
      std::fstream file(entry.path());
      file.seekp(40);
      file << "spoiled";
    }
  EXPECT_THAT(write_all(), ElementsAre(std::string(60, 'b'), std::string(60, 'c')));
  EXPECT_EQ(health().dropped_damaged, 1U);
}

TEST_F(OutboxSpool, WithoutAPlaceOnDiskThereIsStillTheMemory) {
  std::ofstream(directory_) << "a file, where a directory should be";
  Outbox& outbox = open(100);
  EXPECT_THAT(health().spool_error, HasSubstr(directory_));
  for (const char c : {'a', 'b', 'c'}) outbox.push(std::string(50, c), kNow);
  EXPECT_EQ(health().dropped_queue_full, 1U);
  EXPECT_EQ(health().queued_reports, 2U);
  fs::remove(directory_);
}

TEST_F(OutboxSpool, KeepsForPeopleWhatIsNeverTaken) {
  Outbox& outbox = open(100);
  for (const char c : {'a', 'b', 'c'}) outbox.push(std::string(60, c), kNow);
  EXPECT_EQ(health().refused_path, "");
  // It is read back from disk, for memory has let go of it.
  outbox.rewind();
  EXPECT_TRUE(outbox.cut(outbox.front_number(), 0, 60, "h:2003", "hung up", kNow));
  EXPECT_EQ(health().dropped_rejected, 1U);
  ASSERT_EQ(health().refused_path, directory_ + "/refused.log");
  std::ifstream file(health().refused_path);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "2023-11-14T22:13:20Z\th:2003\thung up\t" + std::string(60, 'a'));
  EXPECT_THAT(write_all(), ElementsAre(std::string(60, 'b'), std::string(60, 'c')));
}

TEST_F(OutboxSpool, OnceTheConnectionIsLostNothingWaitsInMemoryAlone) {
  Outbox& outbox = open();
  outbox.push("one", kNow);
  write_one();
  outbox.rewind();
  outbox.push("two", kNow);
  EXPECT_EQ(health().spooled_reports, 2U) << "it does not wait for a second to be over";
  write_one();
  outbox.push("three", kNow);
  EXPECT_EQ(health().queued_reports, 1U);
}

TEST_F(OutboxSpool, TellsAtTheEndHowMuchIsNotOnDisk) {
  Outbox& outbox = open();
  for (const char* text : {"one", "two", "three"}) outbox.push(text, kNow);
  write_one();
  outbox.acknowledge(0, kStart);
  EXPECT_EQ(outbox.close_spool(), 0U);

  // Two segments of one record each, then the limit.
  constexpr std::size_t kRoomForTwo = 2 * (kSpoolHeaderBytes + 100);
  Outbox& limited = open(10'000, kRoomForTwo);
  write_all();
  limited.acknowledge(0, kStart);
  limited.release(kStart);
  for (int i = 0; i < 5; ++i) limited.push(std::string(100, 'x'), kNow);
  limited.push(std::string(kRoomForTwo, 'x'), kNow);
  EXPECT_EQ(limited.close_spool(), 4U);
  open(10'000, kRoomForTwo);
  EXPECT_EQ(health().recovered_reports, 2U);

  std::ofstream(temporary_.path() + "/file");
  Outbox homeless(1000, SpoolPlace{temporary_.path() + "/file/spool", 1 << 20});
  homeless.push("one", kNow);
  EXPECT_EQ(homeless.close_spool(), 1U);
}

TEST_F(OutboxSpool, NewestFirstWhatIsNewGoesBeforeWhatWaits) {
  Outbox& outbox = open_newest_first();
  for (const char* text : {"one", "two", "three"}) outbox.push(text, kNow);
  EXPECT_EQ(*outbox.front(), "three");
  outbox.push("four", kNow + 2s);
  EXPECT_EQ(*outbox.front(), "three") << "it is on its way";
  outbox.mark_written();
  EXPECT_EQ(write_one(), "four");
  EXPECT_EQ(outbox.health(kNow + 7s).oldest_age_s, 7);
  outbox.acknowledge(0, kStart);
  outbox.release(kStart);
  kill();
  open_newest_first();
  EXPECT_EQ(health().recovered_reports, 2U) << "what was delivered is not sent again";
  outbox_->push("five", kNow + 9s);
  EXPECT_THAT(write_all(), ElementsAre("five", "two", "one"));
  outbox_->acknowledge(0, kStart);
  outbox_->release(kStart);
  EXPECT_FALSE(disk_is_used());
}

TEST_F(OutboxSpool, NewestFirstTheFirstStaysSoThatItCanBeRefused) {
  Outbox& outbox = open_newest_first();
  for (const char* text : {"one", "two", "bad"}) outbox.push(text, kNow);
  for (const char* newer : {"four", "five"}) {
    EXPECT_EQ(write_one(), "bad");
    EXPECT_NE(outbox.front(), nullptr);
    outbox.rewind();
    outbox.push(newer, kNow);
  }
  EXPECT_EQ(*outbox.front(), "bad");
  outbox.rewind();
  EXPECT_TRUE(outbox.cut(outbox.front_number(), 0, 3, "h:2003", "hung up", kNow));
  EXPECT_EQ(health().dropped_rejected, 1U);
  EXPECT_THAT(write_all(), ElementsAre("five", "four", "two", "one"));
}

TEST_F(OutboxSpool, NewestFirstHoldsMuchMoreThanTheMemory) {
  Outbox& outbox = open_newest_first(1000);
  for (int i = 0; i < 500; ++i) {
    outbox.push(std::to_string(i) + std::string(100, 'x'), kNow + i * 1s);
    ASSERT_LE(outbox.held_bytes(), 1000U);
  }
  for (int i = 499; i >= 0; --i) {
    ASSERT_EQ(write_one(), std::to_string(i) + std::string(100, 'x'));
    ASSERT_LE(outbox.held_bytes(), 1000U);
    outbox.acknowledge(0, kStart);
    outbox.release(kStart);
  }
  EXPECT_FALSE(disk_is_used());
  EXPECT_EQ(health().delivered_reports, 500U);
}

TEST_F(OutboxSpool, NewestFirstTheLimitsCostTheOldest) {
  Outbox& outbox = open_newest_first(1000, 32 * 150);
  for (int i = 0; i < 100; ++i) outbox.push(fmt::format("{}{:x>97}", 100 + i, ""), kNow + i * 1s);
  const std::uint64_t dropped = health().dropped_spool_full;
  EXPECT_GT(dropped, 50U);
  const std::vector<std::string> written = write_all();
  EXPECT_EQ(written.size(), 100 - dropped);
  EXPECT_EQ(written.front().substr(0, 3), "199");
  EXPECT_EQ(written.back().substr(0, 3), std::to_string(100 + dropped));

  Outbox memory(300, SpoolPlace{"", 0, true});
  for (const char c : {'a', 'b', 'c', 'd'}) memory.push(std::string(100, c), kNow);
  EXPECT_EQ(memory.front()->front(), 'd');
  memory.mark_written();
  EXPECT_EQ(memory.front()->front(), 'c');
  memory.mark_written();
  EXPECT_EQ(memory.front()->front(), 'b');
}

class OutboxBooks : public OutboxSpool, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Orders, OutboxBooks, testing::Values(false, true),
                         [](const auto& order) { return order.param ? "NewestFirst" : "OldestFirst"; });

// Whatever happens in whatever order, also when the process ends or is killed or the disk is gone for a
// while: the books balance, memory and disk stay within their limits, and every batch arrives once at least,
// in its order, unless it is counted as dropped.
TEST_P(OutboxBooks, BalanceAtEveryInstantAndNothingIsLost) {
  constexpr std::size_t kMemory = 3000;
  std::mt19937 random(5);
  const auto open_again = [this] { open(kMemory, 1 << 20, GetParam()); };
  open_again();
  int next = 0;
  std::map<int, int> arrived;
  std::uint64_t dropped = 0;
  bool in_flight = false;
  for (int step = 0; step < 4'000; ++step) {
    const auto wall = kNow + step * 100ms;
    const auto now = kStart + step * 100ms;
    switch (random() % 10) {
      default:
        (void)outbox_->push(std::to_string(next++) + std::string(random() % 400, 'x'), wall);
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        if (const Outbox::Bytes bytes = outbox_->front(); bytes && !std::exchange(in_flight, !in_flight)) {
        } else if (bytes) {
          ++arrived[std::stoi(*bytes)];
          outbox_->mark_written();
        }
        break;
      case 7:
        outbox_->acknowledge(random() % 3 == 0 ? 0 : random() % 500, now);
        outbox_->release(now - 1s);
        break;
      case 8:
        if (random() % 20 != 0) break;
        outbox_->rewind(), in_flight = false;
        if (const Outbox::Bytes bytes = outbox_->front(); bytes && bytes->size() > 20) {
          outbox_->rewind();
          EXPECT_TRUE(outbox_->cut(outbox_->front_number(), bytes->size() - 5, 5, "h", "bad", wall));
        }
        break;
      case 9:
        if (random() % 50 != 0) break;
        in_flight = false;
        dropped += health().dropped_reports;
        if (random() % 2 == 0) outbox_->rewind(), kill();
        open_again();
    }
    const SinkHealth h = health();
    ASSERT_EQ(h.produced_reports + h.recovered_reports,
              h.delivered_reports + h.queued_reports + h.spooled_reports + h.dropped_reports)
        << step;
    ASSERT_EQ(outbox_->figures().queued, h.queued_reports + h.spooled_reports) << step;
    ASSERT_EQ(outbox_->figures().queued_bytes, h.queued_bytes + h.spooled_bytes) << step;
    ASSERT_LE(outbox_->held_bytes(), kMemory) << step;
  }
  outbox_->rewind();
  while (const Outbox::Bytes bytes = outbox_->front()) {
    ++arrived[std::stoi(*bytes)];
    outbox_->mark_written();
  }
  EXPECT_EQ(arrived.size() + dropped + health().dropped_reports, static_cast<std::uint64_t>(next));
}

}  // namespace
}  // namespace squid
