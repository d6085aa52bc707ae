// LoopDevice: a block device made of a file of its own, gone at the end of the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace squid {

class LoopDevice {
 public:
  // Throws where the host has no loop devices: what needs one cannot be tested then.
  explicit LoopDevice(std::size_t bytes);
  ~LoopDevice();
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  const std::string& path() const { return path_; }  // "/dev/loop3"
  std::string name() const { return path_.substr(5); }

 private:
  void use_free_device(int file);

  std::string path_;
  int device_ = -1;
};

}  // namespace squid
