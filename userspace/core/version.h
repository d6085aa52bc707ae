// The one place that knows the version.
#pragma once

namespace squid {
inline constexpr const char* kVersion = "0.1.0";
}
