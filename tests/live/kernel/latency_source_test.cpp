// How tasks wait for a CPU, against what the kernel adds up for each of them in its own books.
#include "kernel/latency_source.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) _exit(1);
}

// Of a process: "CPU time, time it waited, how often it got a CPU".
std::uint64_t waited_ns(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/schedstat");
  std::uint64_t ran = 0, waited = 0;
  if (!(file >> ran >> waited)) throw std::runtime_error("this kernel keeps no schedstat");
  return waited;
}

std::uint64_t involuntary_switches(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;)
    if (word == "nonvoluntary_ctxt_switches:" && file >> word) return std::stoull(word);
  throw std::runtime_error("no count of switches");
}

// Shared with the processes that a test forks.
class SharedNumber {
 public:
  SharedNumber()
      : number_(static_cast<std::uint64_t*>(mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedNumber() { munmap(number_, sizeof(std::uint64_t)); }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  std::uint64_t& operator*() { return *number_; }

 private:
  std::uint64_t* number_;
};

const Hierarchy& cpu_hierarchy(const Topology& topology) {
  return topology.hierarchies[topology.find(Controller::kCpu).value()];
}

class LatencySourceLive : public testing::Test {
 protected:
  LatencySourceLive() {
    const Hierarchy& home = cpu_hierarchy(topology);
    auto program = LatencyProgram::load({.version = home.version, .slots = 256});
    if (!program) throw std::runtime_error(program.error().message);
    auto paths = CgroupPaths::open(home.mount_point);
    if (!paths) throw std::runtime_error(paths.error().message);
    source = std::make_unique<LatencySource>(*std::move(program), std::vector<double>{90},
                                             SlotOwners::Parts{.paths = *std::move(paths),
                                                               .hierarchy = *topology.find(Controller::kCpu),
                                                               .lifecycle = rig.parts.lifecycle});
    pass();
  }
  void pass() {
    rig.pass();
    ASSERT_TRUE(source->collect(rig.snapshot));
  }
  double upper_us() {
    std::vector<Point> points;
    source->append_points(rig.slot(cgroup.path()), points);
    for (const Point& point : points)
      if (point.stat == Stat::kUpper) return point.value;
    return 0;
  }

  const Topology topology = live_topology();
  const LiveCgroup cgroup{topology, "/squid-live-" + std::to_string(getpid())};
  const LiveCgroup rival{topology, cgroup.path() + "-rival"};
  BpfRig rig{topology, "/squid-live-" + std::to_string(getpid())};
  std::unique_ptr<LatencySource> source;
};

TEST_F(LatencySourceLive, WaitsAreThoseInTheKernelsOwnBooks) {
  // Two that want the same CPU all the time: each waits about as long as it runs.
  const Workload other(rival, [] {
    const pid_t child = fork();
    if (child != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin_to(0);
    for (;;) burn_cpu(kMs, 0);
  });
  const std::uint64_t switches_before = rig.sample(cgroup.path()).cpu_involuntary_switches.value_or(0);
  SharedNumber before;
  const Workload worker(cgroup, [&before] {
    *before = waited_ns(getpid());
    pin_to(0);
    burn_cpu(200 * kMs, 0);
  });
  ASSERT_TRUE(worker.alive());
  pass();
  const CgroupSample& sample = rig.sample(cgroup.path());
  const auto truth = static_cast<double>(waited_ns(worker.pid()) - *before);
  EXPECT_GT(truth, 20e6);
  EXPECT_NEAR(static_cast<double>(*sample.cpu_wait_ns), truth, 0.02 * truth + 1e6);
  const auto switches = static_cast<double>(*sample.cpu_involuntary_switches - switches_before);
  const auto true_switches = static_cast<double>(involuntary_switches(worker.pid()));
  EXPECT_GT(true_switches, 5);
  EXPECT_NEAR(switches, true_switches, 0.1 * true_switches + 2);
  EXPECT_GT(upper_us(), 500.0);
}

TEST_F(LatencySourceLive, WhoSleepsAndIsAloneHardlyWaits) {
  SharedNumber before;
  const Workload sleeper(cgroup, [&before] {
    *before = waited_ns(getpid());
    for (int i = 0; i < 50; ++i) usleep(1000);
  });
  ASSERT_TRUE(sleeper.alive());
  pass();
  const auto truth = static_cast<double>(waited_ns(sleeper.pid()) - *before);
  EXPECT_NEAR(static_cast<double>(*rig.sample(cgroup.path()).cpu_wait_ns), truth, 0.02 * truth + 1e6);
}

TEST_F(LatencySourceLive, ManyTasksOnAllCpusAddUp) {
  SharedNumber before;
  const Workload parent(cgroup, [&before] {
    *before = waited_ns(getpid());
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      children.push_back(fork());
      if (children.back() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // Long enough to be moved between CPUs while it waits.
        burn_cpu(100 * kMs, 0);
        raise(SIGSTOP);
        _exit(0);
      }
    }
    for (const pid_t child : children) waitpid(child, nullptr, WUNTRACED);
  });
  ASSERT_TRUE(parent.alive());
  pass();
  std::uint64_t truth = waited_ns(parent.pid()) - *before;
  std::ifstream children("/proc/" + std::to_string(parent.pid()) + "/task/" + std::to_string(parent.pid()) +
                         "/children");
  for (pid_t child = 0; children >> child;) truth += waited_ns(child);
  EXPECT_GT(truth, 100 * kMs);
  EXPECT_NEAR(static_cast<double>(*rig.sample(cgroup.path()).cpu_wait_ns), static_cast<double>(truth),
              0.02 * static_cast<double>(truth) + 5e6);
}

}  // namespace
}  // namespace squid
