// Any bytes as a configuration file: what is taken has a name, a line that exists, and values.
#include <algorithm>
#include <string>

#include "config/json_config.h"
#include "fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto lines = 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  const auto entries = squid::parse_config(text);
  if (!entries) {
    require(!entries.error().message.empty());
    return 0;
  }
  std::size_t last = 1;
  for (const squid::ConfigEntry& entry : *entries) {
    require(entry.line >= last && entry.line <= lines);
    last = entry.line;
  }
  return 0;
}
