// TimerValues: what a timer took during one window. Every value is kept up to a number of them; from then on
// only how many fell into each of many buckets, the bounds of which are 1 % apart. Then a percentile is off
// by at most 1 % of itself; count, sum, lower and upper stay exact.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace squid::statsd {

class TimerValues {
 public:
  static constexpr std::size_t kMostExact = 16384;

  // Returns how many more values are kept one by one.
  std::ptrdiff_t add(double value) {
    if (sketch_) {
      sketch_->add(value);
      return 0;
    }
    values_.push_back(value);
    // Of many timers none has its next piece of memory in a cache, and waiting for it would take as long as
    // all the rest.
    __builtin_prefetch(values_.data() + values_.size() + kAhead, 1);
    return values_.size() <= kMostExact ? 1 : sketch_all();
  }
  // All that the other one has, which is left with anything.
  void merge(TimerValues& other);
  // From now on only buckets, whatever it holds.
  void sketch();
  // To be called once all is added and before the rest is asked.
  void sort();
  void clear();

  std::size_t count() const { return exact() ? values_.size() : sketch_->count; }
  // Those that are kept one by one.
  const std::vector<double>& values() const { return values_; }
  std::size_t kept() const { return values_.size(); }
  bool exact() const { return sketch_ == nullptr; }

  // The smallest has rank 1. There are values.
  double at_rank(std::size_t rank) const;
  struct Sums {
    double sum = 0;
    double sum_squares = 0;
  };
  // Of the lowest `number` of them.
  Sums lowest(std::size_t number) const;
  // Population standard deviation.
  double deviation() const;
  // How many of them are below `bound`.
  std::size_t below(double bound) const;

 private:
  struct Bucket {
    std::size_t count = 0;
    double sum = 0;
    double sum_squares = 0;
  };

  struct Sketch {
    void add(double value);

    std::map<int, Bucket> buckets;  // by index, which orders as the values do
    std::size_t count = 0;
    double lower = 0;
    double upper = 0;
  };

  static constexpr std::size_t kAhead = 8;  // values in a line of a cache

  std::ptrdiff_t sketch_all();

  // Small, for there are many of them, and each value touches one.
  std::vector<double> values_;
  std::unique_ptr<Sketch> sketch_;  // instead of them
  std::vector<Sums> running_;       // of values_, made by sort()
};

}  // namespace squid::statsd
