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
  bool began;
  bool ended;
  double seconds;
  double oom_kills;
  const char* name = "web";
};

std::string encode(const std::vector<Life>& lives) {
  ReportBuilder builder;
  for (const Life& life : lives)
    builder.container(life.name, life.id).point("memory.events.oom_kill", Stat::kCount, life.oom_kills);
  Report report = builder.build();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    report.subjects[i].began = lives[i].began;
    report.subjects[i].ended = lives[i].ended;
    report.subjects[i].measured_s = lives[i].seconds;
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
  EXPECT_EQ(encode({{"a1", false, true, 4, 1}, {"b2", true, false, 6, 2}}), line("web", 3));
}

TEST(Successions, SoDoTheLivesOfOneThatEndsAgainAndAgain) {
  EXPECT_EQ(encode({{"a1", false, true, 4, 1}, {"b2", true, true, 2, 1}, {"c3", true, true, 2, 1}}),
            line("web", 3));
}

TEST(Successions, TwoThatWereThereSideBySideAreTwoAndWhoLivesKeepsTheName) {
  EXPECT_EQ(encode({{"a1", false, true, 4, 1}, {"b2", false, false, 10, 2}}),
            line("web_a1", 1) + line("web", 2));
  EXPECT_EQ(encode({{"a1", false, true, 4, 1}, {"b2", true, false, 6, 2}, {"c3", true, false, 6, 3}}),
            line("web_a1", 1) + line("web", 2) + line("web_c3", 3));
}

TEST(Successions, AnotherNameIsAnotherSeries) {
  EXPECT_EQ(encode({{"a1", false, true, 4, 1}, {"b2", true, false, 6, 2, "db"}}),
            line("web", 1) + line("db", 2));
}

}  // namespace
}  // namespace squid
