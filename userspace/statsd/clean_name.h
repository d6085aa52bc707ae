// Where the name of a line ends. Every line is asked, so it is done sixteen bytes at a time where the
// processor can.
#pragma once

#include <cstddef>
#include <string_view>

namespace squid::statsd {

// Where the colon stands behind a name that can be used as it is: of letters, digits, `_`, `-`, and dots
// between components that are not empty. npos: the name is another one, or there is no colon.
std::size_t find_end_of_clean_name(std::string_view line);
// The same, byte by byte.
std::size_t find_end_of_clean_name_slowly(std::string_view line);

}  // namespace squid::statsd
