// Any bytes as rules and as a pattern, applied to any name: the one before the first line break.
#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "resolvers/container_selection.h"
#include "resolvers/name_rules.h"

using namespace squid;

namespace {

void check_rules(const Result<NameRules>& rules, std::string_view name) {
  if (!rules) {
    require(!rules.error().message.empty());
    return;
  }
  const NameRules::Name rewritten = rules->rewrite(name);
  require(rewritten.text.empty() == name.empty() || !rewritten.text.empty());
  require(rewritten.text.size() <= std::max(name.size(), NameRules::kLongestNameBytes));
  const auto categories = rules->categories();
  require(rewritten.category.empty() ||
          std::find(categories.begin(), categories.end(), rewritten.category) != categories.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string input(data, data + size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string name = input.substr(0, end);
  const std::string text = input.substr(std::min(end + 1, input.size()));
  check_rules(NameRules::parse(text), name);
  check_rules(NameRules::parse_single(text), name);

  Container container;
  container.name = name;
  container.labels["tier"] = name;
  const auto pattern = ContainerPattern::parse(text);
  require(pattern ? pattern->matches(container) || !pattern->matches(container)
                  : !pattern.error().message.empty());
  return 0;
}
