// Options: everything a user can ask for, from the command line, from the environment (SQUID_BPF_<OPTION>)
// and from
// --config FILE. The first of these wins.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"

namespace squid {

enum class Command : std::uint8_t {
  kRun,
  kCheck,
  kIdentify,
  kSend,
  kStatus,
  kHealth,
  kConfig,
  kList,
  kMetrics
};
enum class CgroupChoice : std::uint8_t { kContainers, kAll, kNone };
enum class SourceChoice : std::uint8_t { kAuto, kBpf, kFiles };

struct Options {
  Command command = Command::kRun;

  std::vector<std::string> sinks{"stdout:table"};
  std::chrono::nanoseconds interval = std::chrono::seconds(1);
  std::chrono::nanoseconds flush = std::chrono::seconds(10);
  std::vector<double> percentiles{90};
  std::vector<std::string> stats;
  std::vector<std::string> from;  // what the sources tell
  bool per_cpu = false;
  std::vector<std::string> latency;  // which latencies to measure: "cpu"
  bool cost = false;                 // of our BPF programs

  // identify: cgroup paths and lines of /proc/PID/cgroup; none: standard input has them.
  std::vector<std::string> paths;
  bool resolve = false;  // identify: also look names up

  // send: lines of statsd; none: standard input has them.
  std::vector<std::string> lines;
  std::string statsd_server;  // empty: the usual one on this host

  CgroupChoice cgroups = CgroupChoice::kContainers;
  std::vector<std::string> groups;  // of containers: "pod", "slice", "compose"
  SourceChoice source = SourceChoice::kAuto;
  std::uint32_t max_cgroups = 16384;
  std::chrono::nanoseconds pressure_interval = std::chrono::seconds(10);
  std::chrono::nanoseconds interface_interval = std::chrono::seconds(10);

  // The statsd server; off without an address. An empty one of the texts is left out of the names.
  struct Statsd {
    std::vector<std::string> listen;
    std::string dialect = "strict";
    std::string names = "legacy";
    std::string prefix = "stats";
    std::string counter_prefix = "counters";
    std::string timer_prefix = "timers";
    std::string gauge_prefix = "gauges";
    std::string set_prefix = "sets";
    std::string own_prefix = "statsd";
    std::string suffix;
    std::string key_prefix;
    std::string origin = "off";
    std::vector<double> percentiles{90};
    std::vector<std::string> histograms;
    std::vector<std::string> delete_idle;
    unsigned gauge_ttl = 1;
    bool no_counts = false;
    std::size_t max_keys = 200'000;
    std::size_t container_keys = 50'000;
    std::size_t container_rate = 0;  // values per second, 0: as many as it likes
    unsigned threads = 1;            // that receive UDP
    std::size_t buffer_mib = 8;
    std::size_t max_connections = 1024;  // of each stream socket
    unsigned socket_mode = 0666;         // of unix sockets
    std::vector<std::string> load;       // where the load endpoint listens
    std::vector<std::string> console;    // where the management console listens
    bool print_packets = false;          // to stderr

    bool operator==(const Statsd&) const = default;
  } statsd;

  // Which containers are told of, and what they are called.
  struct Selection {
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::string rules;
    std::string rules_file;
    std::string prefix_rule;  // --prefix with an object instead of a text
    std::vector<std::string> label_tags;
    bool graphite_tags = false;
    std::string runtime_socket;  // empty: no runtime is ever asked

    bool operator==(const Selection&) const = default;
  } selection;

  std::string host;  // filled with the host name if not given
  std::string prefix = "squid";
  std::string name_template;  // empty: the sink's own default
  std::string names = "all";  // or "docker-stats", unless the sink's address says so itself
  std::size_t queue_mib = 32;
  std::string state_dir = "/var/lib/squid-bpf";  // empty: nothing is kept on disk
  std::size_t spool_limit_mib = 256;

  bool detach = false;   // go into the background once everything is open
  std::string pid_file;  // empty: none

  std::string host_root;  // empty: "/", or /proc/1/root where that is another root than ours
  std::string cgroup_root;
  std::string log_level = "info";
  std::string status_socket = "/run/squid-bpf/status.sock";  // empty: none
  std::string config_file;
  std::vector<std::string> notes;  // for the log: what was asked for and has no effect

  bool operator==(const Options&) const = default;
};

// Text that was asked for (--help, --version): print it and exit 0.
struct Answer {
  std::string text;
};

// A variable's value, null without it.
using Environment = std::function<const char*(const char*)>;

// An Error is one sentence for stderr; the caller exits with 2.
Result<std::variant<Options, Answer>> parse_command_line(
    int argc, const char* const* argv,
    const Environment& environment = [](const char* name) { return std::getenv(name); });

}  // namespace squid
