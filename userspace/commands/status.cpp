// `squid-bpf status` and `squid-bpf health`: ask the daemon that runs on this host.
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "commands/commands.h"
#include "pipeline/status.h"
#include "pipeline/status_socket.h"
#include "sinks/encode/terminal_text.h"

namespace squid {
namespace {

constexpr std::chrono::milliseconds kLongestWait{3000};
constexpr std::size_t kWidestLine = 400;

// An error that a sink shows may have been worded by the server at its other end.
std::string safe_lines(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    safe += fit_text(text.substr(0, end), kWidestLine) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return safe;
}

}  // namespace

int run_status(const Options& options) {
  const auto status = read_status(options.status_socket, kLongestWait);
  if (!status) {
    std::fprintf(stderr, "squid-bpf: %s\n", status.error().message.c_str());
    return 2;
  }
  std::fputs(safe_lines(*status).c_str(), stdout);
  return 0;
}

int run_health(const Options& options) {
  const auto status = read_status(options.status_socket, kLongestWait);
  const std::string verdict =
      status ? status->substr(0, status->find('\n')) : "unhealthy: " + status.error().message;
  std::fputs(safe_lines(verdict).c_str(), stdout);
  return verdict == kHealthy ? 0 : 1;
}

}  // namespace squid
