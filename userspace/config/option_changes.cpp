#include "config/option_changes.h"

#include <utility>

namespace squid {
namespace {

// Sets back what is not to change.
class Keeper {
 public:
  explicit Keeper(std::vector<std::string>& kept) : kept_(kept) {}

  template <typename Value>
  void keep(const char* option, const Value& running, Value& wanted) {
    if (wanted == running) return;
    wanted = running;
    kept_.emplace_back(option);
  }

 private:
  std::vector<std::string>& kept_;
};

void keep_what_sources_were_opened_with(const Options& running, Options& wanted, Keeper& keeper) {
  keeper.keep("source", running.source, wanted.source);
  keeper.keep("max-cgroups", running.max_cgroups, wanted.max_cgroups);
  keeper.keep("cgroup-root", running.cgroup_root, wanted.cgroup_root);
  keeper.keep("host-root", running.host_root, wanted.host_root);
  keeper.keep("pressure-interval", running.pressure_interval, wanted.pressure_interval);
  keeper.keep("interface-interval", running.interface_interval, wanted.interface_interval);
  keeper.keep("per-cpu", running.per_cpu, wanted.per_cpu);
  keeper.keep("latency", running.latency, wanted.latency);
  keeper.keep("cost", running.cost, wanted.cost);
  // They are also those of the histograms that programs count.
  keeper.keep("percent", running.percentiles, wanted.percentiles);
}

void keep_what_the_process_stands_on(const Options& running, Options& wanted, Keeper& keeper) {
  // Who reads the reports takes another name for another host.
  keeper.keep("host", running.host, wanted.host);
  // Which containers a sum is of is decided when they are born.
  keeper.keep("groups", running.groups, wanted.groups);
  keeper.keep("state-dir", running.state_dir, wanted.state_dir);
  keeper.keep("status-socket", running.status_socket, wanted.status_socket);
  keeper.keep("runtime-socket", running.selection.runtime_socket, wanted.selection.runtime_socket);
}

void keep_of_statsd(const Options::Statsd& running, Options::Statsd& wanted, Keeper& keeper) {
  // The program that notes who sends was loaded for these ports.
  keeper.keep("statsd-origin", running.origin, wanted.origin);
  const bool begins_or_ends = running.listen.empty() != wanted.listen.empty();
  if (begins_or_ends || running.origin != "off") keeper.keep("statsd", running.listen, wanted.listen);
  keeper.keep("statsd-threads", running.threads, wanted.threads);
  keeper.keep("statsd-buffer-mib", running.buffer_mib, wanted.buffer_mib);
  keeper.keep("statsd-max-connections", running.max_connections, wanted.max_connections);
  keeper.keep("statsd-socket-mode", running.socket_mode, wanted.socket_mode);
  keeper.keep("load", running.load, wanted.load);
  keeper.keep("statsd-console", running.console, wanted.console);
  // Minutes that have gone by are told with those that they were made with.
  if (!running.load.empty()) keeper.keep("statsd-percent", running.percentiles, wanted.percentiles);
}

}  // namespace

OptionChanges compute_changes(const Options& running, Options wanted) {
  OptionChanges changes{.options = std::move(wanted), .need_restart = {}};
  Keeper keeper(changes.need_restart);
  keep_what_sources_were_opened_with(running, changes.options, keeper);
  keep_what_the_process_stands_on(running, changes.options, keeper);
  keep_of_statsd(running.statsd, changes.options.statsd, keeper);
  return changes;
}

}  // namespace squid
