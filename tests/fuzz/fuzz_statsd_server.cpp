// Any packets, from any senders, to several shards that are taken over at any time: every outcome of a line
// is accounted for, and whatever ships has a name that may ship. The first byte chooses dialect
// and origin, 0xff ends a packet, 0xfe is a flush, 0xfd a take-over.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/packet_lines.h"
#include "fuzz/require.h"
#include "statsd/line_parser.h"
#include "statsd/server.h"

namespace {

using namespace squid;
using namespace squid::statsd;

constexpr char kFlush = '\xfe';
constexpr char kTakeOver = '\xfd';
constexpr std::uint64_t kSenders = 3;  // 0 is nobody, and nobody knows the last one

Settings settings_of(unsigned char choice) {
  constexpr Dialect kDialects[] = {Dialect::kStrict, Dialect::kReference, Dialect::kGstatsd};
  constexpr OriginPlace kPlaces[] = {OriginPlace::kNowhere, OriginPlace::kPrefix, OriginPlace::kTag};
  Settings settings;
  settings.dialect = kDialects[choice % 3];
  settings.origin = kPlaces[choice / 3 % 3];
  settings.delete_counters = settings.delete_gauges = (choice & 0x80U) != 0;
  settings.most_keys = 8;
  settings.container_keys = 3;
  settings.container_values = 5;
  return settings;
}

OriginSource::Answer find_origin(std::uint64_t cgroup) {
  if (cgroup != 1) return nullptr;
  auto container = std::make_shared<Container>();
  container->id = "0123456789abcdef";
  container->name = "web.1";
  return std::make_shared<const Origin>(make_origin(std::move(container)));
}

double count_outcomes(std::string_view packet, Dialect dialect) {
  double outcomes = 0;
  LineParser parser(dialect);
  for_each_line(packet, [&](std::string_view line) {
    parser.begin(line);
    while (parser.next() != LineParser::Outcome::kEnd) ++outcomes;
  });
  return outcomes;
}

void check_names(const Report& report) {
  for (const Subject& subject : report.subjects)
    for (const Point& point : subject.points)
      require(point.metric->name.find_first_of("\n ") == std::string_view::npos);
}

double accounted_for(const Server::Figures& figures) {
  double sum = figures.accepted + figures.refused + figures.limited + figures.announced;
  for (const double bad : figures.bad) sum += bad;
  return sum;
}

void flush(Server& server) {
  Report report;
  report.interval_s = 10;
  server.append_to(report, {});
  check_names(report);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Settings settings = settings_of(data[0]);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Server server(settings);
  Shard shards[] = {Shard(settings), Shard(settings)};
  server.find_origins_by(find_origin);
  server.collect_by([&] {
    for (Shard& shard : shards) server.take_over(shard);
  });

  double outcomes = 0;
  for (std::uint64_t number = 0; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find_first_of("\xff\xfe\xfd"), rest.size());
    const std::string_view packet = rest.substr(0, end);
    outcomes += count_outcomes(packet, settings.dialect);
    shards[number % 2].take(packet, {.cgroup = number % kSenders});
    if (end < rest.size() && rest[end] == kFlush) flush(server);
    if (end < rest.size() && rest[end] == kTakeOver) server.collect();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  flush(server);
  require(accounted_for(server.figures()) == outcomes);
  return 0;
}
