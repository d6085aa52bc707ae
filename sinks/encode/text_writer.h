// TextWriter: gathers short pieces in a block that stays in the CPU's cache, and appends them to a string by
// the block. The encoders write millions of pieces; one string::append for each would take half of their
// time. A piece may be any bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "sinks/encode/number.h"

namespace squid {

class TextWriter {
 public:
  // `out` has everything at each flush(), and once the writer is gone.
  explicit TextWriter(std::string& out) : out_(out) {}
  ~TextWriter() { flush(); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  void put(std::string_view text) {
    if (text.size() > block_.size() - used_) return put_beyond(text);
    std::memcpy(block_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }

  // `value` is finite.
  void put_number(double value) {
    if (kNumberLength > block_.size() - used_) flush();
    used_ = static_cast<std::size_t>(write_number(block_.data() + used_, value) - block_.data());
  }

  void flush() {
    out_.append(block_.data(), used_);
    used_ = 0;
  }

 private:
  // Apart, so that put() is small enough to be inlined.
  [[gnu::noinline]] void put_beyond(std::string_view text) {
    flush();
    if (text.size() > block_.size())
      out_.append(text);
    else
      put(text);
  }

  std::string& out_;
  std::size_t used_ = 0;
  std::array<char, 8192> block_;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
};

}  // namespace squid
