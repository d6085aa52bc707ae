// NameRules: what containers are called in hierarchical names, by the rules of docker-stats-to-backstop, so
// that its rules and dashboards go on working. Pure.
//
// The first rule whose expression matches anywhere in the name is the one that counts. Where it has an
// "into", each match becomes that, with $1 or ${name} for what a group has matched; what did not match stays.
// Dots of the result, and of a name that no rule matches, separate components. Expressions and "into" mean
// what they mean in Go.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace squid {

class NameRules {
 public:
  static constexpr std::size_t kMostRules = 256;
  static constexpr std::size_t kLongestJsonBytes = 1 << 20;
  static constexpr std::size_t kLongestNameBytes = 4096;

  struct Name {
    std::string text;
    std::string category;  // empty: not counted
  };

  // [{"regexp": "...", "into": "...", "category": "..."}, ...]; all keys may be missing.
  static Result<NameRules> parse(std::string_view json);
  // {"regexp": "...", "into": "..."}, where an empty "into" takes away what matches.
  static Result<NameRules> parse_single(std::string_view json);

  bool empty() const { return rules_.empty(); }
  // A name that would become empty, or longer than the limit, stays as it is.
  Name rewrite(std::string_view name) const;
  // Sorted, each once.
  std::vector<std::string> categories() const;

 private:
  struct Rule {
    std::shared_ptr<const re2::RE2> expression;
    std::string into;
    std::string category;
    bool replaces = true;
  };

  std::vector<Rule> rules_;
};

}  // namespace squid
