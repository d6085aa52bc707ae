#include "kernel/libbpf_log.h"

#include <bpf/libbpf.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace squid {
namespace {

// The first warning tells the cause; what follows are its consequences, the verifier's log among them.
std::string& first_message() {
  thread_local std::string message;
  return message;
}

__attribute__((format(printf, 2, 0))) int keep_message(libbpf_print_level level, const char* format,
                                                       va_list arguments) {
  if (level != LIBBPF_WARN || !first_message().empty()) return 0;
  std::array<char, 256> text{};
  vsnprintf(text.data(), text.size(), format, arguments);
  std::string_view message(text.data());
  if (message.starts_with("libbpf: ")) message.remove_prefix(8);
  message = message.substr(0, message.find('\n'));
  first_message() = message;
  return 0;
}

}  // namespace

void capture_libbpf_messages() {
  first_message().clear();
  libbpf_set_print(keep_message);
}

std::string libbpf_message() {
  return first_message().empty() ? "no reason given" : first_message();
}

}  // namespace squid
