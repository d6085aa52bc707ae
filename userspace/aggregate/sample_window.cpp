#include "aggregate/sample_window.h"

#include <algorithm>
#include <cmath>

namespace squid {

void SampleWindow::add(double value) {
  if (skip_ > 0) {
    --skip_;
    return;
  }
  if (samples_.size() == kLimit) thin_out();
  samples_.push_back(value);
  skip_ = stride_ - 1;
}

void SampleWindow::thin_out() {
  for (std::size_t kept = 0; kept < kLimit / 2; ++kept) samples_[kept] = samples_[2 * kept];
  samples_.resize(kLimit / 2);
  stride_ *= 2;
}

std::optional<double> SampleWindow::upper(double percentile) {
  if (samples_.size() == 1) return samples_.front();
  const auto count = static_cast<double>(samples_.size());
  const auto lowest = static_cast<std::size_t>(std::floor(percentile / 100.0 * count + 0.5));
  if (lowest == 0 || lowest > samples_.size()) return std::nullopt;
  const auto nth = samples_.begin() + static_cast<std::ptrdiff_t>(lowest - 1);
  std::nth_element(samples_.begin(), nth, samples_.end());
  return *nth;
}

void SampleWindow::clear() {
  samples_.clear();
  stride_ = 1;
  skip_ = 0;
}

}  // namespace squid
