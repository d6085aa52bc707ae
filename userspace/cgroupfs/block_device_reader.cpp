#include "cgroupfs/block_device_reader.h"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <filesystem>
#include <system_error>

namespace squid {

BlockDevice SysfsBlockDevices::read(std::uint32_t major, std::uint32_t minor) const {
  namespace fs = std::filesystem;
  const std::string number = fmt::format("{}:{}", major, minor);
  const fs::path directory = fs::path(sysfs_) / "dev/block" / number;
  std::error_code error;
  const fs::path target = fs::read_symlink(directory, error);
  if (error) return {.name = number};

  BlockDevice device{.name = target.filename().string()};
  const auto slaves = fs::directory_iterator(directory / "slaves", error);
  device.stacked = (!error && slaves != fs::directory_iterator()) || fs::exists(directory / "loop", error);
  return device;
}

DeviceFilter make_device_filter() {
  return [known = boost::unordered_flat_map<std::uint64_t, bool>()](std::uint32_t major,
                                                                    std::uint32_t minor) mutable {
    const auto [device, is_new] = known.try_emplace(std::uint64_t{major} << 32 | minor);
    if (is_new) device->second = !SysfsBlockDevices().read(major, minor).stacked;
    return device->second;
  };
}

}  // namespace squid
