#include "net/outbox.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>

#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

constexpr Outbox::TimePoint kStart{};

// Writes the oldest waiting batch, as a connection does.
std::string write_one(Outbox& outbox) {
  const Outbox::Bytes bytes = outbox.front();
  if (!bytes) return "nothing";
  outbox.mark_written();
  return *bytes;
}

TEST(Outbox, GivesBatchesOldestFirst) {
  Outbox outbox(100);
  EXPECT_EQ(outbox.front(), nullptr);
  outbox.push("a");
  outbox.push("b");
  EXPECT_EQ(*outbox.front(), "a");
  EXPECT_EQ(*outbox.front(), "a");
  outbox.mark_written();
  EXPECT_EQ(write_one(outbox), "b");
  EXPECT_EQ(outbox.front(), nullptr);
}

TEST(Outbox, DropsTheOldestAtTheLimitAndCountsIt) {
  Outbox outbox(10);
  outbox.push("aaaa");
  outbox.push("bbbb");
  EXPECT_TRUE(outbox.push("cccc"));
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(outbox.figures().queued, 2U);
  EXPECT_EQ(outbox.figures().queued_bytes, 8U);
  EXPECT_EQ(write_one(outbox), "bbbb");
}

TEST(Outbox, RefusesABatchThatNeverFits) {
  Outbox outbox(10);
  outbox.push("aaaa");
  EXPECT_FALSE(outbox.push("bbbbbbbbbbb"));
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(write_one(outbox), "aaaa");
}

TEST(Outbox, KeepsTheBatchInFlight) {
  Outbox outbox(10);
  outbox.push("aaaa");
  outbox.push("bbbb");
  EXPECT_EQ(*outbox.front(), "aaaa");
  outbox.push("cccc");
  outbox.mark_written();
  EXPECT_EQ(write_one(outbox), "cccc");
  EXPECT_EQ(outbox.figures().dropped, 1U);

  EXPECT_FALSE(outbox.push("larger than"));
}

TEST(Outbox, AcknowledgesByBytes) {
  Outbox outbox(100);
  outbox.push("aaaa");
  outbox.push("bbbb");
  write_one(outbox);
  write_one(outbox);
  outbox.acknowledge(8, kStart);
  EXPECT_EQ(outbox.figures().delivered, 0U);
  outbox.acknowledge(5, kStart);
  EXPECT_EQ(outbox.figures().delivered, 0U);
  outbox.acknowledge(4, kStart);
  EXPECT_EQ(outbox.figures().delivered, 1U);
  EXPECT_EQ(outbox.figures().queued_bytes, 4U);
  outbox.acknowledge(0, kStart);
  EXPECT_EQ(outbox.figures().delivered, 2U);
  EXPECT_EQ(outbox.figures().queued, 0U);
  EXPECT_EQ(outbox.figures().queued_bytes, 0U);
}

TEST(Outbox, WritesAgainWhatWasNotReleased) {
  Outbox outbox(100);
  outbox.push("a");
  outbox.push("b");
  outbox.push("c");
  outbox.push("d");
  write_one(outbox);
  outbox.acknowledge(0, kStart);
  write_one(outbox);
  outbox.acknowledge(0, kStart + 3s);
  outbox.release(kStart + 2s);
  write_one(outbox);
  (void)outbox.front();

  outbox.rewind();
  EXPECT_EQ(write_one(outbox), "b");
  EXPECT_EQ(write_one(outbox), "c");
  EXPECT_EQ(write_one(outbox), "d");
}

// The first batch is acknowledged, and the connection lost.
void lose_one(Outbox& outbox, Outbox::Loss loss) {
  EXPECT_EQ(write_one(outbox), "a");
  outbox.acknowledge(0, kStart);
  EXPECT_EQ(outbox.figures().delivered, 1U) << "it is counted once";
  outbox.rewind(loss);
}

