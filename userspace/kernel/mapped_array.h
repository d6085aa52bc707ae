// MappedArray: the elements of a mappable BPF array as plain memory.
#pragma once

#include <cstddef>

#include "core/result.h"

namespace squid {

// Mapped pages count as our memory once they are touched, so it covers only the first elements: those in use.
class MappedArray {
 public:
  MappedArray() = default;
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray();

  // After this, data() has at least `bytes`.
  Result<void> cover(int map_fd, std::size_t bytes, std::size_t map_bytes);
  const void* data() const { return data_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace squid
