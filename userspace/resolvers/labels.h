// take_labels(): the labels in a JSON object, within limits.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <map>
#include <string>

namespace squid {

// Labels beyond these are left out.
inline constexpr std::size_t kMostLabels = 128;
inline constexpr std::size_t kLongestLabelBytes = 4096;

void take_labels(const boost::json::object& from, std::map<std::string, std::string>& labels);

}  // namespace squid
