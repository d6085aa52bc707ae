#include "pipeline/syscall_filter.h"

#include <linux/bpf.h>
#include <seccomp.h>

#include <cerrno>
#include <memory>
#include <string>

namespace squid {
namespace {

constexpr auto kFiles = std::to_array<std::string_view>({
    "access",
    "chmod",
    "close",
    "close_range",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "flock",
    "fstat",
    "fstat64",
    "fstatat64",
    "fstatfs",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "getcwd",
    "getdents",
    "getdents64",
    "ioctl",
    "_llseek",
    "lseek",
    "lstat",
    "lstat64",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "open_by_handle_at",
    "pipe",
    "pipe2",
    "pread64",
    "preadv",
    "pwrite64",
    "pwritev",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "stat",
    "stat64",
    "statfs",
    "statfs64",
    "statx",
    "sync_file_range",
    "truncate",
    "umask",
    "unlink",
    "unlinkat",
    "write",
    "writev",
    "name_to_handle_at",
});

constexpr auto kSockets = std::to_array<std::string_view>({
    "accept",  "accept4", "bind",       "connect",  "getpeername", "getsockname", "getsockopt",
    "listen",  "recv",    "recvfrom",   "recvmmsg", "recvmsg",     "send",        "sendmmsg",
    "sendmsg", "sendto",  "setsockopt", "shutdown", "socket",      "socketpair",  "socketcall",
});

constexpr auto kWaiting = std::to_array<std::string_view>({
    "clock_getres",
    "clock_gettime",
    "clock_gettime64",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "getitimer",
    "gettimeofday",
    "inotify_add_watch",
    "inotify_init1",
    "inotify_rm_watch",
    "nanosleep",
    "pause",
    "poll",
    "ppoll",
    "ppoll_time64",
    "pselect6",
    "restart_syscall",
    "select",
    "signalfd4",
    "time",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    "timerfd_settime64",
});

// Those of the C library among them: for memory, threads, signals and what a process may ask about itself.
constexpr auto kProcess = std::to_array<std::string_view>({
    "arch_prctl",
    "brk",
    "capget",
    "clone",
    "clone3",
    "exit",
    "exit_group",
    "futex",
    "futex_time64",
    "futex_waitv",
    "get_robust_list",
    "getcpu",
    "getegid",
    "geteuid",
    "getgid",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "getuid",
    "kill",
    "madvise",
    "membarrier",
    "mlock",
    "mmap",
    "mmap2",
    "mprotect",
    "mremap",
    "munmap",
    "prctl",
    "prlimit64",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigqueueinfo",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "setitimer",
    "sigaltstack",
    "sigreturn",
    "sysinfo",
    "tgkill",
    "times",
    "ugetrlimit",
    "uname",
    "wait4",
    "waitid",
});

// What maps and iterators that exist already need. Without these are loading, attaching and pinning.
constexpr auto kBpfCommands = std::to_array<bpf_cmd>({
    BPF_MAP_LOOKUP_ELEM,
    BPF_MAP_UPDATE_ELEM,
    BPF_MAP_DELETE_ELEM,
    BPF_MAP_GET_NEXT_KEY,
    BPF_PROG_TEST_RUN,
    BPF_OBJ_GET_INFO_BY_FD,
    BPF_MAP_LOOKUP_AND_DELETE_ELEM,
    BPF_MAP_LOOKUP_BATCH,
    BPF_MAP_LOOKUP_AND_DELETE_BATCH,
    BPF_MAP_UPDATE_BATCH,
    BPF_MAP_DELETE_BATCH,
    BPF_ENABLE_STATS,
    BPF_ITER_CREATE,
});

constexpr auto kAllowed = [] {
  std::array<std::string_view, kFiles.size() + kSockets.size() + kWaiting.size() + kProcess.size()> all{};
  auto* next = all.begin();
  const auto append = [&next](const auto& names) {
    for (const std::string_view name : names) *next++ = name;
  };
  append(kFiles);
  append(kSockets);
  append(kWaiting);
  append(kProcess);
  return all;
}();

// 0 or a negative errno, as everything in libseccomp.
int fill(scmp_filter_ctx filter) {
  // A tree instead of a list: whatever comes, a few comparisons.
  (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (const std::string_view name : kAllowed) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    // Another architecture's.
    if (number < 0) continue;
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0); error < 0) return error;
  }
  for (const bpf_cmd command : kBpfCommands)
    if (const int error =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, command));
        error < 0)
      return error;
  return seccomp_load(filter);
}

}  // namespace

std::span<const std::string_view> allowed_system_calls() {
  return kAllowed;
}

Result<void> forbid_other_system_calls() {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                                 &seccomp_release);
  if (!filter) return Error{"cannot make a filter of system calls: not enough memory"};
  if (const int error = fill(filter.get()); error < 0)
    return errno_error("cannot set a filter of system calls", -error);
  return {};
}

}  // namespace squid
