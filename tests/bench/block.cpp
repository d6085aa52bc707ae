// What counting block I/O costs for each request: direct reads of a loop device, one after the other, and the
// time that the kernel says our programs took meanwhile. That includes the kernel's own two looks at the
// clock for each run, which is printed beside it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel/block_io.h"
#include "kernel/program_cost.h"
#include "support/loop_device.h"

namespace squid {
namespace {

constexpr double kBarNs = 200;
constexpr int kRounds = 15;
constexpr int kRequests = 20'000;
constexpr std::size_t kBytes = 4096;
constexpr std::size_t kDeviceBytes = std::size_t{64} << 20;

double now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

class Reader {
 public:
  explicit Reader(const std::string& device) : fd_(open(device.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)) {
    if (fd_ < 0 || posix_memalign(&buffer_, kBytes, kBytes) != 0)
      throw std::runtime_error("cannot read " + device);
  }
  ~Reader() {
    close(fd_);
    std::free(buffer_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Wall time of one request.
  double request_ns() const {
    const double start = now_ns();
    for (int i = 0; i < kRequests; ++i) {
      const off_t at = static_cast<off_t>(i) * static_cast<off_t>(kBytes) % static_cast<off_t>(kDeviceBytes);
      if (pread(fd_, buffer_, kBytes, at) != static_cast<ssize_t>(kBytes))
        throw std::runtime_error("short read");
    }
    return (now_ns() - start) / kRequests;
  }

 private:
  int fd_;
  void* buffer_ = nullptr;
};

struct Cost {
  double run_ns = 0;
  double runs = 0;
};

Cost of_all_programs() {
  Cost cost;
  for (const ProgramCost& program : read_program_costs()) {
    cost.run_ns += static_cast<double>(program.run_time_ns);
    cost.runs += static_cast<double>(program.runs);
  }
  return cost;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

int run() {
  const LoopDevice device(kDeviceBytes);
  const Reader reader(device.path());
  reader.request_ns();
  std::vector<double> without, counted;
  double runs = 0;
  for (int round = 0; round < kRounds; ++round) {
    without.push_back(reader.request_ns());
    const auto block = BlockIo::load({});
    if (!block) throw std::runtime_error(block.error().message);
    const auto counting = count_run_times();
    if (!counting) throw std::runtime_error(counting.error().message);
    const Cost before = of_all_programs();
    reader.request_ns();
    const Cost after = of_all_programs();
    counted.push_back((after.run_ns - before.run_ns) / kRequests);
    runs = (after.runs - before.runs) / kRequests;
  }
  std::printf(
      "block request of 4 KiB: %.0f ns without us; our programs run %.1f times for it and take %.1f ns, bar "
      "%.0f\n",
      median(without), runs, median(counted), kBarNs);
  return median(counted) <= kBarNs ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main() try { return squid::run(); } catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
