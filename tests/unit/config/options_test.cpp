#include "config/options.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

using Variables = std::map<std::string, std::string>;

Result<std::variant<Options, Answer>> parse(std::vector<std::string> arguments,
                                            const Variables& variables = {}) {
  std::vector<const char*> argv{"squid-bpf"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data(), [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

Options parse_valid(std::vector<std::string> arguments, const Variables& variables = {}) {
  const auto parsed = parse(std::move(arguments), variables);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? std::get<Options>(*parsed) : Options{};
}

std::string parse_error(std::vector<std::string> arguments, const Variables& variables = {}) {
  const auto parsed = parse(std::move(arguments), variables);
  return parsed ? "" : parsed.error().message;
}

std::string answer(std::vector<std::string> arguments, const Variables& variables = {}) {
  const auto parsed = parse(std::move(arguments), variables);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? std::get<Answer>(*parsed).text : "";
}

using Texts = std::vector<std::string>;

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

TEST(Options, NothingBehindAnEqualsSignIsAnEmptyValue) {
  const Options options = parse_valid({"--state-dir=", "--status-socket=", "check", "--include=a=b"});
  EXPECT_EQ(options.state_dir, "");
  EXPECT_EQ(options.status_socket, "");
  EXPECT_EQ(options.command, Command::kCheck);
  EXPECT_THAT(parse_error({"--flush=", "--interval", "1s"}), testing::HasSubstr("flush"));
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
      {{"--config", "/does/not/exist"}, "cannot use the configuration file /does/not/exist"},
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
      {"{\n\n\"sinks\": []}", "line 3: there is no option \"sinks\""},
      {"{\"config\": \"x\"}", "there is no option \"config\""},
      {"{\"flush\": \"1s\",\n\"flush\": \"2s\"}", "the same option twice"},
      {"[1]", "must be one JSON object"},
      {"{\"sink\": {\"a\": 1}}", "line 1: an object in \"sink\" needs \"to\""},
      {"{\"prefix\": {\"to\": 1}}", "line 1: "},
      {"", "not JSON"},
      {"{\"flush\": \"20s\",\n\"interval\": \"1\"}", "line 2: --interval: '1' is no duration"},
      {"{\"per-cpu\": \"perhaps\"}", "line 1: "},
  };
  for (const auto& [text, expected] : cases) {
    const std::string message = parse_error({"--config", write(text)});
    EXPECT_NE(message.find(expected), std::string::npos) << text << " -> " << message;
  }
}

TEST(Options, NamesAreAllOrThoseOfDockerStats) {
  EXPECT_EQ(parse_valid({}).names, "all");
  EXPECT_EQ(parse_valid({"--names", "docker-stats"}).names, "docker-stats");
  EXPECT_NE(parse_error({"--names", "some"}).find("docker-stats"), std::string::npos);
}

TEST(Options, FlagsWinOverTheEnvironment) {
  const Variables variables{
      {"SQUID_BPF_INTERVAL", "2s"},          {"SQUID_BPF_FLUSH", "20s"},
      {"SQUID_BPF_PER_CPU", "true"},         {"SQUID_BPF_SINK", "graphite:a stdout:json"},
      {"SQUID_BPF_STATE_DIR", ""},           {"SQUID_BPF_STATSD_PERCENT", "-10 90"},
      {"SQUID_BPF_NONSENSE", "is of others"}};
  const Options options = parse_valid({"--flush", "40s"}, variables);
  EXPECT_EQ(options.interval, 2s);
  EXPECT_EQ(options.flush, 40s);
  EXPECT_TRUE(options.per_cpu);
  EXPECT_EQ(options.sinks, (Texts{"graphite:a", "stdout:json"}));
  EXPECT_EQ(options.state_dir, "");
  EXPECT_EQ(options.statsd.percentiles, (std::vector<double>{-10, 90}));
  EXPECT_EQ(parse_valid({"check"}, variables).command, Command::kCheck);
  EXPECT_EQ(parse_valid({"identify", "/a"}, variables).paths, Texts{"/a"});
  EXPECT_EQ(parse_valid({"--sink", "stdout"}, variables).sinks, Texts{"stdout"});
  EXPECT_NE(parse_error({}, {{"SQUID_BPF_FLUSH", "soon"}})
                .find("environment variable SQUID_BPF_FLUSH: --flush: 'soon' is no duration"),
            std::string::npos);
}

TEST_F(OptionsFile, WhoAsksTheDaemonNeedsNoFileThatIsRight) {
  for (const std::string text : {"{ broken", R"({"flush": "soon"})", R"({"no-such": 1})"}) {
    const std::string path = write(text);
    for (const char* command : {"health", "status"}) {
      const Options options =
          parse_valid({command}, {{"SQUID_BPF_CONFIG", path}, {"SQUID_BPF_STATUS_SOCKET", "/run/mine"}});
      EXPECT_EQ(options.status_socket, "/run/mine");
    }
    EXPECT_NE(parse_error({"check"}, {{"SQUID_BPF_CONFIG", path}}), "");
  }
  const std::string path = write(R"({"status-socket": "/run/its", "flush": "20s"})");
  EXPECT_EQ(parse_valid({"health", "--config", path}).status_socket, "/run/its");
}

TEST_F(OptionsFile, TheEnvironmentWinsOverTheFile) {
  const std::string path = write(R"({"interval": "2s", "flush": "20s", "sink": ["stdout:json"]})");
  const Options options = parse_valid({}, {{"SQUID_BPF_CONFIG", path}, {"SQUID_BPF_FLUSH", "40s"}});
  EXPECT_EQ(options.interval, 2s);
  EXPECT_EQ(options.flush, 40s);
  EXPECT_EQ(options.sinks, Texts{"stdout:json"});
}

TEST(Options, ActsForTheToolsItCanStandInFor) {
  const Options options = parse_valid(
      {"--backstop", "http://me:secret@host/publish/x", "--docker", "unix:///s", "--poll", "1m30s"});
  EXPECT_EQ(options.sinks, Texts{"backstop:http://me:secret@host/publish/x"});
  EXPECT_EQ(options.flush, 90s);
  ASSERT_EQ(options.notes.size(), 1U);
  EXPECT_NE(options.notes.front().find("--docker"), std::string::npos);
  EXPECT_EQ(parse_valid({"--backstop", "http://a", "--sink", "stdout"}).sinks,
            (Texts{"stdout", "backstop:http://a"}));
  EXPECT_NE(parse_error({"--poll", "10s", "--flush", "10s"}).find("--flush"), std::string::npos);
  EXPECT_NE(parse_error({"--poll", "often"}).find("'often' is no duration"), std::string::npos);

  const Variables variables{{"SRV_BACKSTOP", "http://a"},
                            {"SRV_POLL", "30s"},
                            {"SRV_PREFIX", "p"},
                            {"SRV_DOCKER", "unix:///s"},
                            {"STATSQUID_REDIS", "r:1"}};
  const Options from_variables = parse_valid({}, variables);
  EXPECT_EQ(from_variables.sinks, (Texts{"redis://r:1", "backstop:http://a"}));
  EXPECT_EQ(from_variables.flush, 30s);
  EXPECT_EQ(from_variables.prefix, "p");
  EXPECT_EQ(parse_valid({"--sink", "stdout", "--flush", "20s"}, variables).sinks, Texts{"stdout"});
  EXPECT_EQ(parse_valid({}, {{"STATSQUID_REDIS_HOST", "r"}}).sinks, Texts{"redis://r"});
  EXPECT_EQ(parse_valid({}, {{"STATSQUID_REDIS_HOST", "r"}, {"STATSQUID_REDIS_PORT", "7"}}).sinks,
            Texts{"redis://r:7"});
  EXPECT_EQ(parse_valid({}, {{"STATSQUID_REDIS_PORT", "7"}}).sinks, Texts{"stdout:table"});
}

TEST_F(OptionsFile, ConfigTellsWhereEachValueIsFrom) {
  const std::string path = write("{\n\"interval\": \"2s\",\n\"percent\": [75, 99.9]}");
  const std::string text =
      answer({"config", "--config", path, "--sink", "redis://me:secret@host"}, {{"SQUID_BPF_PER_CPU", "1"}});
  const auto expect_line = [&text](const std::string& setting, const std::string& origin) {
    const std::size_t at = text.find("  " + setting);
    ASSERT_NE(at, std::string::npos) << setting << " in " << text;
    const std::string line = text.substr(at, text.find('\n', at) - at);
    EXPECT_TRUE(line.ends_with("// " + origin)) << line;
  };
  expect_line("\"interval\": \"2s\",", path + " line 2");
  expect_line("\"percent\": [75, 99.9],", path + " line 3");
  expect_line("\"sink\": [\"redis://me:***@host\"],", "command line");
  expect_line("\"per-cpu\": ", "environment variable SQUID_BPF_PER_CPU");
  expect_line("\"flush\": \"10s\",", "default");
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("backstop"), std::string::npos);
}

TEST_F(OptionsFile, WhatConfigPrintsIsAConfigurationFile) {
  const Texts arguments{"config",
                        "--interval",
                        "100ms",
                        "--percent",
                        "50",
                        "--percent",
                        "99.9",
                        "--prefix",
                        "a \"b\"",
                        "--per-cpu",
                        "--state-dir",
                        "",
                        "--stats",
                        "cpu.*=last,upper",
                        "--sink",
                        "stdout",
                        "--statsd-histogram",
                        "web=10,inf",
                        "--host",
                        "7"};
  const std::string text = answer(arguments);
  const std::string again = answer({"config", "--config", write(text)});
  const auto settings = [](const std::string& printed) {
    std::istringstream lines(printed);
    Texts without_origins;
    for (std::string line; std::getline(lines, line);)
      without_origins.push_back(line.substr(0, line.rfind(" // ")));
    return without_origins;
  };
  EXPECT_EQ(settings(text), settings(again));
}

TEST(Options, GroupsAreOffUnlessAskedFor) {
  EXPECT_TRUE(parse_valid({}).groups.empty());
  const std::vector<std::string> both{"pod", "compose"};
  EXPECT_EQ(parse_valid({"--groups", "pod,compose"}).groups, both);
  EXPECT_EQ(parse_valid({"--groups", "pod", "--groups", "compose"}).groups, both);
  EXPECT_EQ(parse_valid({}, {{"SQUID_BPF_GROUPS", "pod,compose"}}).groups, both);
  EXPECT_NE(parse_error({"--groups", "pods"}).find("--groups"), std::string::npos);
  EXPECT_EQ(parse_error({"--groups", "pod", "--cgroups", "none"}),
            "--groups and --cgroups none exclude each other: a group is told as what its cgroups used");
}

}  // namespace
}  // namespace squid
