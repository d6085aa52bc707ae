// SysfsBlockDevices: names of block devices, from /sys/dev/block; and which of them the sums over all devices
// are about.
#pragma once

#include <string>

#include "cgroupfs/parse_io.h"
#include "core/block_device.h"

namespace squid {

class SysfsBlockDevices final : public BlockDevices {
 public:
  explicit SysfsBlockDevices(std::string sysfs = "/sys") : sysfs_(std::move(sysfs)) {}
  BlockDevice read(std::uint32_t major, std::uint32_t minor) const override;

 private:
  std::string sysfs_;
};

// Devices that are not made of others. Each is looked at once.
DeviceFilter make_device_filter();

}  // namespace squid
