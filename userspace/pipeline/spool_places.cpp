#include "pipeline/spool_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/secrets.h"
#include "net/spool.h"

namespace squid {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestName = 100;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

// 64-bit FNV-1a: names must be the same after an update of any library.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool is_among(const std::vector<SpoolPlace>& places, const std::string& directory) {
  return std::any_of(places.begin(), places.end(),
                     [&](const SpoolPlace& place) { return place.directory == directory; });
}

// Also in directories below: a sink with several servers has one for each.
bool has_reports_of_nobody(const fs::path& directory) {
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".segment" && !Spool::is_in_use(entry->path().parent_path()))
      return true;
  return false;
}

}  // namespace

SpoolPlace compute_spool_place(const Options& options, const std::string& sink,
                               const std::vector<SpoolPlace>& taken) {
  if (options.state_dir.empty()) return {};
  const std::string text = mask_secrets(sink);
  // For people; the hash makes it unique.
  std::string readable = text.substr(0, kLongestName);
  std::replace_if(
      readable.begin(), readable.end(), [](char c) { return !is_plain(c); }, '_');
  const std::string directory =
      fmt::format("{}/spool/{}-{:016x}", options.state_dir, readable, hash_of(text));
  std::string own = directory;
  for (int number = 2; is_among(taken, own); ++number) own = fmt::format("{}-{}", directory, number);
  return {.directory = own, .limit_bytes = options.spool_limit_mib << 20};
}

std::vector<std::string> find_forgotten_spools(const std::string& state_dir,
                                               const std::vector<SpoolPlace>& places) {
  std::vector<std::string> forgotten;
  std::error_code error;
  for (auto entry = fs::directory_iterator(state_dir + "/spool", error);
       !error && entry != fs::directory_iterator(); entry.increment(error))
    if (!is_among(places, entry->path()) && has_reports_of_nobody(entry->path()))
      forgotten.push_back(entry->path());
  std::sort(forgotten.begin(), forgotten.end());
  return forgotten;
}

}  // namespace squid
