// Registry<T>: the kinds of sinks, sources and resolvers that were linked in. Each registers itself with one
// static object in its own file; `squid-bpf list` prints them all.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace squid {

template <typename Kind>
class Registry {
 public:
  // Sorted by name, so that the order does not depend on the linker.
  static std::vector<const Kind*> all() {
    std::vector<const Kind*> kinds;
    for (const Kind& kind : storage()) kinds.push_back(&kind);
    std::sort(kinds.begin(), kinds.end(), [](const Kind* a, const Kind* b) { return a->name < b->name; });
    return kinds;
  }
  static const Kind* find(std::string_view name) {
    for (const Kind& kind : storage())
      if (kind.name == name) return &kind;
    return nullptr;
  }

  // Declare one of these at namespace scope to register a kind.
  struct Entry {
    explicit Entry(Kind kind) { storage().push_back(std::move(kind)); }
  };

 private:
  static std::vector<Kind>& storage() {
    static std::vector<Kind> kinds;
    return kinds;
  }
};

}  // namespace squid
