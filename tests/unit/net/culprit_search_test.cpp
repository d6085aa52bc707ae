#include "net/culprit_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "sinks/encode/graphite_lines.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Stands for connection, outbox and server: batches in order, of which those that were taken are written
// again on each new connection.
class CulpritSearchTest : public testing::Test {
 protected:
  // What the server says to a piece on a connection that has stood behind `stood` pieces before.
  using Server = std::function<bool(std::string_view piece, int stood)>;

  static Server hangs_up_at(std::set<std::string> bad) {
    return [bad = std::move(bad)](std::string_view piece, int) {
      for (const std::string& text : bad)
        if (piece.find(text) != std::string_view::npos) return false;
      return true;
    };
  }
  static std::string lines(int first, int count) {
    std::string text;
    for (int i = first; i < first + count; ++i) text += "<" + std::to_string(i) + ">\n";
    return text;
  }

  // So many connections, or until all batches were taken.
  void run(const Server& server, int connections) {
    taken_ = 0;
    for (; connections > 0 && !is_done(); --connections, ++connections_) {
      connect(server);
      if (is_done()) return;
      search_.hung_up();
      if (const auto edit = search_.take_edit()) apply(*edit);
    }
  }
  bool is_done() const { return taken_ == batches_.size(); }

  std::vector<std::string> batches_;
  std::vector<std::string> culprits_;
  CulpritSearch search_{{graphite_line_length}, 100ms};
  int connections_ = 0;
  int splits_ = 0;

 private:
  void connect(const Server& server) {
    taken_ = 0;
    int stood = 0;
    search_.connected();
    bool has_hung_up = false;
    while (!is_done()) {
      if (batches_[taken_].empty()) {
        ++taken_;
        continue;
      }
      const std::string_view piece = search_.next_piece(taken_, batches_[taken_]);
      ASSERT_FALSE(piece.empty());
      has_hung_up = has_hung_up || !server(piece, stood);
      if (!search_.waits()) {
        ++taken_;
        continue;
      }
      if (has_hung_up) break;
      ++stood;
      if (search_.stood()) ++taken_;
    }
    if (has_hung_up) taken_ = 0;
  }
  void apply(const CulpritSearch::Edit& edit) {
    std::string& batch = batches_[edit.batch];
    if (edit.is_culprit())
      culprits_.push_back(batch.substr(edit.offset, edit.size));
    else
      ++splits_;
    batch.replace(edit.offset, edit.size, edit.parts);
  }

  std::size_t taken_ = 0;
};

TEST_F(CulpritSearchTest, FindsTheRecordWhereverItIs) {
  for (int bad = 0; bad < 50; ++bad) {
    batches_ = {lines(100, 20), lines(0, 50), lines(200, 20)};
    culprits_.clear();
    connections_ = 0;
    search_ = CulpritSearch({graphite_line_length}, 100ms);
    const std::string record = "<" + std::to_string(bad) + ">";
    run(hangs_up_at({record}), 100);
    EXPECT_TRUE(is_done()) << bad;
    EXPECT_THAT(culprits_, ElementsAre(record + "\n")) << bad;
    EXPECT_LT(connections_, 20) << bad;
  }
}

TEST_F(CulpritSearchTest, FindsAllOfThemAndNoOther) {
  batches_ = {lines(0, 1000), lines(1000, 1000), "alone\n", lines(2000, 10)};
  run(hangs_up_at({"<0>", "<1>", "<17>", "<1500>", "<1501>", "alone", "<2009>"}), 1000);
  EXPECT_TRUE(is_done());
  EXPECT_THAT(culprits_, UnorderedElementsAre("<0>\n", "<1>\n", "<17>\n", "<1500>\n", "<1501>\n", "alone\n",
                                              "<2009>\n"));
}

// Lines of several parts, such as "<1>,<2>,<3>".
std::string split_line(std::string_view line) {
  if (line.find(',') == std::string_view::npos) return {};
  std::string parts(line);
  std::ranges::replace(parts, ',', '\n');
  return parts;
}

std::string parts(int first, int count) {
  std::string line;
  for (int i = first; i < first + count; ++i) line += (i > first ? ",<" : "<") + std::to_string(i) + ">";
  return line + "\n";
}

TEST_F(CulpritSearchTest, OfARecordOfSeveralPartsOnlyTheBadOneIsLost) {
  for (int bad = 0; bad < 50; ++bad) {
    batches_ = {parts(100, 20), parts(200, 10) + parts(0, 50) + parts(300, 10), parts(400, 20)};
    culprits_.clear();
    connections_ = splits_ = 0;
    search_ = CulpritSearch({graphite_line_length, split_line}, 100ms);
    const std::string record = "<" + std::to_string(bad) + ">";
    run(hangs_up_at({record}), 100);
    EXPECT_TRUE(is_done()) << bad;
    EXPECT_THAT(culprits_, ElementsAre(record + "\n")) << bad;
    EXPECT_LT(connections_, 25) << bad;
    // All others are there, in their order, and what was innocent is as it was.
    std::string inside = parts(0, 50);
    std::ranges::replace(inside, ',', '\n');
    inside.erase(inside.find(record), record.size() + 1);
    EXPECT_EQ(batches_[1], parts(200, 10) + inside + parts(300, 10)) << bad;
    EXPECT_EQ(splits_, 1) << bad;
  }
}

