#include "kernel/mapped_array.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace squid {

MappedArray::~MappedArray() {
  if (data_ != nullptr) munmap(data_, size_);
}

Result<void> MappedArray::cover(int map_fd, std::size_t bytes, std::size_t map_bytes) {
  if (bytes <= size_) return {};
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t wanted = (std::min(std::max(bytes, 2 * size_), map_bytes) + page - 1) / page * page;
  void* data = mmap(nullptr, wanted, PROT_READ, MAP_SHARED, map_fd, 0);
  if (data == MAP_FAILED) return errno_error("cannot map the records of the BPF programs", errno);
  if (data_ != nullptr) munmap(data_, size_);
  data_ = data;
  size_ = wanted;
  return {};
}

}  // namespace squid
