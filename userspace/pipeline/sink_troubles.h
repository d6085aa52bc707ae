// find_troubles(): what a sink has counted that it should not have to count, in the words of the log and of
// `squid-bpf status`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/sink.h"

namespace squid {

struct SinkTrouble {
  std::uint64_t count;
  std::string_view of;
  bool is_loss;  // of whole reports
};

// Those whose count is not zero.
std::vector<SinkTrouble> find_troubles(const SinkHealth& health);

}  // namespace squid
