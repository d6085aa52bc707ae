// The sink that sinks/README.md teaches works, and is printed there as it is here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/sink.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

Result<std::unique_ptr<Sink>> make_file_sink(const std::string& path, boost::asio::io_context& io) {
  SinkConfig config;
  config.address = path;
  config.queue_bytes = 1 << 20;
  return SinkRegistry::find("file")->make(config, io);
}

TEST(ExampleSink, AppendsReports) {
  const TempDir folder;
  const std::string path = folder.path() + "/reports.jsonl";
  boost::asio::io_context io;
  const auto sink = make_file_sink(path, io);
  ASSERT_TRUE(sink);
  const auto report = std::make_shared<const Report>(
      ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 3).build());
  (*sink)->deliver(report);
  (*sink)->deliver(report);
  run_until(io, [&] { return (*sink)->health().delivered_reports == 2; });
  const std::string line = R"({"time":1700000000,"host":"db1","container":"web","id":"0123",)"
                           R"("metric":"pids.current","stat":"last","value":3,"unit":"tasks"})"
                           "\n";
  EXPECT_EQ(read_text(path), line + line);
}

TEST(ExampleSink, SaysWhyItCannot) {
  boost::asio::io_context io;
  const auto sink = make_file_sink("/nowhere/reports.jsonl", io);
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().message,
            "--sink file: cannot open '/nowhere/reports.jsonl': No such file or directory");
}

TEST(ExampleSink, IsQuotedInTheReadme) {
  const std::string tests = SQUID_TEST_DATA;
  const std::string source = read_text(tests + "/unit/sinks/example_sink.cpp");
  EXPECT_THAT(read_text(tests + "/../sinks/README.md"), testing::HasSubstr("```cpp\n" + source + "```\n"))
      << "sinks/README.md does not show tests/unit/sinks/example_sink.cpp as it is";
}

}  // namespace
}  // namespace squid
