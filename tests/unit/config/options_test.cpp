#include "config/options.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

Result<std::variant<Options, Answer>> parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"squid-bpf"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

Options parse_valid(std::vector<std::string> arguments) {
  const auto parsed = parse(std::move(arguments));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return std::get<Options>(*parsed);
}

std::string parse_error(std::vector<std::string> arguments) {
  const auto parsed = parse(std::move(arguments));
  return parsed ? "" : parsed.error().message;
}

class OptionsFile : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    const std::string path = directory_.path() + "/config.json";
    std::ofstream(path) << text;
    return path;
  }
  TempDir directory_;
};

TEST(Options, WithoutArgumentsPrintsATableEveryTenSeconds) {
  const Options options = parse_valid({});
  EXPECT_EQ(options.command, Command::kRun);
  EXPECT_EQ(options.sinks, std::vector<std::string>{"stdout:table"});
  EXPECT_EQ(options.interval, 1s);
  EXPECT_EQ(options.flush, 10s);
  EXPECT_EQ(options.percentiles, std::vector<double>{90});
  EXPECT_EQ(options.cgroups, CgroupChoice::kContainers);
}

TEST(Options, TakesSeveralSinksAndPercentiles) {
  const Options options = parse_valid({"--sink", "graphite:2003", "--sink", "stdout:json", "--percent", "50",
                                       "--percent", "99.9", "--stats", "memory.*=last,upper"});
  EXPECT_EQ(options.sinks, (std::vector<std::string>{"graphite:2003", "stdout:json"}));
  EXPECT_EQ(options.percentiles, (std::vector<double>{50, 99.9}));
  EXPECT_EQ(options.stats, std::vector<std::string>{"memory.*=last,upper"});
}

TEST(Options, OptionsMayStandBehindASubcommand) {
  const Options options = parse_valid({"check", "--source", "files"});
  EXPECT_EQ(options.command, Command::kCheck);
  EXPECT_EQ(options.source, SourceChoice::kFiles);
}

TEST(Options, IdentifyTakesPathsAsTheyAre) {
  const std::vector<std::string> paths{"/docker/1", "0::/a b", "", "/[a,b]", "a,b", "{}", "%%"};
  std::vector<std::string> arguments{"identify", "--resolve"};
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  const Options options = parse_valid(arguments);
  EXPECT_EQ(options.command, Command::kIdentify);
  EXPECT_TRUE(options.resolve);
  EXPECT_EQ(options.paths, paths);
  EXPECT_TRUE(parse_valid({"identify"}).paths.empty());
}

TEST(Options, ErrorsNameWhatWasWrittenInOneLine) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--bogus"}, "--bogus"},
      {{"frobnicate"}, "frobnicate"},
      {{"--interval", "5"}, "'5' is no duration"},
      {{"--interval", "1ms"}, "from 10ms to 1h"},
      {{"--cgroups", "some"}, "'some' is none of containers, all, none"},
      {{"--percent", "0"}, "--percent"},
      {{"--percent", "101"}, "--percent"},
      {{"--flush", "500ms"}, "shorter than --interval"},
      {{"--config", "/does/not/exist"}, "cannot read the configuration file"},
      {{"--log-level", "loud"}, "--log-level"},
  };
  for (const auto& [arguments, expected] : cases) {
    const std::string message = parse_error(arguments);
    EXPECT_NE(message.find(expected), std::string::npos) << arguments.front() << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(Options, HelpAndVersionAreAnswers) {
  for (const char* flag : {"--help", "--version"}) {
    const auto parsed = parse({flag});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(std::holds_alternative<Answer>(*parsed)) << flag;
  }
}

TEST_F(OptionsFile, FlagsWinOverTheFile) {
  const std::string path = write(R"({
    // comments are welcome
    "sink": ["graphite:2003", "stdout:json"], /* both */
    "interval": "2s", "flush": "20s", "per-cpu": true, "percent": [75, 99.9], "max-cgroups": 5000
  })");
  const Options options = parse_valid({"--config", path, "--interval", "4s"});
  EXPECT_EQ(options.sinks, (std::vector<std::string>{"graphite:2003", "stdout:json"}));
  EXPECT_EQ(options.interval, 4s);
  EXPECT_EQ(options.flush, 20s);
  EXPECT_TRUE(options.per_cpu);
  EXPECT_EQ(options.percentiles, (std::vector<double>{75, 99.9}));
  EXPECT_EQ(options.max_cgroups, 5000U);
}

TEST_F(OptionsFile, ABadFileIsOneSentence) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\n\"sink\": [}", "line 2 is not JSON"},
      {"{\"sinks\": []}", "unknown option \"sinks\""},
      {"[1]", "must be one JSON object"},
      {"{\"sink\": {\"a\": 1}}", "the value of \"sink\""},
      {"", "not JSON"},
      {"{\"interval\": \"1\"}", "'1' is no duration"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string message = parse_error({"--config", write(text)});
    EXPECT_NE(message.find(expected), std::string::npos) << text << " -> " << message;
  }
}

}  // namespace
}  // namespace squid
