#include "commands/background.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace squid {
namespace {

// Waits until the other end says something, or is gone.
[[noreturn]] void wait_and_end(int child) {
  char byte = 0;
  ssize_t size = 0;
  do {
    size = read(child, &byte, 1);
  } while (size < 0 && errno == EINTR);
  _exit(size == 1 ? 0 : 2);
}

}  // namespace

Result<Background> Background::enter() {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return errno_error("cannot go into the background", errno);
  const pid_t child = fork();
  if (child < 0) return errno_error("cannot go into the background", errno);
  if (child > 0) {
    close(pipe_ends[1]);
    wait_and_end(pipe_ends[0]);
  }
  close(pipe_ends[0]);
  setsid();
  // Who leads no session cannot get a terminal again.
  const pid_t grandchild = fork();
  if (grandchild < 0) return errno_error("cannot go into the background", errno);
  if (grandchild > 0) _exit(0);
  umask(027);
  return Background(pipe_ends[1]);
}

Background::Background(Background&& other) noexcept : parent_(std::exchange(other.parent_, -1)) {}

Background::~Background() {
  if (parent_ >= 0) close(parent_);
}

void Background::ready() {
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (nowhere >= 0) dup2(nowhere, standard);
  if (nowhere > STDERR_FILENO) close(nowhere);
  // Should the parent be gone already, nobody needs to know.
  const char byte = '\n';
  if (write(parent_, &byte, 1) == 1) close(std::exchange(parent_, -1));
}

Result<PidFile> PidFile::write(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return errno_error(fmt::format("--pid-file: cannot write '{}'", path), errno);
  PidFile file(path, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    // It is not ours to remove.
    file.path_.clear();
    return Error{fmt::format("--pid-file: another process that runs holds '{}'; stop it first", path)};
  }
  const std::string number = fmt::format("{}\n", getpid());
  if (ftruncate(descriptor, 0) != 0 ||
      ::write(descriptor, number.data(), number.size()) != static_cast<ssize_t>(number.size()))
    return errno_error(fmt::format("--pid-file: cannot write '{}'", path), errno);
  return file;
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), descriptor_(std::exchange(other.descriptor_, -1)) {}

PidFile::~PidFile() {
  if (!path_.empty()) unlink(path_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace squid
