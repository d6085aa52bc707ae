#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <limits>

#include "core/sink.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Standard output is a pipe of ours for as long as it lives.
class CapturedStdout {
 public:
  CapturedStdout() {
    (void)std::fflush(stdout);
    saved_ = dup(STDOUT_FILENO);
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    dup2(ends_[1], STDOUT_FILENO);
  }
  ~CapturedStdout() {
    dup2(saved_, STDOUT_FILENO);
    for (const int descriptor : {saved_, ends_[0], ends_[1]}) ::close(descriptor);
  }
  CapturedStdout(const CapturedStdout&) = delete;
  CapturedStdout& operator=(const CapturedStdout&) = delete;

  std::string text() {
    std::string text(65536, '\0');
    (void)fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    const ssize_t size = ::read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int saved_ = -1;
  std::array<int, 2> ends_{-1, -1};
};

class StdoutSinkTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Sink>> make(const std::string& address) {
    SinkConfig config;
    config.address = address;
    config.prefix = "squid";
    config.queue_bytes = 1 << 20;
    return SinkRegistry::find("stdout")->make(config, io_);
  }
  // What the sink writes for a report of one value.
  std::string written(const std::string& address) {
    CapturedStdout captured;
    const auto sink = make(address);
    EXPECT_TRUE(sink);
    if (!sink) return "";
    (*sink)->deliver(std::make_shared<const Report>(
        ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 3).build()));
    run_until(io_, [&] { return (*sink)->health().delivered_reports == 1; });
    return captured.text();
  }

  boost::asio::io_context io_;
};

TEST_F(StdoutSinkTest, WritesATableUnlessToldOtherwise) {
  EXPECT_THAT(written(""), HasSubstr("CONTAINER  ID    TASKS\nweb        0123      3\n"));
  EXPECT_EQ(written(""), written("table"));
}

TEST_F(StdoutSinkTest, WritesJson) {
  EXPECT_THAT(written("json"),
              StartsWith(R"({"time":1700000000,"host":"db1","container":"web","id":"0123",)"));
}

TEST_F(StdoutSinkTest, WritesGraphiteLines) {
  EXPECT_EQ(written("graphite"), "squid.db1.web.pids.current.last 3 1700000000\n");
}

TEST_F(StdoutSinkTest, CountsWhatItCannotCarry) {
  CapturedStdout captured;
  const auto sink = make("json");
  ASSERT_TRUE(sink);
  (*sink)->deliver(std::make_shared<const Report>(
      ReportBuilder()
          .container("web", "0123")
          .point("pids.current", Stat::kLast, std::numeric_limits<double>::infinity())
          .build()));
  EXPECT_EQ((*sink)->health().dropped_points, 1U);
  EXPECT_EQ(captured.text(), "");
}

TEST_F(StdoutSinkTest, SaysWhichFormsThereAre) {
  const auto sink = make("yaml");
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().message,
            "--sink stdout has no form 'yaml': write stdout:table, stdout:json or stdout:graphite");
}

}  // namespace
}  // namespace squid
