#include "config/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "config/json_config.h"

namespace squid {
namespace {

// Variables of docker-stats-to-backstop; those of statsquid, which are parts of one address, come below.
struct OldVariable {
  const char* name;
  const char* option;
};
constexpr std::array<OldVariable, 5> kOldVariables{{{"SRV_BACKSTOP", "backstop"},
                                                    {"SRV_DOCKER", "docker"},
                                                    {"SRV_POLL", "poll"},
                                                    {"SRV_PREFIX", "prefix"},
                                                    {"SRV_RULES", "rules"}}};

std::string variable_name(const std::string& option) {
  std::string name = "SQUID_BPF_";
  for (const char c : option)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string value_of(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? "" : value;
}

std::string origin_of(const std::string& variable) {
  return "environment variable " + variable;
}

// Blanks stand between the values of an option that takes many.
std::vector<std::string> split_values(const CLI::Option& option, const std::string& text) {
  if (!takes_many(option)) return {text};
  std::vector<std::string> values;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    if (end > begin) values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return values;
}

void add_statsquid(const Environment& environment, std::vector<LayerEntry>& entries) {
  std::string server = value_of(environment, "STATSQUID_REDIS");
  std::string origin = "STATSQUID_REDIS";
  if (const std::string host = value_of(environment, "STATSQUID_REDIS_HOST");
      server.empty() && !host.empty()) {
    const std::string port = value_of(environment, "STATSQUID_REDIS_PORT");
    server = port.empty() ? host : fmt::format("{}:{}", host, port);
    origin = "STATSQUID_REDIS_HOST";
  }
  if (!server.empty()) entries.push_back({"sink", {"redis://" + server}, origin_of(origin)});
}

// Without what `stronger` layers have set; these are added to it.
std::vector<LayerEntry> take_weaker(std::vector<LayerEntry> entries, Origins& stronger) {
  std::erase_if(entries, [&](const LayerEntry& entry) { return stronger.contains(target_of(entry.option)); });
  for (const LayerEntry& entry : entries) stronger[target_of(entry.option)] = entry.origin;
  return entries;
}

std::vector<LayerEntry> read_environment(const CLI::App& app, const Environment& environment) {
  std::vector<LayerEntry> entries;
  std::set<std::string> own;
  for (const CLI::Option* option : app.get_options()) {
    if (!is_layered(*option)) continue;
    const std::string name = option->get_single_name();
    const std::string variable = variable_name(name);
    const char* value = environment(variable.c_str());
    if (value == nullptr) continue;
    entries.push_back({name, split_values(*option, value), origin_of(variable)});
    own.insert(target_of(name));
  }
  for (const OldVariable& old : kOldVariables) {
    const std::string value = value_of(environment, old.name);
    const bool known = app.get_option_no_throw(fmt::format("--{}", old.option)) != nullptr;
    if (known && !value.empty() && !own.contains(target_of(old.option)))
      entries.push_back({old.option, {value}, origin_of(old.name)});
  }
  if (!own.contains("sink")) add_statsquid(environment, entries);
  return entries;
}

Result<std::vector<LayerEntry>> read_config_layer(const CLI::App& app, const std::string& path) {
  const auto parsed = read_config(path);
  if (!parsed)
    return Error{fmt::format("cannot use the configuration file {}: {}", path, parsed.error().message)};
  std::vector<LayerEntry> entries;
  for (const ConfigEntry& entry : *parsed) {
    const CLI::Option* option = app.get_option_no_throw("--" + entry.name);
    if (option == nullptr || !is_layered(*option))
      return Error{
          fmt::format("cannot use the configuration file {}: line {}: there is no option \"{}\"; "
                      "squid-bpf --help has them all",
                      path, entry.line, entry.name)};
    entries.push_back({entry.name, entry.values, fmt::format("{} line {}", path, entry.line)});
  }
  return entries;
}

}  // namespace

std::string target_of(const std::string& option) {
  if (option == "backstop") return "sink";
  if (option == "poll") return "flush";
  return option;
}

bool takes_many(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

bool is_layered(const CLI::Option& option) {
  const std::string name = option.get_single_name();
  return !option.get_lnames().empty() && name != "help" && name != "version" && name != "config";
}

Result<std::vector<LayerEntry>> read_layers(const CLI::App& app, std::string config_file,
                                            const Environment& environment, Origins& origins) {
  std::vector<LayerEntry> layers = take_weaker(read_environment(app, environment), origins);
  if (config_file.empty()) config_file = value_of(environment, "SQUID_BPF_CONFIG");
  if (config_file.empty()) return layers;
  auto file = read_config_layer(app, config_file);
  if (!file) return file.error();
  for (LayerEntry& entry : take_weaker(*std::move(file), origins)) layers.push_back(std::move(entry));
  return layers;
}

std::vector<std::string> compute_arguments(const CLI::App& app, const LayerEntry& entry) {
  const std::string name = "--" + entry.option;
  const CLI::Option* option = app.get_option_no_throw(name);
  const bool is_flag = option != nullptr && option->get_items_expected_max() == 0;
  std::vector<std::string> arguments;
  for (const std::string& value : entry.values) {
    if (is_flag) {
      arguments.push_back(name + "=" + value);
    } else {
      arguments.push_back(name);
      arguments.push_back(value);
    }
  }
  return arguments;
}

std::vector<std::string> split_empty_values(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> split;
  for (const std::string& argument : arguments) {
    const bool is_empty = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
    const std::string name = argument.substr(0, argument.size() - (is_empty ? 1 : 0));
    const CLI::Option* option = is_empty ? app.get_option_no_throw(name) : nullptr;
    const bool takes_value = option != nullptr && option->get_items_expected_max() > 0;
    split.push_back(takes_value ? name : argument);
    if (takes_value) split.emplace_back();
  }
  return split;
}

}  // namespace squid
