#include "config/gstatsd_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace squid {
namespace {

using Texts = std::vector<std::string>;

// As main() does it.
Result<std::variant<Options, Answer>> parse(Texts arguments,
                                            const std::string& program = "/usr/bin/gstatsd") {
  std::vector<const char*> argv{program.c_str()};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

Options parse_valid(Texts arguments) {
  const auto parsed = parse(std::move(arguments));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? std::get<Options>(*parsed) : Options{};
}

std::string error_of(Texts arguments) {
  const auto parsed = parse(std::move(arguments));
  return parsed ? "" : parsed.error().message;
}

TEST(GstatsdOptions, ItsDefaults) {
  const Options options = parse_valid({"-s", "2003"});
  EXPECT_EQ(options.cgroups, CgroupChoice::kNone);
  EXPECT_EQ(options.source, SourceChoice::kFiles);
  EXPECT_EQ(options.sinks, Texts{"graphite:2003"});
  EXPECT_EQ(options.flush, std::chrono::seconds(10));
  EXPECT_EQ(options.statsd.listen, Texts{":8125"});
  EXPECT_EQ(options.statsd.dialect, "gstatsd");
  EXPECT_EQ(options.statsd.names, "gstatsd");
  EXPECT_EQ(options.statsd.percentiles, std::vector<double>{90});
  EXPECT_FALSE(options.detach);
}

TEST(GstatsdOptions, AllOfThem) {
  const Options options =
      parse_valid({"-b", "127.0.0.1:9000", "-s", "carbon:2003", "--sink", ":2004", "-s", "[::1]:2005", "-f",
                   "2.5", "-p", "99.5", "-x", "web.eu", "-v", "-D", "--pid-file", "/run/g.pid"});
  EXPECT_EQ(options.statsd.listen, Texts{"127.0.0.1:9000"});
  EXPECT_EQ(options.sinks, (Texts{"graphite:carbon:2003", "graphite:2004", "graphite:[::1]:2005"}));
  EXPECT_EQ(options.flush, std::chrono::milliseconds(2500));
  EXPECT_EQ(options.interval, options.flush);
  EXPECT_EQ(options.statsd.percentiles, std::vector<double>{99.5});
  EXPECT_EQ(options.statsd.key_prefix, "web.eu");
  EXPECT_TRUE(options.statsd.print_packets);
  EXPECT_TRUE(options.detach);
  EXPECT_EQ(options.pid_file, "/run/g.pid");
}

TEST(GstatsdOptions, AddressesAsItTookThem) {
  EXPECT_EQ(parse_valid({"-s", "1", "-b", "8125"}).statsd.listen, Texts{":8125"});
  EXPECT_EQ(parse_valid({"-s", "1", "-b", "udp:127.0.0.1:8125"}).statsd.listen, Texts{"127.0.0.1:8125"});
  EXPECT_EQ(parse_valid({"-s", "graphite:carbon:2003"}).sinks, Texts{"graphite:carbon:2003"});
}

TEST(GstatsdOptions, LoadIsAnEndpointEverySecond) {
  const Options options = parse_valid({"-t", "load", "-s", ":8082", "-s", "8083", "-f", "30"});
  EXPECT_EQ(options.statsd.load, (Texts{":8082", "8083"}));
  EXPECT_TRUE(options.sinks.empty());
  EXPECT_EQ(options.flush, std::chrono::seconds(1));
}

TEST(GstatsdOptions, ASubcommandToo) {
  const auto parsed = parse({"gstatsd", "-s", "2003"}, "squid-bpf");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(std::get<Options>(*parsed).sinks, Texts{"graphite:2003"});
  EXPECT_FALSE(parse({"-s", "2003"}, "squid-bpf"));
  const auto late = parse({"--flush", "5s", "gstatsd"}, "squid-bpf");
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("gstatsd: it must be the first word"), std::string::npos)
      << late.error().message;
  EXPECT_TRUE(std::holds_alternative<Answer>(*parse({"gstatsd", "--help"}, "squid-bpf")));
}

TEST(GstatsdOptions, SaysWhatIsWrong) {
  EXPECT_NE(error_of({}).find("--sink"), std::string::npos) << error_of({});
  EXPECT_NE(error_of({"-s", "1", "-t", "x"}).find("--type"), std::string::npos);
  EXPECT_NE(error_of({"-s", "1", "-f", "0"}).find("--flush"), std::string::npos);
  EXPECT_NE(error_of({"-s", "1", "stray"}).find("stray"), std::string::npos);
  for (const Texts& arguments : {Texts{}, Texts{"-s", "1", "-p", "101"}})
    EXPECT_EQ(error_of(arguments).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace squid
