#include "resolvers/command_line.h"

namespace squid {

std::string_view next_argument(std::string_view& list) {
  const auto end = list.find('\0');
  const std::string_view argument = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return argument;
}

std::optional<std::string_view> option_value(std::string_view argument, std::string_view name,
                                             std::string_view& following) {
  if (!argument.starts_with(name)) return std::nullopt;
  argument.remove_prefix(name.size());
  if (argument.empty()) return next_argument(following);
  if (argument.front() == '=') return argument.substr(1);
  const bool is_short = name.size() == 2;
  return is_short ? std::optional(argument) : std::nullopt;
}

}  // namespace squid
