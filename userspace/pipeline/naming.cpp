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

Result<NameRules> read_rules(const Options::Selection& options) {
  const auto named = [](std::string_view option, Result<NameRules> rules) -> Result<NameRules> {
    if (!rules) return Error{fmt::format("{} {}", option, rules.error().message)};
    return rules;
  };
  if (!options.prefix_rule.empty()) return named("--prefix", NameRules::parse_single(options.prefix_rule));
  if (!options.rules.empty()) return named("--rules", NameRules::parse(options.rules));
  if (options.rules_file.empty()) return NameRules();
  const auto text = read_rules_file(options.rules_file);
  if (!text) return text.error();
  return named("--rules-file " + options.rules_file, NameRules::parse(*text));
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
  auto rules = read_rules(options.selection);
  if (!rules) return rules.error();
  return ContainerDirectory::Policy{.mode = mode_of(options.cgroups),
                                    .selection = *std::move(selection),
                                    .rules = *std::move(rules),
                                    .groups = groups_of(options)};
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
