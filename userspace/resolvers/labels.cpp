#include "resolvers/labels.h"

namespace squid {

void take_labels(const boost::json::object& from, std::map<std::string, std::string>& labels) {
  for (const auto& [key, value] : from) {
    const boost::json::string* text = value.if_string();
    if (text == nullptr || key.size() + text->size() > kLongestLabelBytes) continue;
    if (labels.size() == kMostLabels) return;
    labels.emplace(std::string(key), std::string(text->data(), text->size()));
  }
}

}  // namespace squid
