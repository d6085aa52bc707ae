// NameFrame: what stands around the metric in the names of one subject's series.
#pragma once

#include <string>

namespace squid {

// All series of one subject: head + metric + tail.
struct NameFrame {
  std::string head;
  std::string tail;
};

}  // namespace squid
