// `squid-bpf send`: lines for a statsd server, for scripts. Small lines travel together, as many as fit into
// a packet that no network has to cut.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include "client/squid_statsd.h"
#include "commands/commands.h"
#include "net/host_port.h"

namespace squid {
namespace {

constexpr std::size_t kPacketBytes = 1432;

int fail(const std::string& sentence) {
  std::fprintf(stderr, "squid-bpf: %s\n", sentence.c_str());
  return 2;
}

// Only what no dialect would take: the server knows the rest better, and counts it.
bool is_line(std::string_view text) {
  const bool announces = text.starts_with("_e{") || text.starts_with("_sc|");
  const std::size_t colon = text.find(':');
  return announces ||
         (colon != 0 && colon != std::string_view::npos && text.find('|', colon) != std::string_view::npos);
}

class Packer {
 public:
  explicit Packer(const squid_statsd::Client& client) : client_(client) {}

  bool add(std::string_view line) {
    if (!packet_.empty() && packet_.size() + 1 + line.size() > kPacketBytes && !flush()) return false;
    if (!packet_.empty()) packet_ += '\n';
    packet_.append(line);
    return true;
  }
  bool flush() {
    const bool sent = packet_.empty() || client_.send(packet_);
    packet_.clear();
    return sent;
  }

 private:
  const squid_statsd::Client& client_;
  std::string packet_;
};

}  // namespace

int run_send(const Options& options) {
  const auto server = parse_host_port(options.statsd_server, {.host = "127.0.0.1", .port = 8125});
  if (!server) return fail("send --to: " + server.error().message);
  for (const std::string& line : options.lines)
    if (!is_line(line))
      return fail("send: '" + line + "' is no line of statsd, such as foo:1|c; nothing was sent");
  const squid_statsd::Client client({.host = server->host, .port = server->port, .prefix = {}});
  if (!client.is_open()) return fail("send: the host '" + server->host + "' is not known");

  Packer packer(client);
  bool sent = true;
  std::size_t bad = 0;
  for (const std::string& line : options.lines) sent = sent && packer.add(line);
  if (options.lines.empty())
    for (std::string line; sent && std::getline(std::cin, line);) {
      if (line.empty()) continue;
      if (is_line(line))
        sent = packer.add(line);
      else
        ++bad;
    }
  sent = packer.flush() && sent;
  const int code = sent ? client.take_error() : errno;
  if (code != 0) return fail("send: " + server->text() + " does not take it: " + std::strerror(code));
  if (bad > 0)
    return fail("send: " + std::to_string(bad) +
                " lines of standard input were no lines of statsd and were left out");
  return 0;
}

}  // namespace squid
