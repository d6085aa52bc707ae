#include "statsd/tags.h"

#include <algorithm>

namespace squid::statsd {

bool Tags::read(std::string_view list, char separator, char equals) {
  while (!list.empty()) {
    const std::size_t end = list.find(separator);
    const std::string_view text = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    if (text.empty()) continue;
    const std::size_t sign = text.find(equals);
    const std::string_view name = text.substr(0, sign);
    const std::string_view value = sign == std::string_view::npos ? "" : text.substr(sign + 1);
    if (name.empty() || size_ == kMost) return false;
    tags_[size_++] = {name, value};
  }
  return true;
}

void Tags::append_to(KeyBuffer& key) {
  const auto end = tags_.begin() + static_cast<std::ptrdiff_t>(size_);
  // An insertion sort: stable, without memory of its own, and the tags are few.
  for (auto tag = tags_.begin(); tag != end; ++tag)
    std::rotate(std::upper_bound(tags_.begin(), tag, *tag,
                                 [](const Tag& a, const Tag& b) { return a.name < b.name; }),
                tag, tag + 1);
  for (auto tag = tags_.begin(); tag != end; ++tag) {
    if (tag + 1 != end && (tag + 1)->name == tag->name) continue;
    key.put(';');
    key.put_clean(tag->name, "", '-');
    key.put('=');
    const std::size_t before = key.text().size();
    key.put_clean(tag->value, ":@+%", '-');
    if (key.text().size() == before)
      for (const char c : std::string_view("true")) key.put(c);
  }
}

}  // namespace squid::statsd
