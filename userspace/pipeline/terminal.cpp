#include "pipeline/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace squid {
namespace {

// Where it cannot be told, as without a free descriptor, it is still there.
bool has_terminal() {
  const int descriptor = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return errno != ENXIO && errno != EIO;
  close(descriptor);
  return true;
}

bool ignores_hangups() {
  struct sigaction action {};
  return sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Terminal::Terminal() : was_there_(!ignores_hangups() && has_terminal()) {}

bool Terminal::is_gone() const {
  return was_there_ && !has_terminal();
}

}  // namespace squid
