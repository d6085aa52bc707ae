// `squid-bpf`: puts the line together and runs it.
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/stat_plan.h"
#include "commands/background.h"
#include "commands/commands.h"
#include "core/cgroup_roster.h"
#include "pipeline/host_root.h"
#include "pipeline/naming.h"
#include "pipeline/pipeline.h"
#include "pipeline/privileges.h"
#include "pipeline/reload.h"
#include "pipeline/sampler.h"
#include "pipeline/service_manager.h"
#include "pipeline/sink_plan.h"
#include "pipeline/sink_set.h"
#include "pipeline/source_plan.h"
#include "pipeline/statsd_origins.h"
#include "pipeline/statsd_service.h"
#include "pipeline/status_socket.h"
#include "pipeline/syscall_filter.h"
#include "resolvers/container_directory.h"
#include "resolvers/runtime_socket.h"
#include "sinks/encode/terminal_text.h"

namespace squid {
namespace {

constexpr int kLargeBlock = 128 * 1024;

int fail(const Error& error) {
  std::fprintf(stderr, "squid-bpf: %s\n", error.message.c_str());
  return 2;
}

// A message may quote a path or a name that somebody else has chosen.
class SafeMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    constexpr std::size_t kLongest = 1000;
    const std::string text = fit_text({message.payload.data(), message.payload.size()}, kLongest);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<SafeMessage>();
  }
};

void set_up_logging(const Options& options) {
  // stdout belongs to the reports.
  auto logger =
      std::make_shared<spdlog::logger>("squid-bpf", std::make_shared<spdlog::sinks::stderr_sink_st>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<SafeMessage>('*').set_pattern("squid-bpf: %l: %*");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(options.log_level));
  spdlog::set_default_logger(std::move(logger));
  for (const std::string& note : options.notes) spdlog::info("{}", note);
}

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  Reload::hold_signal();
  // What a large report takes goes back to the system once it is sent, and does not stay in the heap.
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
}

std::string host_name() {
  std::string name(256, '\0');
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  name.resize(name.find('\0'));
  return name;
}

Result<SinkSet::Members> make_sinks(const Options& options, boost::asio::io_context& io) {
  auto plans = plan_sinks(options);
  if (!plans) return plans.error();
  warn_of_forgotten_spools(options.state_dir, *plans);
  return SinkSet(io).prepare(io, *std::move(plans));
}

// Names that no file tells are asked of the runtime, where the user wants that.
std::unique_ptr<RuntimeSocket> open_runtime(const Options& options, boost::asio::io_context& io,
                                            ContainerDirectory& directory) {
  if (options.selection.runtime_socket.empty()) return nullptr;
  auto runtime = std::make_unique<RuntimeSocket>(io, options.selection.runtime_socket);
  directory.ask_at_last([&directory, asked = runtime.get()](const std::string& id) {
    asked->ask(id, [&directory, id](Result<Description> told) { directory.learn(id, std::move(told)); });
  });
  return runtime;
}

// Without it the daemon does its work all the same.
std::unique_ptr<StatusSocket> open_status_socket(boost::asio::io_context& io, const std::string& path,
                                                 const Pipeline& pipeline, const Reload& reload) {
  if (path.empty()) return nullptr;
  auto opened = StatusSocket::open(io, path, [&pipeline, &reload] {
    Status status = pipeline.status();
    reload.fill(status);
    return compute_status_text(status);
  });
  if (opened) return *std::move(opened);
  spdlog::info("`squid-bpf status` will not work here: {}; --status-socket chooses another place",
               opened.error().message);
  return nullptr;
}

Result<std::optional<Background>> enter_background(bool is_wanted) {
  if (!is_wanted) return std::optional<Background>();
  auto entered = Background::enter();
  if (!entered) return entered.error();
  return std::optional<Background>(*std::move(entered));
}

void fill_names(SelfMetrics& self, const ContainerDirectory& directory, const CgroupRoster& roster) {
  self.containers = static_cast<double>(roster.containers());
  self.containers_unnamed = static_cast<double>(directory.unnamed());
  self.name_failures = static_cast<double>(directory.failures());
  if (!directory.rules().empty()) self.categories = count_categories(directory.rules(), roster.entries());
}

Sampler::Parts what_is_sampled(Sources& sources, CgroupRoster& roster) {
  return {.roster = roster,
          .discovery = sources.discovery(),
          .sources = sources.in_order(),
          .details = sources.details(),
          .lifecycle = sources.lifecycle.get(),
          .told_at_end = sources.told_at_end()};
}

void watch_births(Pipeline& pipeline, const std::shared_ptr<Lifecycle>& lifecycle,
                  ContainerDirectory& directory) {
  // Passes read births, too, and one that comes during a walk is not in it: its name must not wait for the
  // next.
  lifecycle->tell_births([&directory](const CgroupBirth& birth) {
    const CgroupId id = CgroupId::of(birth.hierarchy, birth.inode);
    if (const auto born = directory.expect(birth.path, id); born && !born->is_group())
      spdlog::debug("{} is born: {} {}", born->name, born->runtime, born->id);
  });
  pipeline.watch(lifecycle->event_fd(), [lifecycle] { lifecycle->read(); });
}

