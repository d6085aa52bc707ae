#include "resolvers/host_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace squid {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

int open_below(int root, const char* path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof(how)));
}

Result<std::string> read_all(int descriptor, const std::string& where) {
  std::string text;
  std::size_t filled = 0;
  while (filled <= kLongestHostFileBytes) {
    text.resize(filled + 16384);
    const ssize_t bytes = read(descriptor, text.data() + filled, text.size() - filled);
    if (bytes < 0) return errno_error("cannot read " + where, errno);
    if (bytes == 0) {
      text.resize(filled);
      return text;
    }
    filled += static_cast<std::size_t>(bytes);
  }
  return Error{fmt::format("{} is larger than {} bytes", where, kLongestHostFileBytes), EFBIG};
}

}  // namespace

Result<std::string> read_host_file(const std::string& root, const std::string& path) {
  const std::string where = root == "/" ? path : root + path;
  const Descriptor directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) {
    const int code = errno;
    return errno_error("cannot open " + root, code);
  }
  const Descriptor place(open_below(directory.number(), path.c_str()));
  if (place.number() < 0) {
    const int code = errno;
    return errno_error("cannot open " + where, code);
  }
  struct stat status {};
  if (fstat(place.number(), &status) != 0 || !S_ISREG(status.st_mode))
    return Error{where + " is not a regular file", EINVAL};

  // Only now it is known to be safe to open: merely opening some devices has effects.
  const std::string again = fmt::format("/proc/self/fd/{}", place.number());
  const Descriptor file(open(again.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.number() < 0) {
    const int code = errno;
    return errno_error("cannot open " + where, code);
  }
  return read_all(file.number(), where);
}

}  // namespace squid
