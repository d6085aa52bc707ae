#include "sinks/encode/successions.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sinks/encode/graphite.h"
#include "support/report_builder.h"

namespace squid {
namespace {

struct Life {
  const char* id;
  std::uint64_t began_ns;  // 0: before
  std::uint64_t ended_ns;  // 0: it lives
  double oom_kills;
  const char* name = "web";
};

std::string encode(const std::vector<Life>& lives) {
  ReportBuilder builder;
  for (const Life& life : lives)
    builder.container(life.name, life.id).point("memory.events.oom_kill", Stat::kCount, life.oom_kills);
  Report report = builder.build();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    report.subjects[i].began_ns = lives[i].began_ns;
    report.subjects[i].ended_ns = lives[i].ended_ns;
  }
  GraphiteEncoder encoder(*NameTemplate::parse("{container}.{metric}"), "");
  std::string lines;
  encoder.encode(report, lines);
  return lines;
}

std::string line(const std::string& name, int value) {
  return name + ".memory.events.oom_kill.count " + std::to_string(value) + " 1700000000\n";
}

TEST(Successions, WhoTakesTheNameOfOneThatEndedGoesOnWithItsSeries) {
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 4, 0, 2}}), line("web", 3));
}

TEST(Successions, SoDoTheLivesOfOneThatEndsAgainAndAgain) {
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 5, 7, 1}, {"c3", 7, 9, 1}}), line("web", 3));
}

TEST(Successions, TwoThatWereThereSideBySideAreTwoAndWhoLivesKeepsTheName) {
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 0, 0, 2}}), line("web_a1", 1) + line("web", 2));
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 3, 0, 2}}), line("web_a1", 1) + line("web", 2));
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 0, 4, 2}, {"c3", 5, 0, 3}}),
            line("web_a1", 1) + line("web_b2", 2) + line("web", 3));
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 5, 0, 2}, {"c3", 5, 0, 3}}),
            line("web_a1", 1) + line("web", 2) + line("web_c3", 3));
}

TEST(Successions, AnotherNameIsAnotherSeries) {
  EXPECT_EQ(encode({{"a1", 0, 4, 1}, {"b2", 5, 0, 2, "db"}}), line("web", 1) + line("db", 2));
}

}  // namespace
}  // namespace squid
