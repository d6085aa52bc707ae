// Words for reading JSON that somebody else wrote: what is not there, or is of another type, is empty.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace squid {

// Strange bytes inside of a text are no fault. An error never quotes the text: there may be secrets in it.
Result<boost::json::value> parse_json(std::string_view text);

// Null where it is none.
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
std::string string_at(const boost::json::object& object, std::string_view key);

}  // namespace squid
