// send_report SINK COUNT PAUSE_MS: sends COUNT reports through a real sink (graphite:2003,
// redis://localhost), PAUSE_MS apart, one second of timestamps from one to the next, and prints the lines
// that carbon should have at the end. The containers have the names of support/hostile_names.h. Ends when all
// is delivered, or fails after a minute.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "core/sink.h"
#include "sinks/encode/graphite.h"
#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace {

using namespace squid;
using Clock = std::chrono::steady_clock;

Report make_report(std::int64_t time_s, int number) {
  ReportBuilder builder;
  builder.host("db1.example.com");
  int id = 1000;
  for (const std::string& name : hostile_names()) {
    builder.container(name, std::to_string(++id) + "abcdef0123456789");
    builder.point("cpu.percent_of_core", Stat::kMean, number + 1.0 / 3);
    builder.point("memory.usage", Stat::kLast, 4096.0 * number);
  }
  builder.squid_itself().point("squid.pass.cpu_ns", Stat::kLast, number);
  Report report = builder.build();
  report.time_s = time_s;
  return report;
}

int fail(const char* what) {
  std::fprintf(stderr, "send_report: %s\n", what);
  return 1;
}

int number_of(const char* text) {
  int number = -1;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return fail("usage: send_report SINK COUNT PAUSE_MS");
  const int count = number_of(argv[2]);
  const std::chrono::milliseconds pause(number_of(argv[3]));
  (void)std::signal(SIGPIPE, SIG_IGN);
  // stdout has the lines.
  spdlog::set_level(spdlog::level::off);

  SinkConfig config;
  const std::string spec = argv[1];
  const std::size_t colon = spec.find(':');
  config.address = spec.substr(std::min(colon, spec.size() - 1) + 1);
  config.prefix = "squid";
  config.queue_bytes = 16 << 20;
  boost::asio::io_context io;
  const SinkKind* kind = SinkRegistry::find(spec.substr(0, colon));
  if (kind == nullptr) return fail("there is no such sink");
  const auto sink = kind->make(config, io);
  if (!sink) return fail(sink.error().message.c_str());
  // The sink's own work keeps `io` busy only while there is some.
  const auto keep_running = boost::asio::make_work_guard(io);

  GraphiteEncoder expected(*NameTemplate::parse(""), "squid");
  std::string lines;
  const std::int64_t start = std::time(nullptr) - count;
  for (int i = 0; i < count; ++i) {
    auto report = std::make_shared<const Report>(make_report(start + i, i));
    expected.encode(*report, lines);
    (*sink)->deliver(std::move(report));
    io.run_for(pause);
  }
  for (const auto deadline = Clock::now() + std::chrono::minutes(1); (*sink)->health().queued_bytes > 0;) {
    if (Clock::now() > deadline) return fail((*sink)->health().last_error.c_str());
    io.run_for(std::chrono::milliseconds(10));
  }
  const SinkHealth health = (*sink)->health();
  if (health.dropped_reports + health.dropped_points + health.refused > 0)
    return fail("something was dropped");
  std::fputs(lines.c_str(), stdout);
  return 0;
}
