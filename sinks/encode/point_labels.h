// PointLabels: the text of metric and stat, which is the same for every container. Points of one series stand
// at the same place in most subjects of a report, so the text made for the subject before is nearly always
// right.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/report.h"

namespace squid {

// For the length of one encode(): it trusts that a metric's address means the same metric.
template <typename Make>
class PointLabels {
 public:
  using Text = std::invoke_result_t<Make, const Point&>;

  // `make` renders the text of one point, its value aside.
  explicit PointLabels(Make make) : make_(std::move(make)) {}

  // Of the point at `position` of its subject. Valid until the next call.
  const Text& at(std::size_t position, const Point& point) {
    if (position >= labels_.size()) labels_.resize(position + 1);
    Label& label = labels_[position];
    if (label.metric != point.metric || label.stat != point.stat || label.percentile != point.percentile)
      label = {point.metric, point.stat, point.percentile, make_(point)};
    return label.text;
  }

 private:
  struct Label {
    const MetricInfo* metric = nullptr;
    Stat stat{};
    std::uint8_t percentile = 0;
    Text text;
  };

  Make make_;
  std::vector<Label> labels_;
};

}  // namespace squid
