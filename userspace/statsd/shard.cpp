#include "statsd/shard.h"

#include <ctime>
#include <limits>

#include "statsd/packet_lines.h"

namespace squid::statsd {
namespace {

// Then they are nobody: their values count all the same.
constexpr std::size_t kMostAccounts = 16384;
// What a sender may say about itself; beyond, it is one claim.
constexpr std::size_t kMostClaims = 64;
constexpr std::size_t kLongestClaim = 128;
// No container has that id: all but one of them are false.
const std::string kManyClaims = "?";

// Without a system call, as good as the last timer tick.
std::int64_t coarse_time_s() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

// A shard is told either of cgroups or of origins, never of both.
std::uint64_t number_of(const Sender& sender) {
  return sender.origin ? reinterpret_cast<std::uintptr_t>(sender.origin.get()) : sender.cgroup;
}

}  // namespace

void Shard::Counts::add(const Counts& other) {
  packets += other.packets;
  lines += other.lines;
  accepted += other.accepted;
  refused += other.refused;
  limited += other.limited;
  announced += other.announced;
  for (std::size_t i = 0; i < bad.size(); ++i) bad[i] += other.bad[i];
}

void Shard::change(const Settings& settings) {
  parser_ = LineParser(settings.dialect);
  room_.most_keys = settings.most_keys;
  container_keys_ = settings.container_keys == 0 ? settings.most_keys : settings.container_keys;
  container_values_ =
      settings.container_values == 0 ? std::numeric_limits<std::uint64_t>::max() : settings.container_values;
}

Shard::Account& Shard::account_of(const Sender& sender) {
  if (const auto known = accounts_.find(number_of(sender)); known != accounts_.end()) return known->second;
  const Sender anew = accounts_.size() < kMostAccounts ? sender : Sender{};
  if (anew.cgroup != 0 && on_new_sender_) on_new_sender_(anew.cgroup);
  return accounts_.try_emplace(number_of(anew), room_, anew).first->second;
}

void Shard::take(std::string_view packet, const Sender& sender) {
  Account& account = account_of(sender);
  ++account.counts.packets;
  last_packet_s_ = coarse_time_s();
  for_each_line(packet, [&](std::string_view line) { take_line(line, account); });
}

void Shard::take_line(std::string_view line, Account& account) {
  ++account.counts.lines;
  parser_.begin(line);
  if (const auto& claim = parser_.claim(); !claim.container_id.empty())
    note_claim(claim.container_id, account);
  for (;;) {
    switch (parser_.next()) {
      case LineParser::Outcome::kEnd:
        return;
      case LineParser::Outcome::kValue:
        add(parser_.value(), account);
        break;
      case LineParser::Outcome::kBad:
        ++account.counts.bad[static_cast<std::size_t>(parser_.bad())];
        break;
      case LineParser::Outcome::kAnnouncement:
        ++account.counts.announced;
        break;
    }
  }
}

void Shard::add(const Value& value, Account& account) {
  const bool is_limited = account.sender.is_known();
  Counts& counts = account.counts;
  if (is_limited && counts.accepted >= container_values_)
    ++counts.limited;
  else
    ++(account.tally.add(value, is_limited ? container_keys_ : room_.most_keys) ? counts.accepted
                                                                                : counts.refused);
}

void Shard::note_claim(std::string_view container_id, Account& account) {
  container_id = container_id.substr(0, kLongestClaim);
  const auto known = account.claims.find(container_id);
  if (known != account.claims.end()) return void(++known->second);
  ++account.claims[account.claims.size() < kMostClaims ? std::string(container_id) : kManyClaims];
}

void Shard::drop(BadLine reason, const Sender& sender) {
  Account& account = account_of(sender);
  ++account.counts.lines;
  ++account.counts.bad[static_cast<std::size_t>(reason)];
}

void Shard::begin_anew() {
  boost::unordered::erase_if(accounts_, [](auto& entry) {
    Account& account = entry.second;
    // The tally of nobody in particular stays: it is wanted again.
    const bool is_idle = account.counts.lines == 0 && account.sender.is_known();
    account.counts = {};
    account.claims.clear();
    account.tally.begin_anew();
    if (is_idle) account.tally.leave();
    return is_idle;
  });
}

}  // namespace squid::statsd
