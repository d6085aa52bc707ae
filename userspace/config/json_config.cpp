#include "config/json_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace squid {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestConfig = 1 << 20;

Result<std::string> scalar_text(const ConfigEntry& entry, const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (value.is_bool() || value.is_number()) return json::serialize(value);
  return Error{
      fmt::format("line {}: the value of \"{}\" must be a text, a number, true, false or a list of these",
                  entry.line, entry.name)};
}

std::string encode_percents(std::string_view text) {
  constexpr std::string_view kMeansSomething = "%&,?#";
  // An address is read as one, with what it has encoded itself.
  if (text.find("://") != std::string_view::npos) return std::string(text);
  std::string encoded;
  for (const char c : text)
    if (kMeansSomething.find(c) == std::string_view::npos)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return encoded;
}

// {"to": "graphite:carbon", "allow": ["cpu.*", "pids.*"]} is graphite:carbon?allow=cpu.*,pids.*, and what
// comes from a source is written with "source".
Result<std::string> object_text(const ConfigEntry& entry, const json::object& object) {
  const bool is_source = entry.name == "from";
  const std::string_view target_key = is_source ? "source" : "to";
  const json::value* target = object.if_contains(target_key);
  if (target == nullptr || !target->is_string())
    return Error{fmt::format("line {}: an object in \"{}\" needs \"{}\", as in {{\"{}\": \"{}\"}}",
                             entry.line, entry.name, target_key, target_key,
                             is_source ? "containers" : "graphite:2003")};
  std::string text(target->get_string());
  for (const auto& [key, value] : object) {
    if (key == target_key) continue;
    text += text.find('?') == std::string::npos ? '?' : '&';
    text.append(key).append("=");
    std::string_view before;
    const json::array single{value};
    for (const json::value& element : value.is_array() ? value.get_array() : single) {
      const auto input = scalar_text(entry, element);
      if (!input) return input.error();
      text.append(std::exchange(before, ",")).append(encode_percents(*input));
    }
  }
  return text;
}

// For the byte at which the parser stopped. In a broken comment Boost.JSON 1.81 claims to have come further
// than the text goes.
std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

// Behind the comment that begins at `at`.
std::size_t end_of_comment(std::string_view text, std::size_t at) {
  const bool to_end_of_line = text.substr(at).starts_with("//");
  const std::string_view end = to_end_of_line ? "\n" : "*/";
  const std::size_t found = text.find(end, at + 2);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(text.size(), at + 1);
}

// The lines of the keys of the outermost object, in order. Of JSON only, which the parser has made sure of,
// but does not remember where what was.
std::vector<std::size_t> find_key_lines(std::string_view text) {
  std::vector<std::size_t> lines;
  int depth = 0;
  bool key_is_next = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '/') {
      at = end_of_comment(text, at);
      continue;
    }
    if (c == '"') {
      if (depth == 1 && key_is_next) lines.push_back(line_of(text, at));
      key_is_next = false;
      at = end_of_string(text, at);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '{' || c == ',') key_is_next = true;
    ++at;
  }
  return lines;
}

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.allow_comments = true;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t parsed = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (error) return Error{fmt::format("line {} is not JSON ({})", line_of(text, parsed), error.message())};
  return parser.release();
}

bool is_list_of_objects(const json::value& value) {
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(),
                             [](const json::value& element) { return element.is_object(); });
}

}  // namespace

Result<std::vector<ConfigEntry>> parse_config(std::string_view text) {
  if (text.size() > kLongestConfig) return Error{"it is larger than 1 MiB"};
  const auto document = parse_json(text);
  if (!document) return document.error();
  if (!document->is_object()) return Error{"it must be one JSON object with option names as keys"};

  const json::object& object = document->get_object();
  const std::vector<std::size_t> lines = find_key_lines(text);
  if (lines.size() != object.size()) return Error{"it has the same option twice"};
  std::vector<ConfigEntry> entries;
  for (const auto& [key, value] : object) {
    ConfigEntry entry{.name = std::string(key), .values = {}, .line = lines[entries.size()]};
    if (entry.name == "rules" && is_list_of_objects(value)) {
      entry.values.emplace_back(json::serialize(value));
      entries.push_back(std::move(entry));
      continue;
    }
    const json::array single{value};
    for (const json::value& element : value.is_array() ? value.get_array() : single) {
      const bool is_address = (entry.name == "sink" || entry.name == "from") && element.is_object();
      auto input = is_address ? object_text(entry, element.get_object()) : scalar_text(entry, element);
      if (!input) return input.error();
      entry.values.push_back(std::move(*input));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<ConfigEntry>> read_config(const std::string& path) {
  std::ifstream file(path);
  std::string text(kLongestConfig + 1, '\0');
  if (file.read(text.data(), static_cast<std::streamsize>(text.size())); file.bad() || !file.is_open())
    return errno_error("cannot read it", errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_config(text);
}

}  // namespace squid
