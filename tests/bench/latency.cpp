// What --latency cpu costs at each switch from one task to another: two tasks on one CPU wake each other
// through a pipe, with the program attached and without, in turns; the medians are compared.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "kernel/latency_program.h"
#include "support/live_cgroup.h"
#include "support/median.h"

namespace squid {
namespace {

constexpr double kBarNs = 150;
constexpr int kRounds = 31;
constexpr int kTurns = 20'000;  // two switches each

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void play(int in, int out, int turns, bool first) {
  char ball = 'x';
  for (int i = 0; i < turns; ++i) {
    if (first && write(out, &ball, 1) != 1) fail("write");
    if (read(in, &ball, 1) != 1) fail("read");
    if (!first && write(out, &ball, 1) != 1) fail("write");
  }
}

std::uint64_t cpu_ns(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) fail("clock_gettime");
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

// CPU time of both tasks for one switch. Not wall time: somebody else may want this CPU as well.
double switch_ns(const LiveCgroup& cgroup) {
  std::array<int, 2> there{}, back{};
  if (pipe(there.data()) != 0 || pipe(back.data()) != 0) fail("pipe");
  const pid_t child = fork();
  if (child == 0) {
    cgroup.add(getpid());
    play(there[0], back[1], kTurns + 2, false);
    _exit(0);
  }
  clockid_t other = 0;
  if (clock_getcpuclockid(child, &other) != 0) fail("clock_getcpuclockid");
  play(back[0], there[1], 1, true);
  const std::uint64_t before = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) + cpu_ns(other);
  play(back[0], there[1], kTurns, true);
  const std::uint64_t after = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) + cpu_ns(other);
  play(back[0], there[1], 1, true);
  waitpid(child, nullptr, 0);
  for (const int fd : {there[0], there[1], back[0], back[1]}) close(fd);
  return static_cast<double>(after - before) / (2.0 * kTurns);
}

int run() {
  const Topology topology = live_topology();
  const LiveCgroup ours(topology, "/squid-bench-" + std::to_string(getpid()));
  const LiveCgroup theirs(topology, ours.path() + "-other");
  ours.add(getpid());
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(1 % sysconf(_SC_NPROCESSORS_ONLN), &one);
  if (sched_setaffinity(0, sizeof(one), &one) != 0) fail("sched_setaffinity");
  std::vector<double> without, with;
  const CgroupVersion version = topology.hierarchies[topology.find(Controller::kCpu).value()].version;
  for (int round = 0; round < kRounds; ++round) {
    without.push_back(switch_ns(theirs));
    auto program = LatencyProgram::load({.version = version});
    if (!program) throw std::runtime_error(program.error().message);
    with.push_back(switch_ns(theirs));
  }
  const double cost = median(with) - median(without);
  std::printf(
      "switch from one task to another: %.0f ns, with --latency cpu %.0f ns: %.1f ns each, bar %.0f\n",
      median(without), median(with), cost, kBarNs);
  // Out of what is about to be removed.
  for (const Hierarchy& hierarchy : topology.hierarchies) {
    FILE* root = std::fopen((hierarchy.mount_point + "/cgroup.procs").c_str(), "w");
    if (root == nullptr) continue;
    std::fprintf(root, "%d", getpid());
    std::fclose(root);
  }
  return cost <= kBarNs ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main() try { return squid::run(); } catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
