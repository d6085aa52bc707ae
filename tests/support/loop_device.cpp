#include "support/loop_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace squid {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

LoopDevice::LoopDevice(std::size_t bytes) {
  char name[] = "/var/tmp/squid-loop-XXXXXX";
  const int file = mkstemp(name);
  if (file < 0) fail("mkstemp");
  unlink(name);
  // Real blocks: a file system does not ask its disk for what was never written.
  const std::string block(std::size_t{1} << 20, 'x');
  for (std::size_t at = 0; at < bytes; at += block.size())
    if (write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size())) fail("write");
  if (fsync(file) != 0) fail("fsync");
  use_free_device(file);
  close(file);
}

void LoopDevice::use_free_device(int file) {
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) fail("/dev/loop-control");
  for (int attempt = 0; attempt < 10 && device_ < 0; ++attempt) {
    path_ = "/dev/loop" + std::to_string(ioctl(control, LOOP_CTL_GET_FREE));
    device_ = open(path_.c_str(), O_RDWR | O_CLOEXEC);
    // Somebody else may have been faster.
    if (device_ >= 0 && ioctl(device_, LOOP_SET_FD, file) != 0) close(std::exchange(device_, -1));
  }
  close(control);
  if (device_ < 0) throw std::runtime_error("there is no free loop device");
  // Past the page cache of the file below, so that its device sees each request.
  if (ioctl(device_, LOOP_SET_DIRECT_IO, 1) != 0) fail("LOOP_SET_DIRECT_IO");
}

LoopDevice::~LoopDevice() {
  if (device_ < 0) return;
  ioctl(device_, LOOP_CLR_FD, 0);
  close(device_);
}

}  // namespace squid
