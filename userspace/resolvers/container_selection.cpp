#include "resolvers/container_selection.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace squid {
namespace {

constexpr std::int64_t kLargestPatternBytes = 1 << 20;

std::string glob_to_expression(std::string_view glob) {
  std::string expression;
  for (const char c : glob) {
    if (c == '*')
      expression += ".*";
    else if (c == '?')
      expression += '.';
    else
      expression += RE2::QuoteMeta(std::string_view(&c, 1));
  }
  return expression;
}

Result<std::shared_ptr<const RE2>> compile(const std::string& expression, bool is_glob) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kLargestPatternBytes);
  options.set_dot_nl(is_glob);
  // No byte of a name may escape from a star.
  if (is_glob) options.set_encoding(RE2::Options::EncodingLatin1);
  auto compiled = std::make_shared<const RE2>(expression, options);
  if (!compiled->ok()) return Error{compiled->error()};
  return compiled;
}

Result<std::vector<ContainerPattern>> parse_all(std::string_view option,
                                                const std::vector<std::string>& texts) {
  if (texts.size() > ContainerSelection::kMostPatterns)
    return Error{fmt::format("{} is given {} times; there may be {} patterns at most", option, texts.size(),
                             ContainerSelection::kMostPatterns)};
  std::vector<ContainerPattern> patterns;
  for (const std::string& text : texts) {
    auto pattern = ContainerPattern::parse(text);
    if (!pattern) return Error{fmt::format("{} {}", option, pattern.error().message)};
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

bool any_matches(const std::vector<ContainerPattern>& patterns, const Container& container) {
  return std::ranges::any_of(
      patterns, [&container](const ContainerPattern& pattern) { return pattern.matches(container); });
}

}  // namespace

// Leaves in `text` what is behind the field's "=".
Result<ContainerPattern> ContainerPattern::parse_field(std::string_view pattern, std::string_view& text) {
  constexpr auto kFields =
      std::to_array<std::pair<std::string_view, Field>>({{"name", Field::kName},
                                                         {"id", Field::kId},
                                                         {"image", Field::kImage},
                                                         {"runtime", Field::kRuntime},
                                                         {"pod", Field::kPod},
                                                         {"namespace", Field::kNamespace}});
  constexpr std::string_view kLabelMark = "label:";
  ContainerPattern result;
  text = pattern;
  // An expression may have any "=".
  if (pattern.starts_with('/')) return result;
  const std::size_t equals = pattern.find('=');
  const std::string_view field = pattern.substr(0, equals);
  if (field.starts_with(kLabelMark)) {
    result.field_ = Field::kLabel;
    result.label_ = field.substr(kLabelMark.size());
    text = equals == std::string_view::npos ? "" : pattern.substr(equals + 1);
    if (result.label_.empty()) return Error{fmt::format("'{}' does not say which label", pattern)};
    return result;
  }
  if (equals == std::string_view::npos) return result;
  text = pattern.substr(equals + 1);
  for (const auto& [name, known] : kFields)
    if (name == field) {
      result.field_ = known;
      return result;
    }
  return Error{fmt::format(
      "'{}' asks for '{}', which containers do not have; there are name, id, image, runtime, pod, "
      "namespace and label:KEY",
      pattern, field)};
}

Result<ContainerPattern> ContainerPattern::parse(std::string_view pattern) {
  if (pattern.size() > kLongestBytes)
    return Error{fmt::format("has a pattern of {} bytes; write at most {}", pattern.size(), kLongestBytes)};
  std::string_view text;
  auto result = parse_field(pattern, text);
  if (!result) return result;
  if (text.empty() && result->field_ == Field::kLabel) return result;
  if (text.empty())
    return Error{fmt::format("'{}' is empty; write for example web-* or image=nginx:*", pattern)};

  result->anywhere_ = text.size() > 1 && text.starts_with('/') && text.ends_with('/');
  auto compiled = result->anywhere_ ? compile(std::string(text.substr(1, text.size() - 2)), false)
                                    : compile(glob_to_expression(text), true);
  if (!compiled) return Error{fmt::format("'{}' is no pattern: {}", pattern, compiled.error().message)};
  result->expression_ = *std::move(compiled);
  return result;
}

const std::string* ContainerPattern::find_value(const Container& container) const {
  const auto unless_empty = [](const std::string& text) { return text.empty() ? nullptr : &text; };
  switch (field_) {
    case Field::kName:
      return unless_empty(container.name);
    case Field::kId:
      return unless_empty(container.id);
    case Field::kImage:
      return unless_empty(container.image);
    case Field::kRuntime:
      return unless_empty(container.runtime);
    case Field::kPod:
      return unless_empty(container.pod);
    case Field::kNamespace:
      return unless_empty(container.kubernetes_namespace);
    case Field::kLabel: {
      const auto label = container.labels.find(label_);
      return label == container.labels.end() ? nullptr : &label->second;
    }
  }
  return nullptr;
}

bool ContainerPattern::matches(const Container& container) const {
  const std::string* value = find_value(container);
  if (value == nullptr || !expression_) return value != nullptr;
  return anywhere_ ? RE2::PartialMatch(*value, *expression_) : RE2::FullMatch(*value, *expression_);
}

Result<ContainerSelection> ContainerSelection::parse(const std::vector<std::string>& include,
                                                     const std::vector<std::string>& exclude) {
  auto included = parse_all("--include", include);
  if (!included) return included.error();
  auto excluded = parse_all("--exclude", exclude);
  if (!excluded) return excluded.error();
  ContainerSelection selection;
  selection.include_ = *std::move(included);
  selection.exclude_ = *std::move(excluded);
  return selection;
}

bool ContainerSelection::admits(const Container& container) const {
  if (any_matches(exclude_, container)) return false;
  return include_.empty() || any_matches(include_, container);
}

bool ContainerSelection::admits_pod(const Container& pod) const {
  const auto matches = [&pod](const ContainerPattern& pattern) {
    return pattern.is_of_pods() && pattern.matches(pod);
  };
  if (std::ranges::any_of(exclude_, matches)) return false;
  return std::ranges::none_of(include_, &ContainerPattern::is_of_pods) ||
         std::ranges::any_of(include_, matches);
}

}  // namespace squid
