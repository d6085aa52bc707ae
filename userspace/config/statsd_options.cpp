#include "config/statsd_options.h"

#include <charconv>
#include <string>

namespace squid {
namespace {

constexpr const char* kGroup = "Statsd server";

void add_text(CLI::App& app, const std::string& name, std::string& target, const std::string& help) {
  app.add_option(name, target, help)->capture_default_str()->type_name("TEXT")->group(kGroup);
}

void add_names(CLI::App& app, Options::Statsd& statsd) {
  app.add_option(
         "--statsd-names", statsd.names,
         "What series are called: legacy (stats.a, stats_counts.a), new (stats.counters.a.rate, .count) "
         "or gstatsd")
      ->check(CLI::IsMember({"legacy", "new", "gstatsd"}).description(""))
      ->capture_default_str()
      ->type_name("STYLE")
      ->group(kGroup);
  add_text(app, "--statsd-prefix", statsd.prefix, "First part of every new name; all of these may be empty");
  add_text(app, "--statsd-counter-prefix", statsd.counter_prefix, "Second part of a counter's new name");
  add_text(app, "--statsd-timer-prefix", statsd.timer_prefix, "Second part of a timer's new name");
  add_text(app, "--statsd-gauge-prefix", statsd.gauge_prefix, "Second part of a gauge's new name");
  add_text(app, "--statsd-set-prefix", statsd.set_prefix, "Second part of a set's new name");
  add_text(app, "--statsd-own-prefix", statsd.own_prefix, "In the names of the server's own counters");
  add_text(app, "--statsd-suffix", statsd.suffix, "Last part of every name");
  add_text(app, "--statsd-key-prefix", statsd.key_prefix, "In front of every key that clients send");
  app.add_option("--statsd-origin", statsd.origin,
                 "Tell which container sent a value, as the kernel knows it: its name in front of the key "
                 "(prefix) or a tag container=NAME (tag); by UDP and TCP this needs eBPF and cgroup v2")
      ->check(CLI::IsMember({"off", "prefix", "tag"}).description(""))
      ->capture_default_str()
      ->type_name("PLACE")
      ->group(kGroup);
}

void add_statistics(CLI::App& app, Options::Statsd& statsd) {
  app.add_option("--statsd-percent", statsd.percentiles,
                 "Percentile of timers, below zero of the highest values; may be given several times")
      ->capture_default_str()
      ->check(CLI::Range(-100.0, 100.0).description(""))
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--statsd-histogram", statsd.histograms,
                 "Counts a timer's values below each bound, for timers whose key holds TEXT; the first that "
                 "matches counts, e.g. 'web.time=10,100,inf'; one without bounds has none")
      ->type_name("[TEXT]=[BOUND[,BOUND...]]")
      ->delimiter('\0')
      ->group(kGroup);
  app.add_flag("--statsd-no-counts", statsd.no_counts, "Ship only the rate of counters")->group(kGroup);
}

void add_bounds(CLI::App& app, Options::Statsd& statsd) {
  app.add_option(
         "--statsd-delete-idle", statsd.delete_idle,
         "Forget what nobody sent since the last flush: counters, timers, gauges, sets or all; may be "
         "given several times")
      ->check(CLI::IsMember({"counters", "timers", "gauges", "sets", "all"}).description(""))
      ->type_name("TYPE")
      ->group(kGroup);
  app.add_option("--statsd-gauge-ttl", statsd.gauge_ttl, "Flushes until an idle gauge is forgotten")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000).description(""))
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--statsd-max-keys", statsd.max_keys, "Most keys that are held; new ones beyond are counted")
      ->capture_default_str()
      ->check(CLI::Range(16, 10000000).description(""))
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--statsd-container-keys", statsd.container_keys,
                 "Most of these that one container may send between two flushes, with --statsd-origin")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000000).description(""))
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--statsd-container-rate", statsd.container_rate,
                 "Most values per second that one container may send, on average between two flushes and for "
                 "each receiving thread, with --statsd-origin; 0: as many as it likes")
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
}

void add_transports(CLI::App& app, Options::Statsd& statsd) {
  app.add_option("--statsd-threads", statsd.threads,
                 "Threads that receive UDP; of several, the kernel gives each client to one of them")
      ->capture_default_str()
      ->check(CLI::Range(1, 64).description(""))
      ->type_name("N")
      ->group(kGroup);
  app.add_option("--statsd-buffer-mib", statsd.buffer_mib,
                 "Receive buffer to ask the kernel for, for each UDP socket")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("MIB")
      ->group(kGroup);
  app.add_option("--statsd-max-connections", statsd.max_connections,
                 "Most connections of each TCP or unix socket; more of them wait")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000).description(""))
      ->type_name("N")
      ->group(kGroup);
  const auto parse_mode = [&statsd](const std::string& text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), statsd.socket_mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || statsd.socket_mode > 0777)
      throw CLI::ValidationError("--statsd-socket-mode: '" + text + "' is no mode; write it as in 660");
  };
  app.add_option_function<std::string>("--statsd-socket-mode", parse_mode,
                                       "Permissions of unix sockets, as for chmod; who may write may send")
      ->default_str("666")
      ->type_name("MODE")
      ->group(kGroup);
}

void add_views(CLI::App& app, Options::Statsd& statsd) {
  app.add_option("--load", statsd.load,
                 "Tell by HTTP what came in the last minutes: GET /1 to /15, and /N/full without the current "
                 "minute; PORT is on loopback, :PORT on every address")
      ->type_name("[ADDRESS]:PORT")
      ->group(kGroup);
  app.add_option(
         "--statsd-console", statsd.console,
         "Management console, as statsd/statsd has it on port 8126; PORT is on loopback; it is open to "
         "everybody who reaches it")
      ->type_name("[ADDRESS]:PORT")
      ->group(kGroup);
}

}  // namespace

void add_statsd_options(CLI::App& app, Options::Statsd& statsd) {
  app.add_option(
         "--statsd", statsd.listen,
         "Be a statsd server: on a UDP port (PORT is on loopback, :PORT on every address), on TCP with "
         "tcp:// "
         "in front, or on unix:/PATH (stream) or unixgram:/PATH (datagrams); may be given several times")
      ->type_name("[tcp://][ADDRESS]:PORT")
      ->group(kGroup);
  app.add_option(
         "--statsd-dialect", statsd.dialect,
         "How lines are read: strict (with the tags of all clients), reference (all that statsd/statsd "
         "lets pass) or gstatsd")
      ->check(CLI::IsMember({"strict", "reference", "gstatsd"}).description(""))
      ->capture_default_str()
      ->type_name("DIALECT")
      ->group(kGroup);
  add_names(app, statsd);
  add_statistics(app, statsd);
  add_bounds(app, statsd);
  add_transports(app, statsd);
  add_views(app, statsd);
}

}  // namespace squid
