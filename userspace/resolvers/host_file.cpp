#include "resolvers/host_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

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

// A place below `root` that is not open for reading yet: merely opening some devices has effects, and opening
// a pipe may wait for ever.
class Place {
 public:
  Place(const std::string& root, const std::string& path)
      : where_(root == "/" ? path : root + path), descriptor_(find(root, path, error_)) {}

  bool found() const { return descriptor_.number() >= 0; }
  const std::string& where() const { return where_; }
  Error error() const { return errno_error("cannot open " + where_, error_); }
  Result<struct stat> status() const {
    if (!found()) return error();
    struct stat status {};
    if (fstat(descriptor_.number(), &status) != 0) return errno_error("cannot look at " + where_, errno);
    return status;
  }
  // Or a negative number, with errno.
  int open_again(int flags) const {
    return open(fmt::format("/proc/self/fd/{}", descriptor_.number()).c_str(), flags | O_CLOEXEC);
  }

 private:
  static int find(const std::string& root, const std::string& path, int& error) {
    const Descriptor directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const int found =
        directory.number() < 0
            ? -1
            : static_cast<int>(syscall(SYS_openat2, directory.number(), path.c_str(), &how, sizeof(how)));
    error = errno;
    return found;
  }

  std::string where_;
  int error_ = 0;
  Descriptor descriptor_;
};

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

NameFile::Stamp stamp_of(const struct stat& status) {
  return {.inode = status.st_ino,
          .bytes = static_cast<std::uint64_t>(status.st_size),
          .changed_ns = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
}

}  // namespace

Result<std::string> read_host_file(const std::string& root, const std::string& path) {
  const Place place(root, path);
  const auto status = place.status();
  if (!status) return status.error();
  if (!S_ISREG(status->st_mode)) return Error{place.where() + " is not a regular file", EINVAL};
  const Descriptor file(place.open_again(O_RDONLY | O_NONBLOCK));
  if (file.number() < 0) return errno_error("cannot open " + place.where(), errno);
  return read_all(file.number(), place.where());
}

Result<NameFile::Stamp> stamp_host_file(const std::string& root, const std::string& path) {
  const auto status = Place(root, path).status();
  if (!status) return status.error();
  return stamp_of(*status);
}

bool has_changed(const NameFile& file) {
  // One system call instead of five. A symbolic link may lead it out of the root, but to nothing that has the
  // same stamp.
  struct stat status {};
  const std::string plain_path = file.root + file.path;
  if (lstat(plain_path.c_str(), &status) == 0 && stamp_of(status) == file.stamp) return false;
  const auto stamp = stamp_host_file(file.root, file.path);
  return !stamp || *stamp != file.stamp;
}

bool is_host_directory(const std::string& root, const std::string& path) {
  const auto status = Place(root, path).status();
  return status && S_ISDIR(status->st_mode);
}

Result<std::vector<std::string>> list_host_directory(const std::string& root, const std::string& path) {
  const Place place(root, path);
  if (!place.found()) return place.error();
  const int number = place.open_again(O_RDONLY | O_DIRECTORY);
  if (number < 0) return errno_error("cannot open " + place.where(), errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(number), closedir);
  if (!directory) {
    const int code = errno;
    close(number);
    return errno_error("cannot read " + place.where(), code);
  }
  std::vector<std::string> names;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == kMostHostEntries)
      return Error{fmt::format("{} has more than {} entries", place.where(), kMostHostEntries), EFBIG};
    names.emplace_back(name);
  }
  return names;
}

}  // namespace squid
