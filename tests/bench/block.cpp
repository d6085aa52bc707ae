// What counting block I/O costs for each request: direct reads of a loop device, one after the other, and the
// time that the kernel says our programs took meanwhile. That includes the kernel's own two looks at the
// clock for each run, which is printed beside it.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/monotonic.h"
#include "kernel/block_io.h"
#include "kernel/program_cost.h"
#include "kernel/unique_fd.h"
#include "support/loop_device.h"
#include "support/median.h"

namespace squid {
namespace {

constexpr double kBarNs = 200;
constexpr int kRounds = 15;
constexpr int kRequests = 20'000;
constexpr std::size_t kBytes = 4096;
constexpr std::size_t kDeviceBytes = std::size_t{64} << 20;

// Reads with `depth` requests at a time.
class Reader {
 public:
  Reader(const std::string& device, unsigned depth)
      : fd_(open(device.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)), requests_(depth), done_(depth) {
    if (!fd_ || syscall(SYS_io_setup, depth, &context_) != 0 ||
        posix_memalign(&buffer_, kBytes, kBytes * depth) != 0)
      throw std::runtime_error("cannot read " + device);
  }
  ~Reader() {
    syscall(SYS_io_destroy, context_);
    std::free(buffer_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Wall time of one request.
  double request_ns() {
    const auto depth = static_cast<long>(requests_.size());
    const std::uint64_t start = monotonic_ns();
    for (int i = 0; i < kRequests; i += static_cast<int>(depth)) {
      std::vector<iocb*> batch;
      for (iocb& request : requests_) {
        const auto place = static_cast<std::size_t>(batch.size());
        request = {};
        request.aio_fildes = static_cast<std::uint32_t>(fd_.get());
        request.aio_lio_opcode = IOCB_CMD_PREAD;
        request.aio_buf = reinterpret_cast<std::uintptr_t>(buffer_) + place * kBytes;
        request.aio_nbytes = kBytes;
        request.aio_offset =
            static_cast<std::int64_t>((static_cast<std::size_t>(i) + place) * kBytes % kDeviceBytes);
        batch.push_back(&request);
      }
      if (syscall(SYS_io_submit, context_, depth, batch.data()) != depth ||
          syscall(SYS_io_getevents, context_, depth, depth, done_.data(), nullptr) != depth)
        throw std::runtime_error("a read failed");
    }
    return static_cast<double>(monotonic_ns() - start) / kRequests;
  }

 private:
  UniqueFd fd_;
  aio_context_t context_ = 0;
  std::vector<iocb> requests_;
  std::vector<io_event> done_;
  void* buffer_ = nullptr;
};

constexpr const char* kEmptyName = "does_nothing";

// Counts for nobody, at the same tracepoint as ours.
class EmptyProgram {
 public:
  EmptyProgram() {
    const bpf_insn nothing[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    program_.reset(
        bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, kEmptyName, "GPL", nothing, std::size(nothing), nullptr));
    link_.reset(bpf_raw_tracepoint_open("block_rq_issue", program_.get()));
    if (!program_ || !link_) throw std::runtime_error("cannot attach a program that does nothing");
  }

 private:
  UniqueFd program_, link_;
};

struct Cost {
  double run_ns = 0;
  double runs = 0;
};

Cost operator-(const Cost& a, const Cost& b) {
  return {.run_ns = a.run_ns - b.run_ns, .runs = a.runs - b.runs};
}

struct Costs {
  Cost ours, empty;
};

Costs read_costs() {
  Costs costs;
  for (const ProgramCost& program : read_program_costs()) {
    Cost& cost = program.name == kEmptyName ? costs.empty : costs.ours;
    cost.run_ns += static_cast<double>(program.run_time_ns);
    cost.runs += static_cast<double>(program.runs);
  }
  return costs;
}

// Of our programs for one request, in nanoseconds.
double measure(const LoopDevice& device, unsigned depth) {
  Reader reader(device.path(), depth);
  reader.request_ns();
  std::vector<double> without, cost_ns, runs;
  for (int round = 0; round < kRounds; ++round) {
    without.push_back(reader.request_ns());
    const auto block = BlockIo::load({});
    const EmptyProgram empty_program;
    const auto counting = count_run_times();
    if (!block || !counting) throw std::runtime_error((block ? counting.error() : block.error()).message);
    const Costs before = read_costs();
    reader.request_ns();
    const Costs after = read_costs();
    const Cost ours = after.ours - before.ours, empty = after.empty - before.empty;
    // It ran once for each request, of the loop device and of the disk.
    runs.push_back(ours.runs / empty.runs);
    cost_ns.push_back((ours.run_ns - ours.runs * empty.run_ns / empty.runs) / empty.runs);
  }
  std::printf(
      "reads of 4 KiB, %2u at a time: %6.0f ns each; our programs run %.1f times for a request and take %.1f "
      "ns\n",
      depth, median(without), median(runs), median(cost_ns));
  return median(cost_ns);
}

int run() {
  const LoopDevice device(kDeviceBytes);
  // One at a time the caches are cold again for each request; then a request also takes long, and there are
  // few.
  measure(device, 1);
  const double cost_ns = measure(device, 32);
  std::printf("bar %.0f ns for a busy device\n", kBarNs);
  return cost_ns <= kBarNs ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main() try { return squid::run(); } catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
