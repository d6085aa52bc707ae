#include "pipeline/sink_set.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace squid {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPauseBetweenLooks{20};

std::uint64_t waiting_reports(const SinkHealth& health) {
  return health.queued_reports + health.spooled_reports;
}

bool has_nothing_to_deliver(const Sink& sink) {
  return waiting_reports(sink.health()) == 0;
}

// One of its servers may have lost its place.
bool has_place_on_disk(const Sink& sink) {
  return sink.health().keeps_reports ||
         std::ranges::any_of(sink.health_by_server(), [](const auto& s) { return s.second.keeps_reports; });
}

bool holds(const SinkSet::Members& members, const std::shared_ptr<Sink>& sink) {
  return std::ranges::find(members, sink, &SinkSet::Member::sink) != members.end();
}

std::string why_not(const SinkHealth& health) {
  return health.last_error.empty() ? "it did not take them in time" : health.last_error;
}

}  // namespace

Result<SinkSet::Members> SinkSet::prepare(boost::asio::io_context& io, std::vector<SinkPlan> plans) const {
  Members prepared;
  for (SinkPlan& plan : plans) {
    // Without a place on disk two of them may have the same settings.
    const auto running = std::ranges::find_if(members_, [&](const Member& member) {
      return member.plan.has_settings_of(plan) && !holds(prepared, member.sink);
    });
    if (running != members_.end()) {
      prepared.push_back({std::move(plan), running->sink});
      continue;
    }
    auto made = plan.kind->make(plan.config, io);
    if (!made) return Error{fmt::format("--sink {}: {}", plan.text, made.error().message)};
    prepared.push_back({std::move(plan), *std::move(made)});
  }
  return prepared;
}

void SinkSet::replace(Members members) {
  const std::vector<StatNeed> met = needs_of(members_);
  const auto is_met = [&](const StatNeed& need) { return std::ranges::find(met, need) != met.end(); };
  for (Member& member : members) {
    const bool is_new = !holds(members_, member.sink);
    member.skips_first = is_new && !std::ranges::all_of(member.sink->needs(), is_met);
  }
  Members before = std::exchange(members_, std::move(members));
  for (Member& member : before) {
    if (holds(members_, member.sink)) continue;
    member.sink->finish();
    ending_.push_back({std::move(member), Clock::now() + kLongestEnd});
  }
  before.clear();
  end_those_in_the_way();
  end_those_that_are_done();
}

void SinkSet::end(const Member& member) {
  const SinkHealth health = member.sink->health();
  const std::uint64_t lost = member.sink->close();
  if (lost == 0) return;
  lost_reports_ += lost;
  spdlog::warn("{} reports for {}, which is not a sink any more, were neither delivered nor kept on disk: {}",
               lost, member.plan.text, why_not(health));
}

void SinkSet::end_those_in_the_way() {
  std::erase_if(ending_, [this](const Ending& ending) {
    const std::string& directory = ending.member.plan.config.spool.directory;
    const bool is_needed = std::ranges::any_of(
        members_, [&](const Member& member) { return member.plan.config.spool.directory == directory; });
    if (!is_needed || !has_place_on_disk(*ending.member.sink)) return false;
    end(ending.member);
    return true;
  });
}

void SinkSet::end_those_that_are_done() {
  std::erase_if(ending_, [this](const Ending& ending) {
    if (!has_nothing_to_deliver(*ending.member.sink) && Clock::now() < ending.until) return false;
    end(ending.member);
    return true;
  });
  if (ending_.empty()) return;
  timer_.expires_after(kPauseBetweenLooks);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end_those_that_are_done();
  });
}

void SinkSet::deliver(const std::shared_ptr<const Report>& report) {
  for (Member& member : members_)
    if (!std::exchange(member.skips_first, false)) member.sink->deliver(report);
}

std::vector<SelfReport::NamedHealth> SinkSet::health() const {
  std::vector<SelfReport::NamedHealth> health;
  for (const Member& member : members_) health.push_back({member.plan.name, member.sink->health()});
  return health;
}

std::vector<SelfReport::NamedHealth> SinkSet::health_by_server() const {
  std::vector<SelfReport::NamedHealth> rows;
  for (const Member& member : members_) {
    rows.push_back({member.plan.name, member.sink->health(), member.plan.text});
    for (auto& [server, health] : member.sink->health_by_server())
      rows.push_back({"  " + server, std::move(health)});
  }
  return rows;
}

bool SinkSet::is_over() const {
  return !members_.empty() &&
         std::ranges::all_of(members_, [](const Member& m) { return m.sink->health().is_over; });
}

bool SinkSet::is_idle() const {
  return ending_.empty() &&
         std::ranges::all_of(members_, [](const Member& m) { return has_nothing_to_deliver(*m.sink); });
}

void SinkSet::warn_of_faults(std::chrono::nanoseconds steady_now) {
  for (const Member& member : members_) {
    const std::string& name = member.plan.name;
    const SinkHealth health = member.sink->health();
    const auto servers = member.sink->health_by_server();
    if (servers.empty()) warnings_.look(name, health, steady_now);
    for (const auto& [server, its_health] : servers)
      warnings_.look(fmt::format("{} {}", name, server), its_health, steady_now);
    warnings_.look_at_names(name, health, steady_now);
  }
}

void SinkSet::close() {
  const auto close = [](const Member& member) {
    const SinkHealth health = member.sink->health();
    const std::uint64_t waiting = waiting_reports(health);
    const std::uint64_t lost = member.sink->close();
    if (waiting > lost)
      spdlog::warn("{} reports were not delivered to {} and are kept for the next start: {}", waiting - lost,
                   member.plan.name, why_not(health));
    if (lost > 0)
      spdlog::warn("{} reports were not delivered to {}, and there was no place on disk for them: {}", lost,
                   member.plan.name, why_not(health));
  };
  for (const Member& member : members_) close(member);
  for (const Ending& ending : ending_) close(ending.member);
}

std::vector<StatNeed> needs_of(const SinkSet::Members& members) {
  std::vector<StatNeed> needs;
  for (const SinkSet::Member& member : members)
    for (const StatNeed& need : member.sink->needs()) needs.push_back(need);
  return needs;
}

}  // namespace squid
