#include "resolvers/name_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "resolvers/json_object.h"

namespace squid {
namespace {

constexpr std::int64_t kLargestRegexpBytes = 1 << 20;

using Groups = std::vector<re2::StringPiece>;

struct RuleTexts {
  std::string regexp;
  std::string into;
  std::string category;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

Result<RuleTexts> parse_rule(const boost::json::value& value) {
  const boost::json::object* object = value.if_object();
  if (object == nullptr) return Error{"is no object; write {\"regexp\": \"...\", \"into\": \"...\"}"};
  RuleTexts texts;
  for (const auto& [key, text] : *object) {
    const std::string known = lower(key);
    std::string* target = known == "regexp"     ? &texts.regexp
                          : known == "into"     ? &texts.into
                          : known == "category" ? &texts.category
                                                : nullptr;
    if (target == nullptr)
      return Error{
          fmt::format("has a key \"{}\"; there are regexp, into and category", std::string_view(key))};
    if (!text.is_string()) return Error{fmt::format("has a \"{}\" that is no text", known)};
    *target = std::string(text.get_string());
  }
  if (texts.category == "total")
    return Error{"has the category \"total\", which is the number of all containers"};
  return texts;
}

Result<std::shared_ptr<const RE2>> compile(const std::string& regexp) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kLargestRegexpBytes);
  auto compiled = std::make_shared<const RE2>(regexp, options);
  if (!compiled->ok()) return Error{fmt::format("has a bad regexp '{}': {}", regexp, compiled->error())};
  return compiled;
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The number of the group "1" or "name"; nothing where there is none.
std::optional<std::size_t> find_group(const RE2& expression, const std::string& name) {
  const bool is_number =
      std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) && name.size() < 9;
  if (is_number && (name == "0" || name.front() != '0')) return std::stoul(name);
  const auto& names = expression.NamedCapturingGroups();
  const auto found = names.find(name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found->second);
}

// "1" of "1.x", "one" of "{one}x"; takes it away. Nothing where no name follows the "$".
std::optional<std::string> take_group_name(std::string_view& text) {
  const std::size_t brace = text.starts_with('{') ? 1 : 0;
  std::size_t end = brace;
  while (end < text.size() && is_word_character(text[end])) ++end;
  if (end == brace || (brace == 1 && !text.substr(end).starts_with('}'))) return std::nullopt;
  std::string name(text.substr(brace, end - brace));
  text.remove_prefix(end + brace);
  return name;
}

void append_expanded(std::string& out, std::string_view into, const RE2& expression, const Groups& groups) {
  while (!into.empty()) {
    const std::size_t dollar = into.find('$');
    out.append(into.substr(0, dollar));
    if (dollar == std::string_view::npos) return;
    into.remove_prefix(dollar + 1);
    if (into.starts_with('$')) {
      out += '$';
      into.remove_prefix(1);
      continue;
    }
    const auto name = take_group_name(into);
    if (!name) {
      out += '$';
      continue;
    }
    const auto group = find_group(expression, *name);
    if (group && *group < groups.size()) out.append(groups[*group].data(), groups[*group].size());
  }
}

std::size_t character_length(std::string_view text) {
  std::size_t length = text.empty() ? 0 : 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

// An empty match behind another match is none, and what did not match stays.
std::string replace_all(std::string_view name, const RE2& expression, std::string_view into) {
  Groups groups(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  std::string out;
  std::size_t copied = 0;
  for (std::size_t from = 0; from <= name.size() && out.size() <= NameRules::kLongestNameBytes;) {
    if (!expression.Match(name, from, name.size(), RE2::UNANCHORED, groups.data(),
                          static_cast<int>(groups.size())))
      break;
    const auto begin = static_cast<std::size_t>(groups[0].data() - name.data());
    const std::size_t end = begin + groups[0].size();
    out.append(name.substr(copied, begin - copied));
    if (end > copied || begin == 0) append_expanded(out, into, expression, groups);
    copied = end;
    from = end > from ? end : from + std::max<std::size_t>(1, character_length(name.substr(from)));
  }
  return out.append(name.substr(copied));
}

}  // namespace

Result<NameRules> NameRules::parse(std::string_view json) {
  if (json.size() > kLongestJsonBytes) return Error{"is longer than 1 MiB"};
  const auto document = parse_json(json);
  if (!document) return document.error();
  const boost::json::array* array = document->if_array();
  if (array == nullptr) return Error{"is no list of rules; write [{\"regexp\": \"...\", \"into\": \"...\"}]"};
  if (array->size() > kMostRules)
    return Error{fmt::format("has {} rules; there may be {}", array->size(), kMostRules)};
  NameRules result;
  for (const boost::json::value& value : *array) {
    const auto in_rule = [&result](const Error& error) {
      return Error{fmt::format("rule {} {}", result.rules_.size() + 1, error.message)};
    };
    auto texts = parse_rule(value);
    if (!texts) return in_rule(texts.error());
    auto expression = compile(texts->regexp);
    if (!expression) return in_rule(expression.error());
    const bool replaces = !texts->into.empty();
    result.rules_.push_back({*expression, std::move(texts->into), std::move(texts->category), replaces});
  }
  return result;
}

Result<NameRules> NameRules::parse_single(std::string_view json) {
  auto rules = parse(fmt::format("[{}]", json));
  if (!rules) return rules;
  if (rules->rules_.size() != 1) return Error{"is more than one rule"};
  rules->rules_.front().replaces = true;
  return rules;
}

NameRules::Name NameRules::rewrite(std::string_view name) const {
  for (const Rule& rule : rules_) {
    if (!RE2::PartialMatch(name, *rule.expression)) continue;
    std::string text(name);
    if (rule.replaces) text = replace_all(name, *rule.expression, rule.into);
    if (text.empty() || text.size() > kLongestNameBytes) text = name;
    return {std::move(text), rule.category};
  }
  return {std::string(name), {}};
}

std::vector<std::string> NameRules::categories() const {
  std::vector<std::string> categories;
  for (const Rule& rule : rules_)
    if (!rule.category.empty()) categories.push_back(rule.category);
  std::ranges::sort(categories);
  categories.erase(std::unique(categories.begin(), categories.end()), categories.end());
  return categories;
}

}  // namespace squid
