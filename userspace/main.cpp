// Parses the command line and hands over to a subcommand; everything else happens there.
#include <cstdio>
#include <functional>
#include <string>
#include <variant>

#include "commands/commands.h"
#include "config/options.h"

namespace {

int print(const std::string& text) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return written ? 0 : 2;
}

squid::Result<squid::Options> read_options(int argc, char** argv) {
  const auto parsed = squid::parse_command_line(argc, argv);
  if (!parsed) return parsed.error();
  if (const auto* options = std::get_if<squid::Options>(&*parsed)) return *options;
  return squid::Error{"the configuration asks for a text instead of a daemon"};
}

int execute(const squid::Options& options, const std::function<squid::Result<squid::Options>()>& read_again) {
  switch (options.command) {
    case squid::Command::kRun:
      return squid::run_daemon(options, read_again);
    case squid::Command::kCheck:
      return squid::run_check(options);
    case squid::Command::kIdentify:
      return squid::run_identify(options);
    case squid::Command::kSend:
      return squid::run_send(options);
    case squid::Command::kStatus:
      return squid::run_status(options);
    case squid::Command::kHealth:
      return squid::run_health(options);
    case squid::Command::kList:
      return print(squid::list_text());
    case squid::Command::kConfig:
      return 2;  // answered by the parser, which knows where values came from
    case squid::Command::kMetrics:
      return print(squid::metrics_text());
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = squid::parse_command_line(argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "squid-bpf: %s\n", parsed.error().message.c_str());
    return 2;
  }
  if (const auto* answer = std::get_if<squid::Answer>(&*parsed)) return print(answer->text);
  return execute(std::get<squid::Options>(*parsed), [=] { return read_options(argc, argv); });
}
