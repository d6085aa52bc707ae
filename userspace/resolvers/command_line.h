// Words for reading /proc/PID/cmdline and environ: texts with a zero byte behind each. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace squid {

// Takes the first text off the list.
std::string_view next_argument(std::string_view& list);

// The value of an option in one of the forms "--name value", "--name=value", "-n value", "-n=value",
// "-nvalue". A value that stands alone is taken off `following`.
std::optional<std::string_view> option_value(std::string_view argument, std::string_view name,
                                             std::string_view& following);

}  // namespace squid
