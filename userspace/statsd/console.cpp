#include "statsd/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <numeric>

namespace squid::statsd {
namespace {

constexpr std::string_view kHelp =
    "Commands: stats, counters, timers, gauges, sets, delcounters, deltimers, delgauges, delsets, health, "
    "config, "
    "quit\n\n";
constexpr std::string_view kEnd = "END\n\n";
// Of a timer that are printed.
constexpr std::size_t kMostValues = 100;
// An object that fits is printed on one line.
constexpr std::size_t kLineLength = 80;

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto begin = std::find_if_not(line.begin(), line.end(), is_blank);
    const auto end = std::find_if(begin, line.end(), is_blank);
    if (begin != end) words.emplace_back(begin, end);
    line = {end, line.end()};
  }
  return words;
}

std::optional<MetricType> type_of(std::string_view plural) {
  constexpr std::pair<std::string_view, MetricType> kTypes[] = {{"counters", MetricType::kCounter},
                                                                {"gauges", MetricType::kGauge},
                                                                {"timers", MetricType::kTimer},
                                                                {"sets", MetricType::kSet}};
  for (const auto& [word, type] : kTypes)
    if (word == plural) return type;
  return std::nullopt;
}

// As the object is printed there: a key in quotes unless it is a plain name.
std::string property(const std::string& key, const Holding& holding, MetricType type) {
  const bool plain = !key.empty() && std::isdigit(static_cast<unsigned char>(key.front())) == 0 &&
                     std::all_of(key.begin(), key.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
                     });
  std::string text = plain ? key + ": " : fmt::format("'{}': ", key);
  if (type != MetricType::kTimer) return text + fmt::format("{}", holding.number);
  const std::size_t shown = std::min(holding.values.size(), kMostValues);
  std::string list = fmt::format(
      "{}",
      fmt::join(holding.values.begin(), holding.values.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  const auto hidden = static_cast<std::size_t>(holding.number) - shown;
  if (hidden > 0) list += fmt::format("{}... {} more items", list.empty() ? "" : ", ", hidden);
  return text + (list.empty() ? "[]" : "[ " + list + " ]");
}

}  // namespace

std::optional<std::string> Console::answer(std::string_view line, std::int64_t now_s) {
  std::vector<std::string_view> words = split(line);
  const std::string_view command = words.empty() ? "" : words.front();
  if (!words.empty()) words.erase(words.begin());
  if (command == "quit") return std::nullopt;
  if (command == "help") return std::string(kHelp);
  if (command == "stats") return describe_stats(now_s);
  if (command == "config") return describe_config();
  if (command == "health") return describe_health(words);
  if (const auto type = type_of(command)) return describe(*type);
  if (command.starts_with("del"))
    if (const auto type = type_of(command.substr(3))) return forget(*type, words);
  return "ERROR\n";
}

std::string Console::describe_health(const std::vector<std::string_view>& words) {
  std::string wanted(words.empty() ? "" : words.front());
  for (char& c : wanted) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (wanted == "up" || wanted == "down") healthy_ = wanted == "up";
  return fmt::format("health: {}\n", healthy_ ? "up" : "down");
}

std::string Console::describe_stats(std::int64_t now_s) const {
  server_.collect();
  const Server::Figures& figures = server_.figures();
  const std::int64_t heard_s = server_.last_packet_s() == 0 ? started_s_ : server_.last_packet_s();
  std::string text =
      fmt::format("uptime: {}\nmessages.last_msg_seen: {}\nmessages.bad_lines_seen: {}\n", now_s - started_s_,
                  now_s - heard_s, std::accumulate(figures.bad.begin(), figures.bad.end(), 0.0));
  // As there: what never happened did when all began.
  const auto since = [&](std::int64_t then_s) { return now_s - (then_s == 0 ? started_s_ : then_s); };
  for (const Backend& backend : backends_ ? backends_() : std::vector<Backend>())
    fmt::format_to(std::back_inserter(text), "{0}.last_flush: {1}\n{0}.last_exception: {2}\n", backend.name,
                   since(backend.last_flush_s), since(backend.last_exception_s));
  return text.append(kEnd);
}

std::string Console::describe_config() const {
  std::string text = "\n";
  for (const auto& [key, value] : config_) fmt::format_to(std::back_inserter(text), "{}: {}\n", key, value);
  return text;
}

std::string Console::describe(MetricType type) const {
  server_.collect();
  std::vector<std::string> properties;
  std::size_t length = 0;
  for (const auto& [key, holding] : server_.window().held(type)) {
    properties.push_back(property(key, holding, type));
    length += properties.back().size();
  }
  // The measure of the original.
  const bool one_line = length + 2 * properties.size() + 11 <= kLineLength;
  std::string text = "{}";
  if (!properties.empty() && one_line) text = fmt::format("{{ {} }}", fmt::join(properties, ", "));
  if (!properties.empty() && !one_line) text = fmt::format("{{\n  {}\n}}", fmt::join(properties, ",\n  "));
  return text.append("\n").append(kEnd);
}

std::string Console::forget(MetricType type, const std::vector<std::string_view>& words) {
  server_.collect();
  std::string text;
  for (const std::string_view word : words) {
    const std::vector<std::string> gone = server_.window().forget(type, word);
    if (gone.empty()) fmt::format_to(std::back_inserter(text), "metric {} not found\n", word);
    for (const std::string& key : gone) fmt::format_to(std::back_inserter(text), "deleted: {}\n", key);
  }
  return text.append(kEnd);
}

}  // namespace squid::statsd
