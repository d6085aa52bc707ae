// SampleWindow: the samples of one flush window, for percentiles. Exact up to kLimit samples; beyond that
// every second one is kept, then every fourth, and so on, so that memory is bounded whatever the intervals
// are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace squid {

class SampleWindow {
 public:
  static constexpr std::size_t kLimit = 4096;

  void add(double value);
  // The largest of the lowest `percentile` percent, as statsd defines it: of the n = round(P/100 * count)
  // lowest samples. Nothing where n is 0. Reorders the samples.
  std::optional<double> upper(double percentile);
  void clear();

 private:
  void thin_out();

  std::vector<double> samples_;
  std::uint32_t stride_ = 1;
  std::uint32_t skip_ = 0;  // samples to pass over before the next one is kept
};

}  // namespace squid
