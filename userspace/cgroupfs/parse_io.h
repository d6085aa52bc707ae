// Parsers of the files about block I/O. What they tell is summed over the devices that are not made of other
// ones: what a loop, dm or md device passes on is counted by the device below as well.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "core/cgroup_sample.h"

namespace squid {

// Whether a device counts.
using DeviceFilter = std::function<bool(std::uint32_t major, std::uint32_t minor)>;

void parse_io_stat(std::string_view text, const DeviceFilter& counts, CgroupSample& sample);  // v2
// v1, blkio.throttle.io_service_bytes_recursive and blkio.throttle.io_serviced_recursive.
void parse_io_service_bytes(std::string_view text, const DeviceFilter& counts, CgroupSample& sample);
void parse_io_serviced(std::string_view text, const DeviceFilter& counts, CgroupSample& sample);

}  // namespace squid
