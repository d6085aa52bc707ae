#include "pipeline/syscall_filter.h"

#include <seccomp.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>

#include "kernel/map_access.h"

namespace squid {
namespace {

// Each followed by a blank.
constexpr std::string_view kFiles =
    "access chmod close close_range creat dup dup2 dup3 faccessat faccessat2 fallocate fchmod fchmodat "
    "fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs fsync ftruncate ftruncate64 getcwd "
    "getdents getdents64 ioctl _llseek lseek lstat lstat64 mkdir mkdirat name_to_handle_at newfstatat "
    "open open_by_handle_at openat openat2 pipe pipe2 pread64 preadv pwrite64 pwritev read readlink "
    "readlinkat readv rename renameat renameat2 rmdir stat stat64 statfs statfs64 statx sync_file_range "
    "truncate umask unlink unlinkat write writev ";

constexpr std::string_view kSockets =
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
    "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair ";

constexpr std::string_view kWaiting =
    "clock_getres clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 epoll_create "
    "epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd2 getitimer gettimeofday "
    "inotify_add_watch inotify_init1 inotify_rm_watch nanosleep pause poll ppoll ppoll_time64 pselect6 "
    "restart_syscall select signalfd4 time timerfd_create timerfd_gettime timerfd_settime "
    "timerfd_settime64 ";

// Those of the C library among them: for memory, threads, signals and what a process may ask about itself.
constexpr std::string_view kProcess =
    "arch_prctl brk capget clone clone3 exit exit_group futex futex_time64 futex_waitv get_robust_list "
    "getcpu getegid geteuid getgid getpgid getpgrp getpid getppid getrandom getrlimit getrusage gettid "
    "getuid kill madvise membarrier mlock mmap mmap2 mprotect mremap munmap prctl prlimit64 rseq "
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam "
    "sched_getscheduler sched_yield set_robust_list set_tid_address setitimer sigaltstack sigreturn "
    "sysinfo tgkill times ugetrlimit uname wait4 waitid ";

// 0 or a negative errno, as everything in libseccomp.
int fill(scmp_filter_ctx filter) {
  // A tree instead of a list: whatever comes, a few comparisons.
  (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (const std::string& name : allowed_system_calls()) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    // Another architecture's.
    if (number < 0) continue;
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0); error < 0) return error;
  }
  for (const bpf_cmd command : kMapCommands)
    if (const int error =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, command));
        error < 0)
      return error;
  return seccomp_load(filter);
}

}  // namespace

std::vector<std::string> allowed_system_calls() {
  std::vector<std::string> names;
  for (const std::string_view text : {kFiles, kSockets, kWaiting, kProcess})
    for (std::size_t begin = 0, end = 0; (end = text.find(' ', begin)) != text.npos; begin = end + 1)
      names.emplace_back(text.substr(begin, end - begin));
  return names;
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
