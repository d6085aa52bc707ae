// How tasks wait for a CPU, against what the kernel adds up for each of them in its own books.
#include "kernel/latency_source.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/schedstat.h"
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

std::uint64_t waited_ns(pid_t process) {
  return static_cast<std::uint64_t>(waited_for_cpu(std::to_string(process)).count());
}

std::uint64_t involuntary_switches(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;)
    if (word == "nonvoluntary_ctxt_switches:" && file >> word) return std::stoull(word);
  throw std::runtime_error("no count of switches");
}

bool sleeps(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;)
    if (word == "State:" && file >> word) return word == "S";
  throw std::runtime_error("a task is gone");
}

// Tasks that are in the cgroup already when they are told to begin, and still when they are done: what they
// wait for while they enter it is in nobody's account.
class Gang {
 public:
  Gang(const LiveCgroup& cgroup, int tasks, const std::function<void()>& work)
      : leader_(cgroup, [this, tasks, &work] {
          for (int i = 0; i < tasks; ++i)
            if (const pid_t child = fork(); child != 0)
              shared_->tasks[shared_->count++] = child;
            else
              run(work);
          close(begin_[1]);
        }) {
    if (!leader_.alive()) throw std::runtime_error("the tasks did not start");
    wait_until_asleep();
  }
  ~Gang() {
    munmap(shared_, sizeof(Shared));
    close(begin_[0]);
  }
  Gang(const Gang&) = delete;
  Gang& operator=(const Gang&) = delete;

  void work() const {
    close(begin_[1]);
    while (shared_->done < shared_->count) usleep(1000);
    wait_until_asleep();
  }
  std::uint64_t sum(std::uint64_t (*of)(pid_t)) const {
    std::uint64_t all = of(leader_.pid());
    for (int i = 0; i < shared_->count; ++i) all += of(shared_->tasks[i]);
    return all;
  }

 private:
  struct Shared {
    std::atomic<int> done;
    int count;
    std::array<pid_t, 8> tasks;
  };

  void wait_until_asleep() const {
    for (int i = 0; i < shared_->count; ++i)
      while (!sleeps(shared_->tasks[i])) usleep(1000);
  }

  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("cannot make a pipe");
    return ends;
  }

  void run(const std::function<void()>& work) const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(begin_[1]);
    char nothing = 0;
    (void)!read(begin_[0], &nothing, 1);  // until all have closed the other end
    work();
    ++shared_->done;
    for (;;) pause();
  }

  std::array<int, 2> begin_ = make_pipe();
  Shared* shared_ = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  Workload leader_;
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
  // Of the cgroup while the tasks did their work, as we count and as the kernel does for each task.
  struct Growth {
    double wait_ns, true_wait_ns;
    double switches, true_switches;
  };
  Growth measure(int tasks, const std::function<void()>& work) {
    const Gang gang(cgroup, tasks, work);
    pass();
    const CgroupSample before = rig.sample(cgroup.path());
    const std::uint64_t waited = gang.sum(waited_ns), switched = gang.sum(involuntary_switches);
    gang.work();
    pass();
    const CgroupSample& after = rig.sample(cgroup.path());
    return {.wait_ns = static_cast<double>(*after.cpu_wait_ns - before.cpu_wait_ns.value_or(0)),
            .true_wait_ns = static_cast<double>(gang.sum(waited_ns) - waited),
            .switches = static_cast<double>(*after.cpu_involuntary_switches -
                                            before.cpu_involuntary_switches.value_or(0)),
            .true_switches = static_cast<double>(gang.sum(involuntary_switches) - switched)};
  }
  static void expect_near(const Growth& growth) {
    EXPECT_NEAR(growth.wait_ns, growth.true_wait_ns, 0.06 * growth.true_wait_ns + 2e6);
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
  const Growth growth = measure(1, [] {
    pin_to(0);
    burn_cpu(200 * kMs, 0);
  });
  EXPECT_GT(growth.true_wait_ns, 20e6);
  expect_near(growth);
  EXPECT_GT(growth.true_switches, 5);
  EXPECT_NEAR(growth.switches, growth.true_switches, 0.1 * growth.true_switches + 2);
  EXPECT_GT(upper_us(), 500.0);
}

TEST_F(LatencySourceLive, WhoSleepsAndIsAloneHardlyWaits) {
  expect_near(measure(1, [] {
    for (int i = 0; i < 50; ++i) usleep(1000);
  }));
}

TEST_F(LatencySourceLive, ManyTasksOnAllCpusAddUp) {
  // Long enough to be moved between CPUs while they wait.
  const Growth growth = measure(6, [] { burn_cpu(100 * kMs, 0); });
  EXPECT_GT(growth.true_wait_ns, 100e6);
  expect_near(growth);
}

}  // namespace
}  // namespace squid
