#include "aggregate/member_sums.h"

#include <algorithm>
#include <utility>

namespace squid {
namespace {

constexpr double kSecondsPerNs = 1e-9;

bool is_counter(const StatColumn& column) {
  return column.metric->kind == MetricKind::kCounter;
}

// A sum has no number of the kernel's own, and sinks that need more than ships know nothing of groups.
std::vector<StatColumn> columns_of_sums(std::vector<StatColumn> columns) {
  for (StatColumn& column : columns) {
    column.stats.remove(Stat::kRaw);
    column.extras = {};
  }
  return columns;
}

}  // namespace

MemberSums::MemberSums(const SlotStatistics& of_members)
    : statistics_(columns_of_sums(of_members.columns()), of_members.percentiles()),
      values_(of_members.columns().size()) {}

void MemberSums::begin_pass(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  if (last_pass_ns_ == 0) last_pass_ns_ = window_began_ns_ = now_ns;
}

MemberSums::Index MemberSums::found(const std::shared_ptr<const Container>& identity) {
  auto group = static_cast<Index>(groups_.size());
  if (free_.empty()) {
    groups_.emplace_back();
  } else {
    group = free_.back();
    free_.pop_back();
  }
  groups_[group] = {.identity = identity};
  by_identity_[identity.get()] = group;
  statistics_.ensure(group);
  sums_.resize(groups_.size() * values_.size());
  told_ns_.resize(groups_.size() * values_.size());
  std::fill_n(told_ns_.begin() + first_of(group), values_.size(), last_pass_ns_);
  return group;
}

void MemberSums::follow(Slot member, const Container& container, const SlotStatistics& of_members) {
  const bool was_member = member < group_of_.size() && group_of_[member] != kNone;
  const bool is_member = container.project && container.selected;
  if (was_member && is_member && groups_[group_of_[member]].identity == container.project) return;
  leave(member);
  if (!is_member) return;

  const auto known = by_identity_.find(container.project.get());
  const bool is_new = known == by_identity_.end();
  const Index group = is_new ? found(container.project) : known->second;
  if (member >= group_of_.size()) group_of_.resize(member + std::size_t{1}, kNone);
  group_of_[member] = group;
  ++groups_[group].members;
  take_over(group, is_new, member, of_members);
}

// It was a member before that was known. To a new group it is the first sample; in one that has samples
// already it must not make one larger than the others.
void MemberSums::take_over(Index group, bool is_new, Slot member, const SlotStatistics& of_members) {
  double longest = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    values_[i] = {};
    const SlotStatistics::Growth so_far = of_members.growth(member, i);
    if (!of_members.columns()[i].adds_up || so_far.seconds == 0) continue;
    longest = std::max(longest, so_far.seconds);
    if (is_new)
      values_[i] = {.value = so_far.sum / so_far.seconds, .growth = so_far.growth, .seconds = so_far.seconds};
    else
      statistics_.credit(group, i, so_far);
  }
  if (!is_new) return;
  statistics_.add(group, values_);
  const auto began_ns = last_pass_ns_ - static_cast<std::uint64_t>(longest / kSecondsPerNs);
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (!values_[i].has_value()) told_ns_[group * values_.size() + i] = began_ns;
}

void MemberSums::leave(Slot member) {
  if (member >= group_of_.size() || group_of_[member] == kNone) return;
  --groups_[std::exchange(group_of_[member], kNone)].members;
}

void MemberSums::add_to(Index group, std::span<const MetricValue> values, bool lives) {
  Sum* sums = &sums_[group * values_.size()];
  bool tells = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const MetricValue& value = values[i];
    if (!value.has_value()) continue;
    tells = true;
    const StatColumn& column = statistics_.columns()[i];
    if (!column.adds_up || !(lives || is_counter(column))) continue;
    sums[i].value += is_counter(column) ? value.value * value.seconds : value.value;
    sums[i].growth += value.growth;
    sums[i].seconds = std::max(sums[i].seconds, value.seconds);
    ++sums[i].members;
  }
  if (lives && tells) ++groups_[group].sampled;
}

MetricValue MemberSums::compute(Index group, std::size_t column) {
  Sum& sum = sums_[group * values_.size() + column];
  if (sum.members == 0) return {};
  if (!is_counter(statistics_.columns()[column])) {
    const Sum whole = std::exchange(sum, {});
    return whole.members == groups_[group].sampled ? MetricValue{.value = whole.value} : MetricValue{};
  }
  std::uint64_t& told_ns = told_ns_[group * values_.size() + column];
  // What nobody told for long, as a network that no member had, does not stretch what is told now.
  const double since_told = static_cast<double>(now_ns_ - told_ns) * kSecondsPerNs;
  const double in_window = static_cast<double>(now_ns_ - window_began_ns_) * kSecondsPerNs;
  const double seconds = std::min(since_told, std::max(sum.seconds, in_window));
  if (seconds <= 0) return {};
  told_ns = now_ns_;
  const Sum whole = std::exchange(sum, {});
  return {.value = whole.value / seconds, .growth = whole.growth, .seconds = seconds};
}

void MemberSums::end_pass() {
  for (Index group = 0; group < groups_.size(); ++group) {
    if (!groups_[group].identity) continue;
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = compute(group, i);
    statistics_.add(group, values_);
    groups_[group].sampled = 0;
  }
  last_pass_ns_ = now_ns_;
}

void MemberSums::flush(std::vector<Subject>& out) {
  for (Index group = 0; group < groups_.size(); ++group) {
    if (!groups_[group].identity) continue;
    Subject subject{.container = groups_[group].identity, .points = {}};
    statistics_.take(group, subject);
    if (!subject.points.empty()) out.push_back(std::move(subject));
    if (groups_[group].members > 0) continue;
    forget(group);
  }
  window_began_ns_ = last_pass_ns_;
}

void MemberSums::forget(Index group) {
  by_identity_.erase(groups_[group].identity.get());
  groups_[group] = {};
  free_.push_back(group);
  statistics_.clear(group);
  std::fill_n(sums_.begin() + first_of(group), values_.size(), Sum{});
}

}  // namespace squid
