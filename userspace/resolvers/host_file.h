// Reading what somebody else owns, below a root directory that is not ours.
//
// Container runtimes and users decide what lies there, so nothing about it is trusted: links lead nowhere
// outside of the root, and a device, a pipe or an endless file is refused before it is opened for reading.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/name_resolver.h"
#include "core/result.h"

namespace squid {

inline constexpr std::size_t kLongestHostFileBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMostHostEntries = 65536;

// In all of these, `path` is taken as if `root` were the root of the file system.
Result<std::string> read_host_file(const std::string& root, const std::string& path);
// Which state the file is in, without opening it.
Result<NameFile::Stamp> stamp_host_file(const std::string& root, const std::string& path);
// Since its stamp was taken; also where it is gone.
bool has_changed(const NameFile& file);
bool is_host_directory(const std::string& root, const std::string& path);
// The names in a directory, in no order.
Result<std::vector<std::string>> list_host_directory(const std::string& root, const std::string& path);

}  // namespace squid
