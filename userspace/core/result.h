// Result<T>: a value or an Error, for everything that can fail after start-up.
//
// The member names (has_value, value, error, operator*) are those of std::expected, so that it can take over
// when the oldest supported compiler has it; until then Boost.System's result does the work.
#pragma once

#include <boost/system/result.hpp>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace squid {

// One sentence for a person, and the errno behind it where there is one (0 otherwise).
struct Error {
  std::string message;
  int code = 0;
};

inline Error errno_error(const std::string& what, int code) {
  return Error{what + ": " + std::strerror(code), code};
}

// Called by Result::value() on an error; only programmer mistakes get here.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(error.message + " (unchecked at " + where.file_name() + ":" +
                         std::to_string(where.line()) + ")");
}

template <typename T>
using Result = boost::system::result<T, Error>;

}  // namespace squid
