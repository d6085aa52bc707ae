#include "sinks/encode/json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>
#include <sstream>

#include "sinks/encode/utf8.h"
#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace squid {
namespace {

std::string encoded(const Report& report) {
  std::string out;
  encode_json(report, out);
  return out;
}

TEST(EncodeJson, WritesOneObjectPerSeriesWithKeysInOrder) {
  const Report report = ReportBuilder()
                            .container("web", "0123456789abcdef")
                            .point("memory.events.oom_kill", Stat::kCount, 2)
                            .squid_itself()
                            .point("squid.pass.cpu_ns", Stat::kLast, 800.5)
                            .build();
  EXPECT_EQ(encoded(report), R"({"time":1700000000,"host":"db1","container":"web","id":"0123456789abcdef",)"
                             R"("metric":"memory.events.oom_kill","stat":"count","value":2,"unit":"events"})"
                             "\n"
                             R"({"time":1700000000,"host":"db1","container":"","id":"",)"
                             R"("metric":"squid.pass.cpu_ns","stat":"last","value":800.5,"unit":"ns"})"
                             "\n");
}

TEST(EncodeJson, TellsFactsAboutTheHostBehindItsName) {
  Report report = ReportBuilder().squid_itself().point("squid.pass.count", Stat::kLast, 1).build();
  report.facts = {{"datacenter", "fra\"1"}, {"zone", "a"}};
  report.events.push_back({.kind = EventKind::kStart, .time_s = 7, .container = nullptr, .process = {}});
  std::istringstream lines(encoded(report));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_NE(line.find(R"("host":"db1","datacenter":"fra\"1","zone":"a","container":"")"), std::string::npos)
        << line;
  EXPECT_EQ(count, 2);
}

TEST(EncodeJson, TellsOfTheHostAsTheSourceDoes) {
  Report report = ReportBuilder()
                      .container("web", "0123")
                      .point("pids.current", Stat::kLast, 1)
                      .squid_itself()
                      .point("squid.pass.count", Stat::kLast, 1)
                      .build();
  report.facts = {{"zone", "a"}};
  report.subjects[0].host = std::make_shared<const HostIdentity>(HostIdentity{"db9", {{"zone", "b"}}});
  report.events.push_back({.kind = EventKind::kStart,
                           .time_s = 7,
                           .container = report.subjects[0].container,
                           .process = {},
                           .host = report.subjects[0].host});
  std::istringstream lines(encoded(report));
  std::vector<std::string> starts;
  for (std::string line; std::getline(lines, line);) starts.push_back(line.substr(0, line.find(",\"id\"")));
  EXPECT_EQ(starts, (std::vector<std::string>{
                        R"({"time":7,"host":"db9","zone":"b","container":"web")",
                        R"({"time":1700000000,"host":"db9","zone":"b","container":"web")",
                        R"({"time":1700000000,"host":"db1","zone":"a","container":"")",
                    }));
}

TEST(EncodeJson, EventsAreObjectsOfTheirOwn) {
  Report report = ReportBuilder().container("web", "0123").build();
  const auto web = report.subjects.at(0).container;
  report.events.push_back({.kind = EventKind::kStart, .time_s = 7, .container = web, .process = {}});
  report.events.push_back({.kind = EventKind::kOomKill,
                           .time_s = 8,
                           .container = web,
                           .process = "ja\"va",
                           .pid = 12,
                           .limit_bytes = 4096});
  EXPECT_EQ(encoded(report), R"({"time":7,"host":"db1","container":"web","id":"0123","event":"start"})"
                             "\n"
                             R"({"time":8,"host":"db1","container":"web","id":"0123","event":"oom_kill",)"
                             R"("process":"ja\"va","pid":12,"limit":4096})"
                             "\n");
}

