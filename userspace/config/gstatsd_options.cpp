#include "config/gstatsd_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/version.h"

namespace squid {
namespace {

struct Wanted {
  std::string bind = ":8125";
  std::vector<std::string> sinks;
  std::string type = "graphite";
  double flush_s = 10;
  double percent = 90;
  std::string prefix;
  std::string pid_file;
  int verbose = 0;
  bool detach = false;
};

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Of three parts the first says nothing.
std::string address_of(const std::string& text) {
  const bool three = !text.starts_with('[') && std::count(text.begin(), text.end(), ':') == 2;
  return three ? text.substr(text.find(':') + 1) : text;
}

Options translate(const Wanted& wanted) {
  Options options;
  options.state_dir.clear();  // gstatsd keeps nothing on disk, and has no option that says where
  options.cgroups = CgroupChoice::kNone;
  options.source = SourceChoice::kFiles;
  options.detach = wanted.detach;
  options.pid_file = wanted.pid_file;
  const bool load = wanted.type == "load";
  options.flush = load ? std::chrono::seconds(1)
                       : std::chrono::nanoseconds(static_cast<std::int64_t>(wanted.flush_s * 1e9));
  options.interval = options.flush;

  Options::Statsd& statsd = options.statsd;
  const std::string bind = address_of(wanted.bind);
  statsd.listen = {is_number(bind) ? ":" + bind : bind};
  statsd.dialect = "gstatsd";
  statsd.names = "gstatsd";
  statsd.percentiles = {wanted.percent};
  statsd.key_prefix = wanted.prefix;
  statsd.print_packets = wanted.verbose > 0;

  options.sinks.clear();
  for (const std::string& text : wanted.sinks) {
    std::string address = address_of(text);
    if (load) {
      statsd.load.push_back(std::move(address));
      continue;
    }
    // Without a host it is this one.
    if (address.starts_with(':')) address.erase(0, 1);
    options.sinks.push_back("graphite:" + address);
  }
  return options;
}

void add_options(CLI::App& app, Wanted& wanted) {
  app.add_option("-b,--bind", wanted.bind, "Where to listen on UDP")
      ->capture_default_str()
      ->type_name("[HOST]:PORT");
  app.add_option("-s,--sink", wanted.sinks,
                 "Where to send graphite's lines; with -t load, where to answer HTTP requests (PORT is on "
                 "loopback, :PORT on every address); may be given several times")
      ->required()
      ->allow_extra_args(false)
      ->type_name("[HOST]:PORT");
  app.add_option("-t,--type", wanted.type, "graphite, or load: tell by HTTP what came in the last minutes")
      ->check(CLI::IsMember({"graphite", "load"}).description(""))
      ->capture_default_str()
      ->type_name("TYPE");
  app.add_option("-f,--flush", wanted.flush_s, "Seconds between two flushes; 1 with -t load")
      ->check(CLI::Range(0.01, 86400.0).description(""))
      ->capture_default_str()
      ->type_name("SECONDS");
  app.add_option("-p,--percent", wanted.percent, "Percentile of timers")
      ->check(CLI::Range(0.1, 100.0).description(""))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("-x,--prefix", wanted.prefix, "In front of every key")->type_name("TEXT");
  app.add_flag("-v", wanted.verbose, "Print every packet to stderr");
  app.add_flag("-D,--daemonize", wanted.detach, "Go into the background once everything is open");
  app.add_option("--pid-file", wanted.pid_file, "File for the number of the process, removed at its end")
      ->type_name("FILE");
  app.set_version_flag("--version", fmt::format("squid-bpf {}", kVersion), "Print the version and exit");
}

}  // namespace

bool is_gstatsd(int argc, const char* const* argv) {
  if (argc < 1) return false;
  const std::string_view program(argv[0]);
  return program.substr(program.rfind('/') + 1) == "gstatsd" ||
         (argc > 1 && std::string_view(argv[1]) == "gstatsd");
}

Result<std::variant<Options, Answer>> parse_gstatsd_command_line(int argc, const char* const* argv) {
  using Outcome = std::variant<Options, Answer>;
  if (argc > 1 && std::string_view(argv[1]) == "gstatsd") {
    --argc;
    ++argv;
  }
  Wanted wanted;
  CLI::App app{
      "A statsd server with gstatsd's options, reading, statistics and names; no containers are measured.",
      "gstatsd"};
  app.get_formatter()->column_width(34);
  add_options(app, wanted);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Outcome{Answer{app.help()}};
  } catch (const CLI::CallForVersion& version) {
    return Outcome{Answer{std::string(version.what()) + "\n"}};
  } catch (const CLI::ParseError& error) {
    return Error{fmt::format("{}; see squid-bpf gstatsd --help", error.what())};
  }
  return Outcome{translate(wanted)};
}

}  // namespace squid
