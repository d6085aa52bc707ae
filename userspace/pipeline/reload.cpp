#include "pipeline/reload.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "pipeline/naming.h"
#include "pipeline/sink_plan.h"

namespace squid {
namespace {

void mask_signal(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(how, &signals, nullptr);
}

}  // namespace

struct Reload::Prepared {
  OptionChanges changes;
  ContainerDirectory::Policy policy;
  StatPlan stat_plan;
  SourceScopes scopes;
  SinkSet::Members sinks;
  std::shared_ptr<StatsdService::Change> statsd;  // null: there is none
};

void Reload::hold_signal() {
  mask_signal(SIG_BLOCK);
}

Reload::Reload(boost::asio::io_context& io, Options running, ReadOptions read, Parts parts)
    : io_(io), signals_(io), running_(std::move(running)), read_(std::move(read)), parts_(parts) {}

Reload::~Reload() {
  hold_signal();
  boost::system::error_code ignored;
  signals_.clear(ignored);
  // Of all threads.
  std::signal(SIGHUP, SIG_IGN);
}

void Reload::begin(ServiceManager& manager) {
  signals_.add(SIGHUP);
  mask_signal(SIG_UNBLOCK);
  wait(manager);
}

void Reload::wait(ServiceManager& manager) {
  signals_.async_wait([this, &manager](const boost::system::error_code& error, int) {
    if (error) return;
    if (terminal_.is_gone()) {
      parts_.pipeline.stop();
      return;
    }
    // The settings at the end are those that the last report is made with.
    if (parts_.pipeline.is_stopping()) return;
    manager.begin_reload();
    run();
    manager.end_reload();
    wait(manager);
  });
}

Result<Reload::Prepared> Reload::prepare() const {
  auto wanted = read_();
  if (!wanted) return wanted.error();
  Prepared prepared{.changes = compute_changes(running_, *std::move(wanted))};
  const Options& options = prepared.changes.options;

  auto policy = read_policy(options);
  if (!policy) return policy.error();
  prepared.policy = *std::move(policy);
  auto stat_plan = compute_stat_plan(options.stats);
  if (!stat_plan) return stat_plan.error();
  prepared.stat_plan = *stat_plan;
  auto scopes = SourceScopes::parse(options.from);
  if (!scopes) return scopes.error();
  prepared.scopes = *std::move(scopes);
  auto plans = plan_sinks(options);
  if (!plans) return plans.error();
  auto sinks = parts_.sinks.prepare(io_, *std::move(plans));
  if (!sinks) return sinks.error();
  prepared.sinks = *std::move(sinks);
  for (const StatNeed& need : needs_of(prepared.sinks)) prepared.stat_plan.need(need.metric, need.stat);
  if (parts_.statsd != nullptr) {
    auto statsd = parts_.statsd->prepare(options);
    if (!statsd) return statsd.error();
    prepared.statsd = *std::move(statsd);
  }
  return prepared;
}

void Reload::apply(Prepared prepared) {
  const Options& options = prepared.changes.options;
  spdlog::default_logger()->set_level(spdlog::level::from_str(options.log_level));
  parts_.sinks.replace(std::move(prepared.sinks));
  parts_.sampler.change_plan(prepared.stat_plan);
  parts_.pipeline.use(std::move(prepared.scopes));
  if (prepared.policy.text != parts_.directory.policy().text)
    parts_.directory.change_policy(std::move(prepared.policy), parts_.roster);
  if (prepared.statsd) parts_.statsd->apply(*prepared.statsd);
  parts_.pipeline.change_clocks(options.interval, options.flush);
  running_ = std::move(prepared.changes.options);
}

bool Reload::run() {
  last_ = std::chrono::steady_clock::now().time_since_epoch();
  auto prepared = prepare();
  if (!prepared) {
    ++failed_;
    last_error_ = prepared.error().message;
    spdlog::error("the configuration is not reloaded and nothing is changed: {}", last_error_);
    return false;
  }
  ++succeeded_;
  last_error_.clear();
  for (const std::string& option : prepared->changes.need_restart)
    spdlog::warn("--{} needs a restart; until then it stays as it was", option);
  apply(*std::move(prepared));
  spdlog::info("the configuration is reloaded");
  return true;
}

void Reload::fill(SelfMetrics& self) const {
  self.reloads = static_cast<double>(succeeded_);
  self.reloads_failed = static_cast<double>(failed_);
  self.reports_lost_at_reload = static_cast<double>(parts_.sinks.lost_reports());
}

void Reload::fill(Status& status) const {
  status.last_reload = last_;
  status.reload_error = last_error_;
}

}  // namespace squid