TEST(Outbox, ABatchAfterWhichEachConnectionIsLostIsGivenUpAndNotDelivered) {
  const TempDir folder;
  Outbox outbox(100, {folder.path(), 1 << 20});
  outbox.push("a");
  outbox.push("b");
  for (unsigned times = 1; times <= Outbox::kMostLosses; ++times) {
    EXPECT_EQ(outbox.give_up_unread("h:2003"), 0U);
    EXPECT_EQ(outbox.figures().queued_bytes, 2U) << times;
    lose_one(outbox, Outbox::Loss::kUnexplained);
  }
  EXPECT_EQ(outbox.give_up_unread("h:2003"), 1U);
  EXPECT_EQ(outbox.give_up_unread("h:2003"), 0U);
  EXPECT_EQ(outbox.figures().delivered, 0U);
  EXPECT_EQ(outbox.health().dropped_unread, 1U);
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(outbox.figures().queued, 1U);
  EXPECT_EQ(write_one(outbox), "b");
  std::ifstream file(folder.path() + "/refused.log");
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line.substr(line.find('\t')),
            "\th:2003\tacknowledged 8 times, and the connection was lost each time\ta");
}

TEST(Outbox, WhatIsGivenUpIsNotFoundOnDiskAgain) {
  const TempDir folder;
  {
    Outbox outbox(100, {folder.path(), 1 << 20});
    for (const char c : {'a', 'b'}) outbox.push(std::string(60, c));
    for (unsigned times = 0; times < Outbox::kMostLosses; ++times) {
      while (outbox.front() != nullptr) outbox.mark_written();
      outbox.acknowledge(0, kStart);
      outbox.rewind();
    }
    // Only one of them fits into memory; the other one is read back.
    EXPECT_EQ(outbox.give_up_unread("h:2003"), 2U);
    EXPECT_EQ(outbox.health().dropped_unread, 2U);
    EXPECT_EQ(outbox.figures().delivered, 0U);
    EXPECT_EQ(outbox.figures().queued, 0U);
  }
  std::ifstream file(folder.path() + "/refused.log");
  std::string records;
  for (std::string line; std::getline(file, line);) records += line.substr(line.rfind('\t') + 1);
  EXPECT_EQ(records, std::string(60, 'a') + std::string(60, 'b'));
  EXPECT_EQ(Outbox(100, {folder.path(), 1 << 20}).health().recovered_reports, 0U);
}

TEST(Outbox, TheLastConnectionMayLast) {
  Outbox outbox(100);
  outbox.push("a");
  for (unsigned times = 1; times < Outbox::kMostLosses; ++times) lose_one(outbox, Outbox::Loss::kUnexplained);
  write_one(outbox);
  outbox.acknowledge(0, kStart);
  EXPECT_TRUE(outbox.release(kStart));
  EXPECT_EQ(outbox.figures().delivered, 1U);
  EXPECT_EQ(outbox.figures().dropped, 0U);
}

TEST(Outbox, LossesWithAnotherReasonDoNotSpeakAgainstABatch) {
  Outbox outbox(100);
  outbox.push("a");
  for (unsigned times = 1; times <= Outbox::kMostLosses; ++times) {
    EXPECT_TRUE(outbox.has_waiting()) << times;
    lose_one(outbox, times % 2 == 0 ? Outbox::Loss::kExplained : Outbox::Loss::kUnexplained);
  }
  EXPECT_FALSE(outbox.has_waiting()) << "nor is it written for ever";
  EXPECT_EQ(outbox.give_up_unread("h:2003"), 0U);
  EXPECT_EQ(outbox.figures().delivered, 1U);
  EXPECT_EQ(outbox.figures().dropped, 0U);
  EXPECT_EQ(outbox.held_bytes(), 0U);
}

TEST(Outbox, WhatWasWrittenAgainIsKeptForAWhileAgain) {
  Outbox outbox(100);
  outbox.push("a");
  write_one(outbox);
  outbox.acknowledge(0, kStart);
  outbox.rewind();
  write_one(outbox);
  outbox.acknowledge(0, kStart + 3s);
  EXPECT_FALSE(outbox.release(kStart + 2s));
  EXPECT_TRUE(outbox.has_acknowledged());
  EXPECT_TRUE(outbox.release(kStart + 3s));
  EXPECT_EQ(outbox.held_bytes(), 0U);
}

