// What somebody is told for whom BPF does not work. These tests hold on every kernel, also on one that is too
// old.
#include "kernel/open_bpf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "support/live_cgroup.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

// What `say` returns in a process of its own.
std::string in_child(const std::function<std::string()>& say) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), 0) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string said = say();
    const bool written = write(pipe[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    _exit(written ? 0 : 1);
  }
  close(pipe[1]);
  std::array<char, 4096> text{};
  const ssize_t size = read(pipe[0], text.data(), text.size());
  close(pipe[0]);
  waitpid(child, nullptr, 0);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST(OpenBpfLive, EitherItSuppliesSomethingOrOneSentenceSaysWhyNot) {
  const auto parts = open_bpf(live_topology(), {});
  if (parts) {
    EXPECT_NE(parts->supplies & group_bit(MetricGroup::kCpu), 0U);
    return;
  }
  EXPECT_THAT(parts.error().message, HasSubstr("BPF"));
  EXPECT_THAT(parts.error().message, Not(HasSubstr("\n")));
}

TEST(OpenBpfLive, WithoutPrivilegeItSaysWhichOneIsMissing) {
  const Topology topology = live_topology();
  const std::string said = in_child([&]() -> std::string {
    constexpr uid_t kNobody = 65534;
    if (setresuid(kNobody, kNobody, kNobody) != 0) return "still root";
    const auto parts = open_bpf(topology, {});
    return parts ? "it works" : parts.error().message;
  });
  EXPECT_THAT(said, HasSubstr("run as root or with CAP_SYS_ADMIN"));
  EXPECT_THAT(said, Not(HasSubstr("\n")));
}

TEST(OpenBpfLive, AHierarchyThatIsNotThereIsNamed) {
  Topology topology = live_topology();
  topology.hierarchies[0].mount_point = "/nowhere/cgroup";
  const auto parts = open_bpf(topology, {});
  ASSERT_FALSE(parts);
  EXPECT_THAT(parts.error().message, testing::AnyOf(HasSubstr("/nowhere/cgroup"), HasSubstr("BPF")));
}

TEST(OpenBpfLive, EveryGroupThatIsNotSuppliedHasARemark) {
  const auto parts = open_bpf(live_topology(), {});
  if (!parts) return;
  for (std::size_t i = 0; i < kMetricGroupCount; ++i)
    EXPECT_TRUE((parts->supplies & group_bit(static_cast<MetricGroup>(i))) != 0 || !parts->remarks[i].empty())
        << kMetricGroupNames[i];
}

}  // namespace
}  // namespace squid
