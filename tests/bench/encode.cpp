// Time per encoded value. Bars: 100 ns for a graphite line, 150 ns for a JSON object.
#include <benchmark/benchmark.h>

#include "sinks/encode/graphite.h"
#include "sinks/encode/json.h"
#include "sinks/encode/table.h"
#include "support/report_builder.h"

namespace squid {
namespace {

// What 1,000 containers send by default, with values as they occur: rates, percentages, bytes.
Report full_report() {
  constexpr int kContainers = 1000;
  ReportBuilder builder;
  builder.host("db1.example.com");
  double value = 1.0 / 3;
  for (int i = 0; i < kContainers; ++i) {
    std::string id = std::to_string(1'000'000'000'000 + i);
    builder.container("shop-web-" + std::to_string(i), id + std::string(51, 'f'));
    for (const MetricRow& row : kMetricTable) {
      value = value * 1.37 + 0.1;
      if (value > 1e12) value /= 1e12;
      const double shipped = row.info.unit == "bytes" ? std::floor(value * 4096) : value;
      for (const Stat stat : {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kCount})
        if (row.default_stats.has(stat)) builder.point_of(row.info, stat, shipped);
      if (row.default_stats.has(Stat::kUpperPercentile))
        builder.point_of(row.info, Stat::kUpperPercentile, shipped, 0);
    }
  }
  return builder.build();
}

void finish(benchmark::State& state, std::uint64_t values, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(values));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  using benchmark::Counter;
  // Seconds per value; printed with the prefix of its size, as in 61n.
  state.counters["per_value"] = Counter(static_cast<double>(values), Counter::kIsRate | Counter::kInvert);
}

void bench_graphite(benchmark::State& state, GraphiteFormat format) {
  const Report report = full_report();
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid", format);
  std::string out;
  std::uint64_t values = 0;
  std::size_t bytes = 0;
  for (auto unused : state) {
    (void)unused;
    out.clear();
    values += encoder.encode(report, out).encoded;
    bytes += out.size();
  }
  finish(state, values, bytes);
}

void bench_shares(benchmark::State& state) {
  const Report report = full_report();
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid");
  const auto ring = HashRing::of({{"carbon1", ""}, {"carbon2", ""}, {"carbon3", ""}});
  std::vector<std::string> outs(3);
  std::uint64_t values = 0;
  std::size_t bytes = 0;
  for (auto unused : state) {
    (void)unused;
    for (std::string& out : outs) out.clear();
    values += encoder.encode_shares(report, *ring, outs).encoded;
    for (const std::string& out : outs) bytes += out.size();
  }
  finish(state, values, bytes);
}

void bench_json(benchmark::State& state) {
  const Report report = full_report();
  std::string out;
  std::uint64_t values = 0;
  std::size_t bytes = 0;
  for (auto unused : state) {
    (void)unused;
    out.clear();
    values += encode_json(report, out).encoded;
    bytes += out.size();
  }
  finish(state, values, bytes);
}

void bench_table(benchmark::State& state) {
  const Report report = full_report();
  std::string out;
  std::size_t bytes = 0;
  std::uint64_t rows = 0;
  for (auto unused : state) {
    (void)unused;
    out.clear();
    encode_table(report, out);
    rows += report.subjects.size();
    bytes += out.size();
  }
  finish(state, rows, bytes);
}

BENCHMARK_CAPTURE(bench_graphite, lines, GraphiteFormat::kLines)
    ->Name("graphite line")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_graphite, pickle, GraphiteFormat::kPickle)
    ->Name("graphite pickled point")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bench_shares)->Name("graphite line of one of three servers")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_json)->Name("json object")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_table)->Name("table row")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace squid

BENCHMARK_MAIN();
