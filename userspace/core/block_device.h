// BlockDevice: what people call a device number, and whether it is a device of its own.
#pragma once

#include <cstdint>
#include <string>

namespace squid {

struct BlockDevice {
  std::string name;  // "sda"; "8:0" where the kernel has no name for it
  bool stacked =
      false;  // made of other devices or of a file (loop, dm, md): its bytes are counted below once more
};

class BlockDevices {
 public:
  BlockDevices() = default;
  BlockDevices(const BlockDevices&) = delete;
  BlockDevices& operator=(const BlockDevices&) = delete;
  virtual ~BlockDevices() = default;

  virtual BlockDevice read(std::uint32_t major, std::uint32_t minor) const = 0;
};

}  // namespace squid
