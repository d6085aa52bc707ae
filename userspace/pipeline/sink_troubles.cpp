#include "pipeline/sink_troubles.h"

#include <array>

namespace squid {
namespace {

struct Count {
  std::string_view of;
  std::uint64_t SinkHealth::*value;
  bool is_loss;
};

constexpr std::array kCounts{
    Count{"reports dropped, larger than the queue", &SinkHealth::dropped_too_large, true},
    Count{"reports dropped, the queue was full", &SinkHealth::dropped_queue_full, true},
    Count{"reports dropped, the limit on disk was reached", &SinkHealth::dropped_spool_full, true},
    Count{"reports dropped, damaged on disk", &SinkHealth::dropped_damaged, true},
    Count{"reports dropped, the server never takes them", &SinkHealth::dropped_rejected, true},
    Count{"reports dropped, the server perhaps never read them", &SinkHealth::dropped_unread, true},
    Count{"parts of reports refused by the server", &SinkHealth::refused, false},
    Count{"values that it cannot carry", &SinkHealth::dropped_points, false},
    Count{"failed writes to disk", &SinkHealth::spool_errors, false},
};

}  // namespace

std::vector<SinkTrouble> find_troubles(const SinkHealth& health) {
  std::vector<SinkTrouble> troubles;
  for (const auto& [of, value, is_loss] : kCounts)
    if (health.*value > 0) troubles.push_back({health.*value, of, is_loss});
  return troubles;
}

}  // namespace squid
