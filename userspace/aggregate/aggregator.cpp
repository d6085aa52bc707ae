#include "aggregate/aggregator.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/merged_points.h"

namespace squid {
namespace {

bool is_told(const Subject& subject) {
  return subject.container->selected && !(subject.points.empty() && subject.extras.empty());
}

void merge(const Subject& older, Subject& newer) {
  for (std::vector<Point> Subject::*points : {&Subject::points, &Subject::extras}) {
    MergedPoints both;
    both.add(older.*points, older.measured_s);
    both.add(newer.*points, newer.measured_s);
    newer.*points = both.take();
  }
  newer.measured_s += older.measured_s;
  newer.began_ns = older.began_ns;
}

// A container that ended and was started again is one: its series have one name, and a place for one value.
// Under another name it has others. The first `departed` are those that ended, in this order.
void join_lives(std::vector<Subject>& subjects, std::size_t departed) {
  if (departed == 0) return;
  using Key = std::tuple<GroupKind, std::string_view, std::string_view>;
  boost::unordered_flat_map<Key, std::size_t> newest;
  for (std::size_t i = subjects.size(); i-- > 0;) {
    const Container& container = *subjects[i].container;
    const auto [life, is_newest] = newest.try_emplace({container.group, container.id, container.name}, i);
    if (is_newest || i >= departed) continue;
    merge(subjects[i], subjects[life->second]);
    subjects[i].container = nullptr;
  }
  std::erase_if(subjects, [](const Subject& subject) { return subject.container == nullptr; });
}

}  // namespace

Aggregator::Aggregator(std::vector<Column> columns, std::vector<double> percentiles,
                       std::vector<DetailSource*> details)
    : statistics_(std::move(columns), std::move(percentiles)),
      sums_(statistics_),
      details_(std::move(details)) {}

void Aggregator::add(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
                     std::span<const MetricValue> values) {
  occupy(slot, container);
  statistics_.add(slot, values);
  sums_.add(slot, values);
}

void Aggregator::add_last(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
                          std::span<const MetricValue> values) {
  occupy(slot, container);
  statistics_.add_last(slot, values);
  sums_.add_last(slot, values);
}

void Aggregator::occupy(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container) {
  if (slot >= containers_.size()) {
    containers_.resize(slot + std::size_t{1});
    statistics_.ensure(slot);
  }
  if (containers_[slot] == container) return;
  containers_[slot] = container;
  sums_.follow(slot, *container, statistics_);
}

void Aggregator::begin(CgroupRoster::Slot slot) {
  if (slot >= began_ns_.size()) began_ns_.resize(slot + std::size_t{1});
  began_ns_[slot] = now_ns_;
}

void Aggregator::rename(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container) {
  if (slot < containers_.size() && containers_[slot]) occupy(slot, container);
}

Subject Aggregator::take(CgroupRoster::Slot slot) {
  Subject subject{.container = containers_[slot], .points = {}};
  if (slot < began_ns_.size()) subject.began_ns = std::exchange(began_ns_[slot], 0);
  statistics_.take(slot, subject);
  for (DetailSource* details : details_) details->append_points(slot, subject.points);
  return subject;
}

void Aggregator::depart(CgroupRoster::Slot slot) {
  if (slot >= containers_.size() || !containers_[slot]) return;
  Subject subject = take(slot);
  subject.ended_ns = now_ns_;
  if (is_told(subject)) departed_.push_back(std::move(subject));
  containers_[slot].reset();
  sums_.leave(slot);
}

std::vector<Subject> Aggregator::flush() {
  std::vector<Subject> subjects = std::exchange(departed_, {});
  const std::size_t departed = subjects.size();
  for (CgroupRoster::Slot slot = 0; slot < containers_.size(); ++slot) {
    if (!containers_[slot]) continue;
    Subject subject = take(slot);
    if (is_told(subject)) subjects.push_back(std::move(subject));
  }
  while (!containers_.empty() && !containers_.back()) containers_.pop_back();
  if (began_ns_.size() > containers_.size()) began_ns_.resize(containers_.size());
  statistics_.end_at(static_cast<CgroupRoster::Slot>(containers_.size()));
  join_lives(subjects, departed);
  sums_.flush(subjects);
  return subjects;
}

}  // namespace squid
