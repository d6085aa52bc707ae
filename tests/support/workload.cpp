#include "support/workload.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace squid {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t nanoseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

Workload::Truth used() {
  timespec cpu{};
  rusage usage{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  getrusage(RUSAGE_SELF, &usage);
  return {
      .cpu_ns = static_cast<std::uint64_t>(cpu.tv_sec) * kSecond + static_cast<std::uint64_t>(cpu.tv_nsec),
      .user_ns = nanoseconds(usage.ru_utime),
      .kernel_ns = nanoseconds(usage.ru_stime),
      .entering_ns = 0};
}

void touch(char* memory, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += kPage) memory[at] = 1;
}

[[noreturn]] void run_child(const std::array<int, 2>& pipe, const LiveCgroup& cgroup,
                            const std::function<void()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close(pipe[0]);
  const Workload::Truth outside = used();
  cgroup.add(getpid());
  const Workload::Truth before = used();
  work();
  const Workload::Truth after = used();
  const Workload::Truth truth{.cpu_ns = after.cpu_ns - before.cpu_ns,
                              .user_ns = after.user_ns - before.user_ns,
                              .kernel_ns = after.kernel_ns - before.kernel_ns,
                              .entering_ns = before.cpu_ns - outside.cpu_ns};
  if (write(pipe[1], &truth, sizeof(truth)) != sizeof(truth)) _exit(1);
  for (;;) pause();
}

}  // namespace

Workload::Workload(const LiveCgroup& cgroup, const std::function<void()>& work) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) run_child(pipe, cgroup, work);
  close(pipe[1]);
  alive_ = read(pipe[0], &truth_, sizeof(truth_)) == sizeof(truth_);
  close(pipe[0]);
}

Workload::~Workload() {
  if (pid_ > 0) end();
}

std::uint64_t Workload::end() {
  rusage usage{};
  kill(pid_, SIGKILL);
  wait4(pid_, nullptr, 0, &usage);
  pid_ = -1;
  return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
}

void burn_cpu(std::uint64_t user_ns, std::uint64_t kernel_ns) {
  const Workload::Truth start = used();
  volatile std::uint64_t sink = 0;
  while (used().cpu_ns - start.cpu_ns < user_ns)
    for (std::uint64_t i = 0; i < 1'000'000; ++i) sink = sink + i;
  // Reading zeros is a memset in the kernel.
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  static std::array<char, 1 << 20> buffer;
  while (used().cpu_ns - start.cpu_ns < user_ns + kernel_ns)
    for (int i = 0; i < 32; ++i)
      if (read(zero, buffer.data(), buffer.size()) < 0) std::abort();
  close(zero);
}

void allocate_anonymous(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  touch(static_cast<char*>(memory), bytes);
}

void allocate_shared(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  touch(static_cast<char*>(memory), bytes);
}

void fork_tasks(int count) {
  const pid_t parent = getpid();
  for (int i = 0; i < count; ++i) {
    if (fork() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    for (;;) pause();
  }
}

}  // namespace squid
