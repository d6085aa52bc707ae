// short_lives COUNT PER_SECOND BURN_MS STANDING: containers as the kernel sees them, a cgroup in every
// hierarchy with a process that burns CPU time and ends, born at an even pace beside others that only stand
// there. Prints "ready" when those stand, begins when it is sent a line, prints "<id> <CPU ns>" for each
// life, "done", and ends with its input.
//
// The process is stopped while it is moved into its cgroup, so what wait4() says of it, less what it had used
// until then, is to the microsecond what the cgroup was charged for.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/live_cgroup.h"
#include "support/workload.h"

namespace {

using namespace squid;
using Clock = std::chrono::steady_clock;

constexpr unsigned kWorkers = 2;

struct Plan {
  unsigned count, per_second, burn_ms, standing;
};

std::uint64_t nanoseconds(const timeval& time) {
  return (static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec)) *
         1000;
}

std::uint64_t cpu_ns_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/schedstat");
  std::uint64_t used = 0;
  if (!(file >> used)) throw std::runtime_error("this kernel keeps no schedstat");
  return used;
}

// Kind 's' stands, kind 'b' is born and ends.
std::string id_of(char kind, unsigned number) {
  char digits[65];
  std::snprintf(digits, sizeof(digits), "%s%08x%055x", kind == 's' ? "a" : "b", number, getpid());
  return digits;
}

[[noreturn]] void burn_and_exit(unsigned milliseconds) {
  raise(SIGSTOP);
  burn_cpu(std::uint64_t{milliseconds} * 1'000'000, 0);
  _exit(0);
}

// Returns the CPU time that the cgroup was charged for.
std::uint64_t live_once(const Topology& topology, const std::string& path, unsigned burn_ms) {
  const LiveCgroup cgroup(topology, path);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) burn_and_exit(burn_ms);
  int status = 0;
  waitpid(child, &status, WUNTRACED);
  const std::uint64_t before = cpu_ns_of(child);
  cgroup.add(child);
  kill(child, SIGCONT);
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) throw std::runtime_error("the process is lost");
  return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime) - before;
}

void live_and_die(const Topology& topology, const std::string& parent, const Plan& plan, unsigned worker) {
  const auto start = Clock::now();
  for (unsigned number = worker; number < plan.count; number += kWorkers) {
    std::this_thread::sleep_until(start +
                                  std::chrono::nanoseconds(1'000'000'000LL / plan.per_second * number));
    const std::string id = id_of('b', number);
    const std::uint64_t used = live_once(topology, parent + "/" + id, plan.burn_ms);
    std::printf("%s %llu\n", id.c_str(), static_cast<unsigned long long>(used));
    std::fflush(stdout);
  }
}

void wait_for_workers(const std::vector<pid_t>& workers) {
  for (const pid_t worker : workers) {
    int status = 0;
    waitpid(worker, &status, 0);
    if (status != 0) throw std::runtime_error("a worker failed");
  }
}

void run(const Plan& plan) {
  const Topology topology = live_topology();
  const LiveCgroup parent(topology, "/squid-lives-" + std::to_string(getpid()));
  parent.delegate();
  std::vector<std::unique_ptr<LiveCgroup>> standing;
  for (unsigned i = 0; i < plan.standing; ++i)
    standing.push_back(std::make_unique<LiveCgroup>(topology, parent.path() + "/" + id_of('s', i)));
  std::puts("ready");
  std::fflush(stdout);
  if (std::getchar() == EOF) return;

  std::vector<pid_t> workers;
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    workers.push_back(fork());
    if (workers.back() != 0) continue;
    try {
      live_and_die(topology, parent.path(), plan, worker);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "short_lives: %s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  wait_for_workers(workers);
  std::puts("done");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

unsigned number_of(const char* text) {
  unsigned number = 0;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: short_lives COUNT PER_SECOND BURN_MS STANDING\n", stderr);
    return 2;
  }
  try {
    run({number_of(argv[1]), number_of(argv[2]), number_of(argv[3]), number_of(argv[4])});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "short_lives: %s\n", error.what());
    return 1;
  }
  return 0;
}