TEST(Outbox, AnAcknowledgedBatchMakesRoomWithoutBeingALoss) {
  Outbox outbox(10);
  outbox.push("aaaa");
  write_one(outbox);
  outbox.acknowledge(0, kStart);
  outbox.push("bbbb");
  outbox.push("cccc");
  EXPECT_EQ(outbox.figures().delivered, 1U);
  EXPECT_EQ(outbox.figures().dropped, 0U);
  EXPECT_EQ(outbox.figures().queued, 2U);
}

TEST(Outbox, ARecordIsCutOutOfItsBatch) {
  Outbox outbox(100);
  outbox.push("one two ");
  outbox.push("three ");
  write_one(outbox);
  outbox.acknowledge(0, kStart);
  outbox.rewind();
  const std::uint64_t number = outbox.front_number();
  EXPECT_TRUE(outbox.cut(number, 0, 4, "h", "bad"));
  EXPECT_EQ(outbox.held_bytes(), 10U);
  EXPECT_EQ(write_one(outbox), "two ");
  outbox.rewind();
  EXPECT_TRUE(outbox.cut(number, 0, 4, "h", "bad"));
  EXPECT_EQ(outbox.figures().dropped, 0U) << "it counts as delivered already";
  const std::uint64_t next = outbox.front_number();
  EXPECT_TRUE(outbox.cut(next, 0, 6, "h", "bad"));
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(outbox.held_bytes(), 0U);
  EXPECT_FALSE(outbox.cut(next, 0, 6, "h", "bad"));
}

TEST(Outbox, ARecordIsCutOutOfWhatIsOnDiskToo) {
  const TempDir folder;
  Outbox outbox(100, {folder.path(), 1 << 20});
  for (const char* const letter : {"a", "b", "c"})
    outbox.push(letter + std::string("1 ") + letter + "2 " + letter + std::string(40, '.'));
  outbox.rewind();
  const std::uint64_t number = outbox.front_number();
  EXPECT_TRUE(outbox.cut(number, 3, 3, "h", "bad"));
  EXPECT_TRUE(outbox.cut(number, 0, 3, "h", "bad"));
  EXPECT_FALSE(outbox.cut(number + 100, 0, 3, "h", "bad")) << "that was dropped meanwhile";
  EXPECT_EQ(outbox.figures().dropped, 0U);
  EXPECT_EQ(outbox.figures().queued_bytes, 41 + 2 * 47U);
  // Memory lets go of it, and it is read back.
  outbox.push(std::string(90, 'd'));
  EXPECT_EQ(*outbox.front(), "a" + std::string(40, '.'));
  EXPECT_EQ(outbox.figures().queued_bytes, 41 + 2 * 47U + 90);
  std::ifstream file(folder.path() + "/refused.log");
  std::string refused;
  for (std::string line; std::getline(file, line);) refused += line.substr(line.rfind('\t') + 1);
  EXPECT_EQ(refused, "a2 a1 ");
}

TEST(Outbox, PartsTakeThePlaceOfARecord) {
  Outbox outbox(100);
  outbox.push("one two ");
  outbox.push("three ");
  outbox.rewind();
  const std::uint64_t number = outbox.front_number();
  EXPECT_TRUE(outbox.replace(number, 4, 4, "t w o "));
  EXPECT_EQ(outbox.held_bytes(), 16U);
  EXPECT_EQ(outbox.figures().queued_bytes, 16U);
  EXPECT_TRUE(outbox.cut(number, 6, 2, "h", "bad"));
  EXPECT_EQ(outbox.figures().dropped, 0U);
  EXPECT_EQ(write_one(outbox), "one t o ");
  EXPECT_FALSE(outbox.replace(number + 100, 0, 1, "x"));
}

TEST(Outbox, PartsThatDoNotFitCostTheOldest) {
  Outbox outbox(10);
  outbox.push("aaaa");
  outbox.push("bbbb");
  outbox.rewind();
  EXPECT_TRUE(outbox.replace(outbox.front_number() + 1, 0, 4, "b b b b "));
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(outbox.held_bytes(), 8U);
  EXPECT_EQ(write_one(outbox), "b b b b ");
}

