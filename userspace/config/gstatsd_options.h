// gstatsd's own command line, for those who replace it: `squid-bpf gstatsd ...`, or a link of that name.
#pragma once

#include <variant>

#include "config/options.h"

namespace squid {

// Whether we were called by that name, or it is our first argument.
bool is_gstatsd(int argc, const char* const* argv);
Result<std::variant<Options, Answer>> parse_gstatsd_command_line(int argc, const char* const* argv);

}  // namespace squid
