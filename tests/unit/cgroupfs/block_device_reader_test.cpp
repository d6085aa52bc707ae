#include "cgroupfs/block_device_reader.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace squid {
namespace {

class SysfsBlockDevicesTest : public testing::Test {
 protected:
  // A device as sysfs shows it.
  std::filesystem::path add(const std::string& number, const std::string& name) {
    namespace fs = std::filesystem;
    const fs::path device = fs::path(sysfs_.path()) / "devices" / name;
    fs::create_directories(device / "slaves");
    fs::create_directories(fs::path(sysfs_.path()) / "dev/block");
    fs::create_directory_symlink(device, fs::path(sysfs_.path()) / "dev/block" / number);
    return device;
  }

  TempDir sysfs_;
  SysfsBlockDevices devices_{sysfs_.path()};
};

TEST_F(SysfsBlockDevicesTest, ADiskHasItsName) {
  add("8:0", "sda");
  const BlockDevice device = devices_.read(8, 0);
  EXPECT_EQ(device.name, "sda");
  EXPECT_FALSE(device.stacked);
}

TEST_F(SysfsBlockDevicesTest, OneMadeOfOthersIsStacked) {
  std::filesystem::create_directory(add("253:0", "dm-0") / "slaves" / "sda");
  EXPECT_TRUE(devices_.read(253, 0).stacked);
}

TEST_F(SysfsBlockDevicesTest, OneMadeOfAFileIsStacked) {
  std::filesystem::create_directory(add("7:3", "loop3") / "loop");
  EXPECT_TRUE(devices_.read(7, 3).stacked);
}

TEST_F(SysfsBlockDevicesTest, AnUnknownOneIsCalledByItsNumber) {
  const BlockDevice device = devices_.read(259, 7);
  EXPECT_EQ(device.name, "259:7");
  EXPECT_FALSE(device.stacked);
}

}  // namespace
}  // namespace squid
