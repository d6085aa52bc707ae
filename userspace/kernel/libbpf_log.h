// What libbpf would print to stderr, kept instead: the first warning is what an error message wants to say.
#pragma once

#include <string>

namespace squid {

void capture_libbpf_messages();
// The first warning in this thread since the capture began, without prefix.
std::string libbpf_message();

}  // namespace squid
