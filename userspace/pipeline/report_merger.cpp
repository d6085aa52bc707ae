#include "pipeline/report_merger.h"

#include <algorithm>
#include <utility>

namespace squid {
namespace {

std::string key_of(const Container* container) {
  if (container == nullptr) return {};
  return std::string(group_kind_name(container->group)).append(":").append(container->id);
}

bool is_of_statsd(const Subject& subject) {
  return !subject.container && subject.names;
}

}  // namespace

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
    part.measured_s += subject.measured_s;
    if (part.began_ns == 0) part.began_ns = subject.began_ns;
    part.ended_ns = subject.ended_ns;
    part.points.add(subject.points, report->interval_s);
    part.extras.add(subject.extras, report->interval_s);
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
                                .points = part.points.take(),
                                .extras = part.extras.take(),
                                .measured_s = part.measured_s,
                                .prefix = std::move(part.prefix),
                                .host = std::move(part.host),
                                .began_ns = part.began_ns,
                                .ended_ns = part.ended_ns});
  std::ranges::copy_if(newest_->subjects, std::back_inserter(report->subjects), is_of_statsd);
  parts_.clear();
  part_by_key_.clear();
  newest_.reset();
  return report;
}

}  // namespace squid
