#include "net/spool_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace squid {
namespace {

iovec buffer_of(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<SpoolFile> SpoolFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return errno_error("cannot open " + path, errno);
  SpoolFile file(descriptor, 0);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return errno_error("cannot look at " + path, errno);
  if (!S_ISREG(status.st_mode)) return Error{path + " is no file"};
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

SpoolFile::~SpoolFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<std::uint64_t> SpoolFile::append(std::string_view head, std::string_view body) {
  const std::array<iovec, 2> parts{buffer_of(head), buffer_of(body)};
  const std::uint64_t begin = size_;
  const std::size_t whole = head.size() + body.size();
  const ssize_t written = pwritev(descriptor_, parts.data(), parts.size(), static_cast<off_t>(begin));
  if (written < 0 || static_cast<std::size_t>(written) != whole) {
    // Less than all without an error: the disk is full, or a limit on file sizes was reached.
    const int code = written < 0 ? errno : ENOSPC;
    (void)truncate(begin);
    return errno_error("cannot write to the spool", code);
  }
  size_ += whole;
  (void)sync_file_range(descriptor_, static_cast<off_t>(begin), static_cast<off_t>(whole),
                        SYNC_FILE_RANGE_WRITE);
  return begin;
}

Result<void> SpoolFile::replace(std::uint64_t offset, std::string_view bytes) {
  if (pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(bytes.size()))
    return errno_error("cannot write to the spool", errno);
  return {};
}

Result<std::string> SpoolFile::read(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read from the spool", errno);
    if (got == 0) return Error{"a file of the spool is shorter than it was"};
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<void> SpoolFile::truncate(std::uint64_t size) {
  if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
    return errno_error("cannot shorten a file of the spool", errno);
  size_ = size;
  return {};
}

bool SpoolFile::lock() {
  return flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace squid
