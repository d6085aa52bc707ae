#include "pipeline/sink_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/duration.h"
#include "net/server_url.h"

namespace squid {
namespace {

std::vector<std::string_view> split(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(mark), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// What stands behind the ?, one by one.
std::vector<std::string_view> options_of(std::string_view address) {
  auto options = split(address.substr(std::min(address.find('?'), address.size())), '&');
  for (std::string_view& option : options)
    if (option.starts_with('?')) option.remove_prefix(1);
  return options;
}

// With %41 for a character that means something else there.
Result<std::string> decode(std::string_view name, std::string_view value) {
  const auto option = UrlOptions::parse(fmt::format("{}={}", name, value));
  if (!option) return Error{fmt::format("{} has a % without two hexadecimal digits; write %25", name)};
  std::string text = option->text(std::string(name));
  if (text.empty()) return Error{fmt::format("{}= is empty; leave it out", name)};
  return text;
}

Result<void> append_globs(std::string_view name, std::string_view list, std::vector<std::string>& globs) {
  const auto parts = split(list, ',');
  if (parts.empty())
    return Error{fmt::format("{}= names no metric; write {}=cpu.*,memory.usage", name, name)};
  for (const std::string_view part : parts) {
    auto glob = decode(name, part);
    if (!glob) return glob.error();
    globs.push_back(*std::move(glob));
  }
  return {};
}

// Whether the option is one of these; others are the sink's own.
Result<bool> take(std::string_view name, std::string_view value, ScopedAddress& scoped) {
  SinkScope& scope = scoped.scope;
  if (name == "allow" || name == "deny") {
    const auto appended = append_globs(name, value, name == "allow" ? scope.allow : scope.deny);
    if (!appended) return appended.error();
    return true;
  }
  if (name == "order") {
    if (value != "oldest" && value != "newest")
      return Error{fmt::format("order={} is neither oldest nor newest", value)};
    scoped.newest_first = value == "newest";
    return true;
  }
  const bool is_fact = std::ranges::find(kHostFacts, name) != kHostFacts.end();
  if (!is_fact && name != "prefix" && name != "hostname" && name != "interval") return false;
  auto text = decode(name, value);
  if (!text) return text.error();
  if (name == "interval") {
    const auto interval = parse_duration(*text);
    if (!interval) return Error{fmt::format("interval: {}", interval.error().message)};
    scope.interval = *interval;
  } else if (name == "prefix") {
    scoped.prefix = *std::move(text);
  } else if (name == "hostname") {
    scope.host = *std::move(text);
  } else {
    scope.facts.emplace_back(name, *std::move(text));
  }
  return true;
}

}  // namespace

Result<ScopedAddress> parse_scoped_address(const std::string& address) {
  const std::size_t question = std::min(address.find('?'), address.size());
  ScopedAddress scoped{.address = address.substr(0, question), .scope = {}, .prefix = {}, .newest_first = {}};
  char before = '?';
  for (const std::string_view text : options_of(address)) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const auto taken = take(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())), scoped);
    if (!taken) return taken.error();
    if (*taken) continue;
    scoped.address += std::exchange(before, '&');
    scoped.address.append(text);
  }
  std::ranges::sort(scoped.scope.facts);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (const auto twice = std::ranges::adjacent_find(scoped.scope.facts, same);
      twice != scoped.scope.facts.end())
    return Error{fmt::format("{} is there twice", twice->first)};
  return scoped;
}

std::string without_order(const std::string& spec) {
  if (spec.find("order=") == std::string::npos) return spec;
  std::string rest = spec.substr(0, spec.find('?'));
  char before = '?';
  for (const std::string_view option : options_of(spec)) {
    if (option.starts_with("order=")) continue;
    rest += std::exchange(before, '&');
    rest.append(option);
  }
  return rest;
}

}  // namespace squid
