#include "pipeline/naming.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace squid {
namespace {

ContainerDirectory::Mode mode_of(CgroupChoice choice) {
  switch (choice) {
    case CgroupChoice::kContainers:
      return ContainerDirectory::Mode::kContainers;
    case CgroupChoice::kAll:
      return ContainerDirectory::Mode::kAll;
    case CgroupChoice::kNone:
      return ContainerDirectory::Mode::kNone;
  }
  return ContainerDirectory::Mode::kContainers;
}

Result<std::string> read_rules_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(NameRules::kLongestJsonBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file && !file.eof())) return errno_error("--rules-file " + path, errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// An option that tells rules, and what it says; two empty texts without one.
struct RulesText {
  std::string option;
  std::string json;
  bool is_single = false;  // one rule, as --prefix takes it
};

Result<RulesText> read_rules(const Options::Selection& options) {
  if (!options.prefix_rule.empty()) return RulesText{"--prefix", options.prefix_rule, true};
  if (!options.rules.empty()) return RulesText{"--rules", options.rules};
  if (options.rules_file.empty()) return RulesText{};
  auto json = read_rules_file(options.rules_file);
  if (!json) return json.error();
  return RulesText{"--rules-file " + options.rules_file, *std::move(json)};
}

Result<NameRules> parse_rules(const RulesText& text) {
  if (text.option.empty()) return NameRules();
  auto rules = text.is_single ? NameRules::parse_single(text.json) : NameRules::parse(text.json);
  if (!rules) return Error{fmt::format("{} {}", text.option, rules.error().message)};
  return rules;
}

// What ends each part stands in none of them.
std::string join_parts(const Options& options, const RulesText& rules) {
  std::string text = fmt::format("{}\n{}\n", static_cast<int>(options.cgroups), rules.is_single);
  for (const auto& pattern : options.selection.include) text += fmt::format("+{}{}", pattern, '\0');
  for (const auto& pattern : options.selection.exclude) text += fmt::format("-{}{}", pattern, '\0');
  return text + rules.json;
}

GroupChoice groups_of(const Options& options) {
  const auto has = [&](std::string_view kind) { return std::ranges::count(options.groups, kind) != 0; };
  return {.pods = has(group_kind_name(GroupKind::kPod)),
          .slices = has(group_kind_name(GroupKind::kSlice)),
          .projects = has(group_kind_name(GroupKind::kCompose))};
}

}  // namespace

Result<ContainerDirectory::Policy> read_policy(const Options& options) {
  auto selection = ContainerSelection::parse(options.selection.include, options.selection.exclude);
  if (!selection) return selection.error();
  const auto rules_text = read_rules(options.selection);
  if (!rules_text) return rules_text.error();
  auto rules = parse_rules(*rules_text);
  if (!rules) return rules.error();
  return ContainerDirectory::Policy{.mode = mode_of(options.cgroups),
                                    .selection = *std::move(selection),
                                    .rules = *std::move(rules),
                                    .groups = groups_of(options),
                                    .text = join_parts(options, *rules_text)};
}

std::map<std::string, double> count_categories(const NameRules& rules,
                                               std::span<const CgroupRoster::Entry> entries) {
  std::map<std::string, double> counts;
  for (const std::string& category : rules.categories()) counts[category] = 0;
  for (const CgroupRoster::Entry& entry : entries)
    if (entry.container && entry.container->selected && !entry.container->category.empty())
      ++counts[entry.container->category];
  return counts;
}

}  // namespace squid
