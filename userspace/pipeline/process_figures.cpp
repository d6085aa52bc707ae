#include "pipeline/process_figures.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <string_view>

namespace squid {

ProcessFigures::ProcessFigures()
    : statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      descriptors_(open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

double ProcessFigures::rss_bytes() const {
  std::array<char, 128> text;
  const ssize_t size = pread(statm_.get(), text.data(), text.size(), 0);
  if (size <= 0) return 0;
  // In pages: all that is mapped, then what is in memory.
  const std::string_view line(text.data(), static_cast<std::size_t>(size));
  const std::size_t space = line.find(' ');
  unsigned long long pages = 0;
  if (space != std::string_view::npos)
    std::from_chars(line.data() + space + 1, line.data() + line.size(), pages);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double ProcessFigures::open_files() const {
  // Since 6.2 the directory's size is the answer; listing it costs too much with thousands of kept
  // descriptors.
  struct stat directory {};
  if (fstat(descriptors_.get(), &directory) == 0 && directory.st_size > 0)
    return static_cast<double>(directory.st_size);
  double count = 0;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    ++count;
  return count;
}

}  // namespace squid