void add_statsd(const Options& options, StatsdService& service, boost::asio::io_context& io,
                Pipeline& pipeline, const Topology& topology, ContainerDirectory& directory,
                const CgroupRoster& roster) {
  pipeline.add_to_reports([&service](Report& report) { service.append_to(report); });
  if (options.statsd.origin != "off")
    service.identify_senders(open_statsd_origins(topology, service.ports(), directory, roster));
  // Once io runs: what is done in a thread has its creator's rights, and those are given up by then.
  boost::asio::post(io, [&service] { service.begin(); });
}

// Everything is open: the right to open more is given up, whoever waits for us is told, and the work begins.
int serve(const Options& options, boost::asio::io_context& io, Pipeline& pipeline, Reload& reload,
          Background* background) {
  const auto status_socket = open_status_socket(io, options.status_socket, pipeline, reload);
  ServiceManager service_manager(io, parse_service_settings(std::getenv, getpid()),
                                 [&pipeline] { return !compute_fault(pipeline.status()); });
  std::optional<PidFile> pid_file;
  if (!options.pid_file.empty()) {
    auto written = PidFile::write(options.pid_file);
    if (!written) return fail(written.error());
    pid_file.emplace(*std::move(written));
  }
  if (const auto dropped = drop_privileges(); !dropped) return fail(dropped.error());
  // There are kernels without, and it is only one wall of several.
  if (const auto set = forbid_other_system_calls(); !set) spdlog::warn("{}", set.error().message);
  service_manager.begin();
  reload.begin(service_manager);
  if (background != nullptr) background->ready();
  pipeline.run();
  service_manager.end();
  return pipeline.is_out_of_sinks() ? 1 : 0;
}

}  // namespace

int run_daemon(const Options& options, std::function<Result<Options>()> read_again) {
  const auto started = std::chrono::steady_clock::now().time_since_epoch();
  set_up_logging(options);
  prepare_process();

  // First of all: neither threads nor BPF links would come along.
  auto background = enter_background(options.detach);
  if (!background) return fail(background.error());
  auto stat_plan = compute_stat_plan(options.stats);
  if (!stat_plan) return fail(stat_plan.error());
  auto scopes = SourceScopes::parse(options.from);
  if (!scopes) return fail(scopes.error());
  auto policy = read_policy(options);
  if (!policy) return fail(policy.error());
  boost::asio::io_context io(1);
  auto sinks = make_sinks(options, io);
  if (!sinks) return fail(sinks.error());
  for (const StatNeed& need : needs_of(*sinks)) stat_plan->need(need.metric, need.stat);
  SinkSet sink_set(io, *std::move(sinks));
  const auto statsd = StatsdService::open(io, options);
  if (!statsd) return fail(statsd.error());
  auto sources = open_sources(options);
  if (!sources) return fail(sources.error());
  for (const std::string& warning : sources->plan.warnings) spdlog::warn("{}", warning);

  ContainerDirectory directory(make_resolvers(find_host_root(options.host_root)), *std::move(policy));
  const auto runtime = open_runtime(options, io, directory);
  CgroupRoster roster([&directory](std::string_view path, CgroupId id) { return directory.admit(path, id); });
  Sampler sampler(what_is_sampled(*sources, roster), *stat_plan, options.percentiles, sources->cores);
  std::optional<Reload> reload;  // of what comes after it
  Pipeline pipeline(
      io,
      {.interval = options.interval,
       .flush = options.flush,
       .host = options.host.empty() ? host_name() : options.host,
       .started = started,
       .serves_others = !options.statsd.load.empty() || !options.statsd.console.empty()},
      sampler, sink_set,
      [&](std::uint64_t now_ns) {
        directory.refresh(now_ns, roster);
        return directory.take_faults();
      },
      [&](SelfMetrics& self) {
        sources->fill(self);
        fill_names(self, directory, roster);
        reload->fill(self);
      });
  pipeline.use(*std::move(scopes));
  if (sources->lifecycle) watch_births(pipeline, sources->lifecycle, directory);
  if (*statsd) add_statsd(options, **statsd, io, pipeline, sources->plan.topology, directory, roster);
  if (*statsd) (*statsd)->show_sinks([&sink_set] { return sink_set.health(); });
  reload.emplace(io, options, std::move(read_again),
                 Reload::Parts{.pipeline = pipeline,
                               .sinks = sink_set,
                               .sampler = sampler,
                               .directory = directory,
                               .roster = roster,
                               .statsd = statsd->get()});
  return serve(options, io, pipeline, *reload, *background ? &**background : nullptr);
}

}  // namespace squid
