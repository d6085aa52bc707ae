#include "resolvers/docker_config.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "resolvers/json_object.h"

namespace squid {
namespace {

std::string label(const Container& container, const std::string& key) {
  const auto found = container.labels.find(key);
  return found == container.labels.end() ? std::string() : found->second;
}

std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

// 2024-05-01T12:00:00.123456789Z; 0 for what is none, or from before 1970.
std::int64_t parse_time_s(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size() || text.back() != 'Z') return 0;
  for (std::size_t at = 0; at < kForm.size(); ++at)
    if (kForm[at] != '0' && text[at] != kForm[at]) return 0;
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2);
  const auto hours = digits_at(text, 11, 2);
  const auto minutes = digits_at(text, 14, 2);
  const auto seconds = digits_at(text, 17, 2);
  if (!year || !month || !day || !hours || !minutes || !seconds) return 0;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return 0;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hours) +
                    std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
  return std::max<std::int64_t>(0, time.time_since_epoch().count());
}

// Until a start is over, the file tells that of the life before.
std::int64_t start_of(const boost::json::object& state) {
  const boost::json::value* running = state.if_contains("Running");
  const bool runs = running != nullptr && running->is_bool() && running->get_bool();
  return runs ? parse_time_s(string_at(state, "StartedAt")) : 0;
}

}  // namespace

Result<Description> parse_docker_config(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  const boost::json::object* root = document->if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};

  Description description;
  Container& container = description.container;
  container.name = string_at(*root, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  if (container.name.empty()) return Error{"has no Name"};
  if (const boost::json::object* config = object_at(*root, "Config")) {
    container.image = string_at(*config, "Image");
    if (const auto* labels = object_at(*config, "Labels")) take_labels(*labels, container.labels);
  }
  container.pod = label(container, "io.kubernetes.pod.name");
  container.kubernetes_namespace = label(container, "io.kubernetes.pod.namespace");
  description.serves_pod = label(container, "io.kubernetes.docker.type") == "podsandbox";
  if (const boost::json::object* state = object_at(*root, "State")) container.started_s = start_of(*state);
  container.named = true;
  return description;
}

}  // namespace squid
