// What the kernel's answers about network interfaces say (rtnetlink, linux/if_link.h). Pure: bytes in,
// numbers out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "interfaces/interface_counters.h"

namespace squid {

// One read of an answer that may take several.
struct LinkAnswer {
  bool complete = false;        // nothing follows
  int error = 0;                // as errno; the answer is complete then
  InterfaceCounters sum;        // of the interfaces in this part
  bool lacks_counters = false;  // an interface came without them
};

// Takes only what answers the request of that number. Sums the interfaces through which a namespace talks to
// others: not its loopback, and not those that only lead on what another one of its interfaces counts as well
// (bridges and their ports, VLANs, pairs whose ends are both inside).
LinkAnswer parse_links(std::span<const std::byte> bytes, std::uint32_t request);

// The number of a namespace, in an answer to RTM_GETNSID; nothing where it has none.
std::optional<std::int32_t> parse_namespace_id(std::span<const std::byte> bytes, std::uint32_t request);

}  // namespace squid
