#include "resolvers/docker_config.h"

#include <boost/json.hpp>
#include <string>

namespace squid {
namespace {

namespace json = boost::json;

std::string string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

void take_labels(const json::object& from, std::map<std::string, std::string>& labels) {
  for (const auto& [key, value] : from) {
    const json::string* text = value.if_string();
    if (text == nullptr || key.size() + text->size() > kLongestLabelBytes) continue;
    if (labels.size() == kMostLabels) return;
    labels.emplace(std::string(key), std::string(text->data(), text->size()));
  }
}

}  // namespace

Result<Container> parse_docker_config(std::string_view text) {
  // A strange byte in somebody's environment must not hide the name.
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  const json::value document = json::parse(text, error, json::storage_ptr(), options);
  if (error) return Error{"is not JSON: " + error.message()};
  const json::object* root = document.if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};

  Container container;
  container.name = string_at(*root, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  if (container.name.empty()) return Error{"has no Name"};
  if (const json::object* config = object_at(*root, "Config")) {
    container.image = string_at(*config, "Image");
    if (const json::object* labels = object_at(*config, "Labels")) take_labels(*labels, container.labels);
  }
  container.named = true;
  return container;
}

}  // namespace squid
