#include "config/json_config.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

namespace squid {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestConfig = 1 << 20;

Result<std::string> scalar_text(std::string_view key, const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool() || value.is_number()) return json::serialize(value);
  return Error{
      fmt::format("the value of \"{}\" must be a text, a number, true, false or a list of these", key)};
}

// "line 3" for the byte at which the parser stopped.
std::size_t line_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  for (const char c : text.substr(0, offset)) line += c == '\n';
  return line;
}

}  // namespace

Result<std::vector<CLI::ConfigItem>> parse_config(std::string_view text) {
  if (text.size() > kLongestConfig) return Error{"it is larger than 1 MiB"};
  json::parse_options options;
  options.allow_comments = true;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t parsed = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (error) return Error{fmt::format("line {} is not JSON ({})", line_of(text, parsed), error.message())};
  const json::value document = parser.release();
  if (!document.is_object()) return Error{"it must be one JSON object with option names as keys"};

  std::vector<CLI::ConfigItem> items;
  for (const auto& [key, value] : document.get_object()) {
    CLI::ConfigItem item;
    item.name = std::string(key);
    const json::array single{value};
    for (const json::value& element : value.is_array() ? value.get_array() : single) {
      auto input = scalar_text(key, element);
      if (!input) return input.error();
      item.inputs.push_back(std::move(*input));
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<CLI::ConfigItem> JsonConfig::from_config(std::istream& input) const {
  const std::string text(std::istreambuf_iterator<char>(input), {});
  auto parsed = parse_config(text);
  if (!parsed) throw CLI::ConfigError("cannot use the configuration file: " + parsed.error().message);
  return *std::move(parsed);
}

std::string JsonConfig::to_config(const CLI::App*, bool, bool, std::string) const {
  return {};
}

}  // namespace squid