TEST(EncodeJson, TellsTheLabelsThatAreAskedFor) {
  auto container = std::make_shared<Container>();
  container->name = "web";
  container->id = "0123";
  container->labels = {{"tier", "fr\"ont"}, {"team", "a"}, {"secret", "x"}};
  Report report = ReportBuilder()
                      .container_of(container)
                      .point("memory.usage", Stat::kLast, 2)
                      .container("bare", "4567")
                      .point("memory.usage", Stat::kLast, 3)
                      .build();
  report.events.push_back({.kind = EventKind::kStart, .time_s = 7, .container = container, .process = {}});
  std::string out;
  encode_json(report, out, std::vector<std::string>{"tier", "none", "team"});
  EXPECT_EQ(out, R"({"time":7,"host":"db1","container":"web","id":"0123",)"
                 R"("labels":{"tier":"fr\"ont","team":"a"},"event":"start"})"
                 "\n"
                 R"({"time":1700000000,"host":"db1","container":"web","id":"0123",)"
                 R"("labels":{"tier":"fr\"ont","team":"a"},)"
                 R"("metric":"memory.usage","stat":"last","value":2,"unit":"bytes"})"
                 "\n"
                 R"({"time":1700000000,"host":"db1","container":"bare","id":"4567",)"
                 R"("metric":"memory.usage","stat":"last","value":3,"unit":"bytes"})"
                 "\n");
}

TEST(EncodeJson, TellsThePodWhereThereIsOne) {
  auto container = std::make_shared<Container>();
  container->name = "nginx";
  container->id = "0123";
  container->pod = "shop-0";
  container->kubernetes_namespace = "a\n\"b";
  Report report = ReportBuilder().container_of(container).point("memory.usage", Stat::kLast, 2).build();
  report.events.push_back({.kind = EventKind::kStart, .time_s = 7, .container = container, .process = {}});
  EXPECT_EQ(encoded(report),
            R"({"time":7,"host":"db1","container":"nginx","id":"0123","pod":"shop-0",)"
            R"("namespace":"a\u000a\"b","event":"start"})"
            "\n"
            R"({"time":1700000000,"host":"db1","container":"nginx","id":"0123","pod":"shop-0",)"
            R"("namespace":"a\u000a\"b","metric":"memory.usage","stat":"last","value":2,"unit":"bytes"})"
            "\n");
}

TEST(EncodeJson, DropsAndCountsWhatJsonCannotSay) {
  const Report report = ReportBuilder()
                            .container("web", "0123")
                            .point("memory.usage", Stat::kLast, std::numeric_limits<double>::quiet_NaN())
                            .point("memory.usage", Stat::kMean, -std::numeric_limits<double>::infinity())
                            .build();
  std::string out;
  const EncodeTally tally = encode_json(report, out);
  EXPECT_EQ(out, "");
  EXPECT_EQ(tally.dropped, 2U);
}

TEST(AppendJsonText, Escapes) {
  const auto text = [](std::string_view raw) {
    std::string out;
    append_json_text(out, raw);
    return out;
  };
  EXPECT_EQ(text("a\"b\\c"), "a\\\"b\\\\c");
  EXPECT_EQ(text("\n\t\x01\x7f"), "\\u000a\\u0009\\u0001\\u007f");
  EXPECT_EQ(text("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(text("a\xFF"
                 "b\xC3"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(text(std::string_view("\0", 1)), "\\u0000");
}

TEST(EncodeJson, AnyNameReadsBackAsItWas) {
  for (const std::string& name : hostile_names()) {
    auto container = std::make_shared<Container>();
    for (std::string* text :
         {&container->name, &container->id, &container->pod, &container->kubernetes_namespace})
      *text = name;
    const Report report =
        ReportBuilder().host(name).container_of(container).point("memory.usage", Stat::kLast, 1).build();
    const std::string line = encoded(report);
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const boost::json::object object = boost::json::parse(line).as_object();
    ASSERT_EQ(object.size(), name.empty() ? 8U : 10U);
    std::string valid;
    for (std::string_view rest = name; !rest.empty();) {
      const CodePoint point = decode_utf8(rest);
      valid += point.valid ? rest.substr(0, point.length) : kReplacementCharacter;
      rest.remove_prefix(point.length);
    }
    EXPECT_EQ(object.at("host").as_string(), valid);
    EXPECT_EQ(object.at("container").as_string(), valid);
    EXPECT_EQ(object.at("id").as_string(), valid);
    if (name.empty()) continue;
    EXPECT_EQ(object.at("pod").as_string(), valid);
    EXPECT_EQ(object.at("namespace").as_string(), valid);
  }
}

}  // namespace
}  // namespace squid
