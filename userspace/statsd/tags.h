// Tags: the tags of one line in whatever form it has them, written behind its key in graphite's:
// `;name=value`, sorted by name, for "a;x=1;y=2" and "a;y=2;x=1" are one series.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "statsd/key_buffer.h"

namespace squid::statsd {

class Tags {
 public:
  // More in one line are refused.
  static constexpr std::size_t kMost = 32;

  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  // "x:1,y" (DogStatsD) or "x=1,y=2" (all others). False: too many, or one without a name. A tag without a
  // value, which graphite does not know, gets the value "true".
  bool read(std::string_view list, char separator, char equals);
  // Of several tags with one name the last counts.
  void append_to(KeyBuffer& key);

 private:
  struct Tag {
    std::string_view name;
    std::string_view value;
  };
  std::array<Tag, kMost> tags_;
  std::size_t size_ = 0;
};

}  // namespace squid::statsd
