// SpoolFile: a file that grows at its end, as a spool needs it: what cannot be appended whole is not
// appended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace squid {

class SpoolFile {
 public:
  // Opens the file, and creates it where there is none.
  static Result<SpoolFile> open(const std::string& path);
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&& other) noexcept;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  std::uint64_t size() const { return size_; }
  // Where it begins. The kernel has the bytes, and has begun to write them to the disk; nobody waits for
  // that.
  Result<std::uint64_t> append(std::string_view head, std::string_view body);
  // Instead of bytes that are there.
  Result<void> replace(std::uint64_t offset, std::string_view bytes);
  Result<std::string> read(std::uint64_t offset, std::size_t size) const;
  Result<void> truncate(std::uint64_t size);
  // False: another process has locked it. Until the file is closed.
  bool lock();

 private:
  SpoolFile(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_;
  std::uint64_t size_;
};

}  // namespace squid
