#include "config/config_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <vector>

#include "config/layers.h"
#include "core/secrets.h"

namespace squid {
namespace {

// A number or a word of JSON, where it reads back as the same text.
bool is_bare(const std::string& value) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(value, error);
  if (error) return false;
  if (parsed.is_double()) return fmt::format("{}", parsed.get_double()) == value;
  return (parsed.is_bool() || parsed.is_number()) && boost::json::serialize(parsed) == value;
}

std::string value_text(const std::string& value) {
  return is_bare(value) ? value : boost::json::serialize(boost::json::string(mask_secrets(value)));
}

std::string default_text(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "false";
  const std::string text = option.get_default_str();
  if (!takes_many(option)) return value_text(text);
  // CLI11 writes most lists as JSON does.
  if (text.starts_with('[')) return text;
  return text.empty() ? "[]" : fmt::format("[{}]", value_text(text));
}

std::string values_text(const CLI::Option& option) {
  if (option.count() == 0) return default_text(option);
  std::vector<std::string> values;
  for (const std::string& value : option.results()) values.push_back(value_text(value));
  return takes_many(option) ? fmt::format("[{}]", fmt::join(values, ", ")) : values.back();
}

}  // namespace

std::string config_text(const CLI::App& app, const std::map<std::string, std::string>& origins) {
  struct Row {
    std::string setting;
    std::string origin;
  };
  std::vector<Row> rows;
  for (const CLI::Option* option : app.get_options()) {
    if (!is_layered(*option) || option->get_group() == kOldToolsGroup) continue;
    const std::string name = option->get_single_name();
    const auto origin = origins.find(name);
    rows.push_back({fmt::format("\"{}\": {}", name, values_text(*option)),
                    origin == origins.end() ? "default" : origin->second});
  }
  std::string text = "{\n";
  for (const Row& row : rows)
    text += fmt::format("  {:<52} // {}\n", row.setting + (&row == &rows.back() ? "" : ","), row.origin);
  return text + "}\n";
}

}  // namespace squid