TEST(Outbox, WhatIsReadBackFromDiskIsEditedAgain) {
  const TempDir folder;
  Outbox outbox(100, {folder.path(), 1 << 20});
  for (const char* const letter : {"a", "b", "c"})
    outbox.push(letter + std::string("12 ") + letter + "34 " + letter + std::string(40, '.'));
  outbox.rewind();
  const std::uint64_t number = outbox.front_number();
  EXPECT_TRUE(outbox.replace(number, 4, 4, "a3 a4 "));
  EXPECT_TRUE(outbox.replace(number, 0, 4, "a1 a2 "));
  EXPECT_TRUE(outbox.cut(number, 3, 3, "h", "bad"));
  EXPECT_EQ(outbox.figures().queued_bytes, 50 + 2 * 49U);
  // Memory lets go of it, and it is read back.
  outbox.push(std::string(90, 'd'));
  EXPECT_EQ(outbox.held_bytes(), 90U);
  EXPECT_EQ(*outbox.front(), "a1 a3 a4 a" + std::string(40, '.'));
  EXPECT_EQ(outbox.figures().queued_bytes, 50 + 2 * 49U + 90);
  EXPECT_EQ(outbox.figures().dropped, 0U);
}

TEST(Outbox, GivesUpTheOldest) {
  Outbox outbox(10);
  outbox.push("aaaa");
  outbox.push("bbbb");
  outbox.drop_front();
  EXPECT_EQ(outbox.figures().dropped, 1U);
  EXPECT_EQ(write_one(outbox), "bbbb");
  outbox.drop_front();
  outbox.drop_front();
  EXPECT_EQ(outbox.held_bytes(), 0U);
}

// Whatever happens in whatever order: nothing vanishes from the books, and the limit holds.
TEST(Outbox, TheBooksBalanceAtEveryInstant) {
  std::mt19937 random(7);
  Outbox outbox(1000);
  std::uint64_t pushed = 0;
  bool in_flight = false;
  std::uint64_t next_batch = 0;
  Outbox::TimePoint now = kStart;
  for (int step = 0; step < 200'000; ++step) {
    now += std::chrono::milliseconds(random() % 100);
    switch (random() % 8) {
      case 0:
      case 1:
        ++pushed;
        (void)outbox.push(std::to_string(next_batch++) + std::string(random() % 400, 'x'));
        break;
      case 2:
      case 3:
        if (!in_flight)
          in_flight = outbox.front() != nullptr;
        else
          outbox.mark_written(), in_flight = false;
        break;
      case 4:
        outbox.acknowledge(random() % 500, now);
        break;
      case 5:
        outbox.release(now - 1s);
        break;
      case 6:
        if (random() % 10 != 0) break;
        outbox.rewind(random() % 2 == 0 ? Outbox::Loss::kExplained : Outbox::Loss::kUnexplained);
        outbox.give_up_unread("h");
        in_flight = false;
        break;
      default:
        if (in_flight || random() % 50 != 0) break;
        outbox.rewind();
        if (!outbox.has_waiting() || random() % 2 == 0) {
          outbox.drop_front();
        } else {
          const std::size_t size = outbox.front()->size();
          outbox.rewind();
          const std::size_t offset = random() % size;
          EXPECT_TRUE(outbox.cut(outbox.front_number(), offset, 1 + random() % (size - offset), "h", "bad"));
        }
    }
    const Outbox::Figures figures = outbox.figures();
    ASSERT_EQ(pushed, figures.delivered + figures.queued + figures.dropped) << step;
    ASSERT_LE(outbox.held_bytes(), 1000U) << step;
    ASSERT_LE(figures.queued_bytes, outbox.held_bytes()) << step;
    ASSERT_EQ(figures.queued_bytes == 0, !outbox.has_waiting() && !outbox.has_written()) << step;
  }
}

}  // namespace
}  // namespace squid
