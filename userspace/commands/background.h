// Going into the background, for those who do not have a service manager that does it.
#pragma once

#include <string>

#include "core/result.h"

namespace squid {

// The process goes on as a child without a terminal. The parent stays until the child calls ready(), and ends
// with 0 then; a child that ends before has said why, and the parent ends with 2.
class Background {
 public:
  static Result<Background> enter();
  Background(Background&& other) noexcept;
  Background& operator=(Background&&) = delete;
  ~Background();

  // Everything is open: from now on nothing is written to where we were started.
  void ready();

 private:
  explicit Background(int parent) : parent_(parent) {}
  int parent_;  // a pipe
};

// The number of this process in a file, as long as it runs. One process at a time holds it.
class PidFile {
 public:
  static Result<PidFile> write(const std::string& path);
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  PidFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;  // keeps the lock
};

}  // namespace squid
