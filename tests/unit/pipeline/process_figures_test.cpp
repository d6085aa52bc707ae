#include "pipeline/process_figures.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace squid {
namespace {

TEST(ProcessFigures, MemoryThatIsTouchedIsInTheRss) {
  constexpr std::size_t kBytes = 32 << 20;
  const ProcessFigures figures;
  const double before = figures.rss_bytes();
  void* const memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, kBytes);
  EXPECT_NEAR(figures.rss_bytes() - before, kBytes, 4 << 20);
  munmap(memory, kBytes);
  EXPECT_NEAR(figures.rss_bytes(), before, 4 << 20);
}

TEST(ProcessFigures, EveryDescriptorCounts) {
  const ProcessFigures figures;
  const double before = figures.open_files();
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(figures.open_files(), before + 2);
  for (const int end : ends) close(end);
  EXPECT_EQ(figures.open_files(), before);
}

}  // namespace
}  // namespace squid
