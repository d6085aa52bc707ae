#include "config/option_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

namespace squid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Options parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"squid-bpf"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const auto parsed =
      parse_command_line(static_cast<int>(argv.size()), argv.data(), [](const char*) { return nullptr; });
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? std::get<Options>(*parsed) : Options{};
}

// Another value than by default.
const std::map<std::string, std::string> kAtOnce{{"sink", "stdout:json"},
                                                 {"prefix", "other"},
                                                 {"name-template", "{prefix}.{metric}"},
                                                 {"names", "docker-stats"},
                                                 {"queue-mib", "7"},
                                                 {"spool-limit", "7"},
                                                 {"interval", "2s"},
                                                 {"flush", "20s"},
                                                 {"stats", "last"},
                                                 {"from", "squid?deny=*"},
                                                 {"cgroups", "all"},
                                                 {"include", "web"},
                                                 {"exclude", "web"},
                                                 {"rules", "[]"},
                                                 {"rules-file", "/rules.json"},
                                                 {"label-tags", "tier"},
                                                 {"graphite-tags", "true"},
                                                 {"log-level", "debug"},
                                                 {"statsd", "8125"},
                                                 {"statsd-dialect", "reference"},
                                                 {"statsd-names", "new"},
                                                 {"statsd-prefix", "other"},
                                                 {"statsd-counter-prefix", "other"},
                                                 {"statsd-timer-prefix", "other"},
                                                 {"statsd-gauge-prefix", "other"},
                                                 {"statsd-set-prefix", "other"},
                                                 {"statsd-own-prefix", "other"},
                                                 {"statsd-suffix", "other"},
                                                 {"statsd-key-prefix", "other"},
                                                 {"statsd-percent", "50"},
                                                 {"statsd-histogram", "a=1"},
                                                 {"statsd-no-counts", "true"},
                                                 {"statsd-delete-idle", "all"},
                                                 {"statsd-gauge-ttl", "7"},
                                                 {"statsd-max-keys", "77"},
                                                 {"statsd-container-keys", "77"},
                                                 {"statsd-container-rate", "77"}};
const std::map<std::string, std::string> kAfterARestart{{"host", "other"},
                                                        {"state-dir", "/other"},
                                                        {"status-socket", "/other"},
                                                        {"runtime-socket", "/other"},
                                                        {"source", "files"},
                                                        {"max-cgroups", "77"},
                                                        {"cgroup-root", "/other"},
                                                        {"host-root", "/other"},
                                                        {"pressure-interval", "2s"},
                                                        {"interface-interval", "2s"},
                                                        {"per-cpu", "true"},
                                                        {"latency", "cpu"},
                                                        {"cost", "true"},
                                                        {"groups", "pod"},
                                                        {"percent", "50"},
                                                        {"statsd-origin", "tag"},
                                                        {"statsd-buffer-mib", "7"},
                                                        {"statsd-threads", "7"},
                                                        {"statsd-max-connections", "7"},
                                                        {"statsd-socket-mode", "600"},
                                                        {"load", "9000"},
                                                        {"statsd-console", "9000"}};
// Other words for those above.
const std::set<std::string> kSynonyms{"backstop", "poll", "docker"};

// A server that is there already, so that its address can change.
Options running() {
  return parse({"--statsd", "9125"});
}

Options with(const std::pair<const std::string, std::string>& option) {
  return parse({"--statsd=" + (option.first == "statsd" ? option.second : "9125"),
                "--" + option.first + "=" + option.second});
}

TEST(OptionChanges, WhatSourcesAndPrivilegesHangOnNeedsARestart) {
  for (const auto& option : kAfterARestart) {
    const OptionChanges changes = compute_changes(running(), with(option));
    EXPECT_THAT(changes.need_restart, ElementsAre(option.first));
    EXPECT_EQ(changes.options, running()) << option.first;
  }
}

TEST(OptionChanges, AllElseComesIntoForceAtOnce) {
  for (const auto& option : kAtOnce) {
    const OptionChanges changes = compute_changes(running(), with(option));
    EXPECT_THAT(changes.need_restart, IsEmpty()) << option.first;
    EXPECT_EQ(changes.options, with(option)) << option.first;
    EXPECT_NE(changes.options, running()) << option.first;
  }
}

// So that whoever adds one decides what it is.
TEST(OptionChanges, EveryOptionIsOneOfThese) {
  const char* const argv[] = {"squid-bpf", "config"};
  const auto parsed = parse_command_line(2, argv, [](const char*) { return nullptr; });
  ASSERT_TRUE(parsed);
  boost::json::parse_options with_comments;
  with_comments.allow_comments = true;
  const auto all = boost::json::parse(std::get<Answer>(*parsed).text, {}, with_comments).as_object();
  EXPECT_GT(all.size(), 40U);
  for (const auto& [name, value] : all) {
    const std::string option(name);
    EXPECT_EQ(kAtOnce.count(option) + kAfterARestart.count(option) + kSynonyms.count(option), 1U) << option;
  }
}

TEST(OptionChanges, OneDoesNotKeepTheOthersBack) {
  const OptionChanges changes = compute_changes(
      running(), parse({"--statsd=9125", "--host=b", "--flush=1m", "--percent=50", "--exclude=x"}));
  EXPECT_THAT(changes.need_restart, ElementsAre("percent", "host"));
  EXPECT_EQ(changes.options, parse({"--statsd=9125", "--flush=1m", "--exclude=x"}));
}

TEST(OptionChanges, AStatsdServerBeginsAndEndsWithTheProcess) {
  EXPECT_THAT(compute_changes(parse({}), running()).need_restart, ElementsAre("statsd"));
  EXPECT_THAT(compute_changes(running(), parse({})).need_restart, ElementsAre("statsd"));
}

TEST(OptionChanges, WhatOtherOptionsOfStatsdStandOnNeedsARestartToo) {
  const Options with_origin = parse({"--statsd=9125", "--statsd-origin=tag"});
  EXPECT_THAT(compute_changes(with_origin, parse({"--statsd=8125", "--statsd-origin=tag"})).need_restart,
              ElementsAre("statsd"));
  const Options with_load = parse({"--statsd=9125", "--load=9000"});
  EXPECT_THAT(
      compute_changes(with_load, parse({"--statsd=9125", "--load=9000", "--statsd-percent=50"})).need_restart,
      ElementsAre("statsd-percent"));
}

}  // namespace
}  // namespace squid
