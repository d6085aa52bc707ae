#include "resolvers/json_object.h"

namespace squid {

namespace json = boost::json;

Result<json::value> parse_json(std::string_view text) {
  // A strange byte in somebody's environment must not hide the name.
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  json::value document = json::parse(text, error, json::storage_ptr(), options);
  if (error) return Error{"is not JSON: " + error.message()};
  return document;
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

std::string string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace squid
