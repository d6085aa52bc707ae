// Any name through every encoder: it comes out as one line of the right form, whatever it holds. The same
// bytes serve as name template, as address and as a metric's name.
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/host_port.h"
#include "sinks/encode/escape.h"
#include "sinks/encode/graphite.h"
#include "sinks/encode/graphite_points.h"
#include "sinks/encode/json.h"
#include "sinks/encode/table.h"
#include "sinks/encode/terminal_text.h"
#include "sinks/encode/utf8.h"
#include "support/pickle_reader.h"
#include "support/report_builder.h"

namespace {

using namespace squid;

void require(bool holds, const char* what, std::string_view output) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(output.size()), output.data());
  std::abort();
}

// Components of allowed characters, one dot between two of them.
void check_name(std::string_view name) {
  std::size_t component = 0;
  for (std::string_view rest = name; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    require(point.valid, "a name is not UTF-8", name);
    if (point.value == '.')
      require(std::exchange(component, 0) > 0, "a name has an empty component", name);
    else
      require(point.value < 0x80 ? is_name_character(static_cast<unsigned char>(point.value))
                                 : !is_invisible(point.value),
              "a name has a character that carbon minds", name);
    component += point.value == '.' ? 0 : point.length;
    require(component <= 255 - std::string_view(".wsp").size(), "a component is no file name", name);
    rest.remove_prefix(point.length);
  }
  require(component > 0, "a name ends with a dot, or is empty", name);
}

void check_graphite(const Report& report, const NameTemplate& names, const std::string& prefix) {
  std::string out;
  const EncodeTally tally = GraphiteEncoder(names, prefix).encode(report, out);
  std::uint64_t lines = 0;
  for (std::string_view rest = out; !rest.empty(); ++lines) {
    const std::size_t end = rest.find('\n');
    require(end != std::string_view::npos, "a line has no end", out);
    require(end + 1 <= kGraphiteLineBytes, "a line is too long", out);
    const std::string_view line = rest.substr(0, end);
    constexpr std::string_view kValueAndTime = " 1.5 1700000000";
    require(line.ends_with(kValueAndTime), "a line does not end with value and time", line);
    check_name(line.substr(0, line.size() - kValueAndTime.size()));
    rest.remove_prefix(end + 1);
  }
  require(lines == tally.encoded, "there are more lines than points", out);
}

void check_pickle(const Report& report, const NameTemplate& names, const std::string& prefix) {
  std::string out;
  const EncodeTally tally = GraphiteEncoder(names, prefix, GraphiteFormat::kPickle).encode(report, out);
  std::uint64_t points = 0;
  for (const PickledFrame& frame : read_pickle_frames(out)) {
    for (const PickledPoint& point : frame) {
      require(point.time_s == 1'700'000'000 && point.value == 1.5, "another time or value", point.name);
      check_name(point.name);
    }
    points += frame.size();
  }
  require(points == tally.encoded, "there are more points in the frames than were encoded", out);
}

void check_json(const Report& report) {
  std::string out;
  const EncodeTally tally = encode_json(report, out);
  std::uint64_t lines = 0;
  for (std::string_view rest = out; !rest.empty(); ++lines) {
    const std::size_t end = rest.find('\n');
    require(end != std::string_view::npos, "an object has no end", out);
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse({rest.data(), end}, error);
    require(!error && value.is_object() && value.get_object().size() == 8, "not an object of eight keys",
            out);
    rest.remove_prefix(end + 1);
  }
  require(lines == tally.encoded, "there are more objects than points", out);
}

void check_table(const Report& report) {
  std::string out;
  encode_table(report, out);
  std::size_t lines = 0;
  for (std::string_view rest = out; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    require(point.valid, "the table is not UTF-8", out);
    lines += point.value == '\n' ? 1 : 0;
    require(point.value == '\n' || point.value == ' ' || !is_invisible(point.value),
            "the table has what a terminal would act on", out);
    rest.remove_prefix(point.length);
  }
  // Title, header, two containers, an empty line.
  require(lines == 5, "the table does not have a line for each container", out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const MetricInfo metric{text, text, MetricKind::kGauge, ""};
  const Report report = ReportBuilder()
                            .host(text)
                            .container(text, text)
                            .point("pids.current", Stat::kLast, 1.5)
                            .point_of(metric, Stat::kLast, 1.5)
                            .container(text, text + "2")
                            .point("pids.current", Stat::kLast, 1.5)
                            .build();
  for (const std::string_view names_text : {std::string_view(), std::string_view(text)})
    if (const auto names = NameTemplate::parse(names_text)) {
      check_graphite(report, *names, text);
      check_pickle(report, *names, text);
    }
  check_json(report);
  check_table(report);
  if (const auto address = parse_host_port(text, {"localhost", 2003}))
    require(address->port != 0 && !address->host.empty(), "an address has no port or host", text);
  return 0;
}
