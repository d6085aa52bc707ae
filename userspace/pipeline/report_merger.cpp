#include "pipeline/report_merger.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace squid {
namespace {

bool is_of_one_series(const Point& left, const Point& right) {
  return left.metric == right.metric && left.stat == right.stat && left.percentile == right.percentile;
}

double merged(Stat stat, double before, double before_s, double now, double now_s) {
  if (!std::isfinite(now)) return before;
  if (!std::isfinite(before)) return now;
  switch (stat) {
    case Stat::kMean:
      return before_s + now_s > 0 ? (before * before_s + now * now_s) / (before_s + now_s) : now;
    case Stat::kLower:
      return std::min(before, now);
    case Stat::kUpper:
    case Stat::kUpperPercentile:
      return std::max(before, now);
    case Stat::kCount:
      return before + now;
    default:
      return now;
  }
}

std::string key_of(const Container* container) {
  if (container == nullptr) return {};
  return std::string(group_kind_name(container->group)).append(":").append(container->id);
}

bool is_of_statsd(const Subject& subject) {
  return !subject.container && subject.names;
}

}  // namespace

void ReportMerger::merge(const std::vector<Point>& points, double seconds, Values& into) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    // Mostly where it was in the report before.
    std::size_t at = i;
    if (at >= into.points.size() || !is_of_one_series(into.points[at], point))
      at = static_cast<std::size_t>(
          std::ranges::find_if(into.points, [&](const Point& p) { return is_of_one_series(p, point); }) -
          into.points.begin());
    if (at == into.points.size()) {
      into.points.push_back(point);
      into.seconds.push_back(seconds);
      continue;
    }
    Point& sum = into.points[at];
    sum.value = merged(point.stat, sum.value, into.seconds[at], point.value, seconds);
    into.seconds[at] += seconds;
  }
}

ReportMerger::Part& ReportMerger::part_of(const Subject& subject) {
  const auto [found, is_new] = part_by_key_.try_emplace(key_of(subject.container.get()), parts_.size());
  if (is_new) parts_.emplace_back();
  return parts_[found->second];
}

void ReportMerger::add(const std::shared_ptr<const Report>& report) {
  for (const Subject& subject : report->subjects) {
    if (is_of_statsd(subject)) continue;
    Part& part = part_of(subject);
    part.container = subject.container;
    part.prefix = subject.prefix;
    part.host = subject.host;
    merge(subject.points, report->interval_s, part.points);
    merge(subject.extras, report->interval_s, part.extras);
  }
  events_.insert(events_.end(), report->events.begin(), report->events.end());
  interval_s_ += report->interval_s;
  newest_ = report;
}

std::shared_ptr<const Report> ReportMerger::take() {
  if (!newest_) return nullptr;
  auto report = std::make_shared<Report>();
  report->time_s = newest_->time_s;
  report->interval_s = std::exchange(interval_s_, 0);
  report->host = newest_->host;
  report->facts = newest_->facts;
  report->percentiles = newest_->percentiles;
  report->events = std::exchange(events_, {});
  for (Part& part : parts_)
    report->subjects.push_back({.container = std::move(part.container),
                                .points = std::move(part.points.points),
                                .extras = std::move(part.extras.points),
                                .prefix = std::move(part.prefix),
                                .host = std::move(part.host)});
  std::ranges::copy_if(newest_->subjects, std::back_inserter(report->subjects), is_of_statsd);
  parts_.clear();
  part_by_key_.clear();
  newest_.reset();
  return report;
}

}  // namespace squid