TEST_F(CulpritSearchTest, ABatchThatIsOneRecordHasItsWitnessInside) {
  batches_ = {parts(0, 100)};
  run(hangs_up_at({"<0>", "<57>", "<99>"}), 200);
  EXPECT_FALSE(is_done()) << "it cannot be told apart";
  search_ = CulpritSearch({graphite_line_length, split_line}, 100ms);
  run(hangs_up_at({"<0>", "<57>", "<99>"}), 200);
  EXPECT_TRUE(is_done());
  EXPECT_THAT(culprits_, UnorderedElementsAre("<0>\n", "<57>\n", "<99>\n"));
  EXPECT_EQ(std::ranges::count(batches_[0], '\n'), 97);
}

TEST_F(CulpritSearchTest, FindsAllOfThemInsideOfManyRecords) {
  batches_ = {parts(0, 500) + parts(500, 500), parts(1000, 1000), lines(2000, 10) + parts(2010, 10)};
  search_ = CulpritSearch({graphite_line_length, split_line}, 100ms);
  run(hangs_up_at({"<0>", "<1>", "<17>", "<500>", "<999>", "<1500>", "<2009>", "<2019>"}), 1000);
  EXPECT_TRUE(is_done());
  EXPECT_THAT(culprits_, UnorderedElementsAre("<0>\n", "<1>\n", "<17>\n", "<500>\n", "<999>\n", "<1500>\n",
                                              "<2009>\n", "<2019>\n"));
}

TEST_F(CulpritSearchTest, NoPartIsLostToAServerThatHangsUpOnEverything) {
  search_ = CulpritSearch({graphite_line_length, split_line}, 100ms);
  batches_ = {parts(0, 1000), parts(1000, 1000)};
  run([](std::string_view, int) { return false; }, 1000);
  EXPECT_THAT(culprits_, IsEmpty());
}

TEST_F(CulpritSearchTest, AServerThatHangsUpOnEverythingHasNoCulprit) {
  batches_ = {lines(0, 1000), lines(1000, 1000)};
  run([](std::string_view, int) { return false; }, 1000);
  EXPECT_THAT(culprits_, IsEmpty());
  EXPECT_EQ(connections_, 1000);
}

TEST_F(CulpritSearchTest, NeitherHasOneThatHangsUpAfterSomeTime) {
  for (int pieces = 1; pieces < 20; ++pieces) {
    batches_ = {lines(0, 1000), lines(1000, 1000)};
    run([&](std::string_view piece, int stood) { return stood < pieces && piece.size() < 1000; }, 1000);
    EXPECT_THAT(culprits_, IsEmpty()) << pieces;
  }
}

TEST_F(CulpritSearchTest, NeitherHasOneThatHangsUpAtRandom) {
  std::mt19937 random(11);
  for (const unsigned percent : {10U, 30U, 50U, 80U}) {
    batches_ = {lines(0, 1000), lines(1000, 1000)};
    run([&](std::string_view piece, int) { return piece.size() < 50 && random() % 100 >= percent; }, 20'000);
    EXPECT_THAT(culprits_, IsEmpty()) << percent;
  }
}

TEST_F(CulpritSearchTest, WithoutAnotherRecordNobodyKnowsWhoseFaultItIs) {
  batches_ = {"alone\n"};
  run(hangs_up_at({"alone"}), 100);
  EXPECT_THAT(culprits_, IsEmpty());
  EXPECT_FALSE(search_.waits()) << "it goes out as it is";
}

TEST_F(CulpritSearchTest, IsPatientWithAServerThatIsSlowToHangUp) {
  batches_ = {lines(0, 4)};
  run(hangs_up_at({"<"}), CulpritSearch::kHangUps);
  EXPECT_EQ(search_.next_piece(0, batches_[0]), batches_[0]);
  EXPECT_TRUE(search_.waits());
  EXPECT_EQ(search_.quiet(), 100ms);
  EXPECT_TRUE(search_.stood());
  search_.hung_up();
  EXPECT_EQ(search_.quiet(), 200ms);
}

TEST_F(CulpritSearchTest, AWitnessStandsForItsConnectionAlone) {
  batches_ = {lines(0, 2)};
  // Until the first one is suspected, and the other one is the witness.
  run(hangs_up_at({"<0>"}), CulpritSearch::kHangUps + 3);
  for (const bool is_lost : {true, false}) {
    search_.connected();
    EXPECT_EQ(search_.next_piece(0, batches_[0]), "<1>\n");
    EXPECT_TRUE(search_.waits());
    EXPECT_FALSE(search_.stood());
    if (is_lost) continue;
    EXPECT_EQ(search_.next_piece(0, batches_[0]), "<0>\n");
  }
}

TEST_F(CulpritSearchTest, IsOffUnlessConnectionsBreakInARow) {
  batches_ = {lines(0, 4)};
  for (int i = 0; i < 100; ++i) {
    search_.connected();
    EXPECT_EQ(search_.next_piece(0, batches_[0]), batches_[0]);
    EXPECT_FALSE(search_.waits());
    search_.hung_up();
    if (i % 3 == 2) search_.lasted();
  }
}

}  // namespace
}  // namespace squid
