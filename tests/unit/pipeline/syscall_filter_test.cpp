#include "pipeline/syscall_filter.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <thread>

namespace squid {
namespace {

// In a thread, whose filter is its own. 0, or the errno.
int under_the_filter(const std::function<long()>& call) {
  int result = -1;
  std::thread([&] {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (const auto set = forbid_other_system_calls(); !set) return;
    result = call() < 0 ? errno : 0;
  }).join();
  return result;
}

TEST(SyscallFilter, NoProgramCanBeStarted) {
  char nothing[] = "/nowhere/at/all";
  char* arguments[] = {nothing, nullptr};
  // Without a filter: ENOENT.
  EXPECT_EQ(under_the_filter([&] { return execve(nothing, arguments, nullptr); }), EPERM);
  EXPECT_EQ(under_the_filter([&] { return syscall(SYS_execveat, -1, nothing, arguments, nullptr, 0); }),
            EPERM);
}

TEST(SyscallFilter, NothingCanBeLoadedIntoTheKernel) {
  bpf_attr attributes{};
  const auto command = [&](int number) {
    return under_the_filter([&attributes, number] { return syscall(SYS_bpf, number, &attributes, 0U); });
  };
  EXPECT_EQ(command(BPF_PROG_LOAD), EPERM);
  EXPECT_EQ(command(BPF_MAP_CREATE), EPERM);
  EXPECT_EQ(command(BPF_BTF_LOAD), EPERM);
  EXPECT_EQ(command(BPF_LINK_CREATE), EPERM);
}

TEST(SyscallFilter, MapsAndIteratorsStayInUse) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(-1);
  for (const int number : {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_ITER_CREATE}) {
    const auto call = [&] { return syscall(SYS_bpf, number, &attributes, sizeof(attributes)); };
    const int without_filter = call() < 0 ? errno : 0;
    EXPECT_NE(without_filter, 0);
    EXPECT_EQ(under_the_filter(call), without_filter);
  }
}

TEST(SyscallFilter, OtherProcessesAreOutOfReach) {
  for (const long number : {SYS_ptrace, SYS_process_vm_readv, SYS_setns, SYS_unshare, SYS_mount, SYS_setuid,
                            SYS_chroot, SYS_init_module, SYS_io_uring_setup, SYS_userfaultfd, SYS_keyctl})
    EXPECT_EQ(under_the_filter([number] { return syscall(number, -1, -1, -1, -1, -1, -1); }), EPERM)
        << number;
}

TEST(SyscallFilter, EachNameIsOneOfThisOrAnotherArchitectureAndThereOnce) {
  auto names = allowed_system_calls();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_TRUE(std::binary_search(names.begin(), names.end(), "write"));
  for (const char* never : {"", "execve", "execveat", "ptrace", "setns", "bpf"})
    EXPECT_FALSE(std::binary_search(names.begin(), names.end(), never)) << never;
}

}  // namespace
}  // namespace squid
