#include "pipeline/privileges.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace squid {
namespace {

constexpr std::uint64_t bit(int capability) {
  return std::uint64_t{1} << capability;
}

std::string status_of_this_thread() {
  std::ifstream stream("/proc/thread-self/status");
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Privileges, OnlyWhatReadingNeedsIsKept) {
  EXPECT_EQ(compute_kept_capabilities(~std::uint64_t{0}),
            bit(CAP_DAC_READ_SEARCH) | bit(CAP_SYS_PTRACE) | bit(CAP_NET_ADMIN));
  EXPECT_EQ(compute_kept_capabilities(bit(CAP_NET_ADMIN) | bit(CAP_SYS_ADMIN)), bit(CAP_NET_ADMIN));
  EXPECT_EQ(compute_kept_capabilities(0), 0U);
}

// In a thread, whose privileges are its own.
TEST(Privileges, AreGoneForGood) {
  std::string status;
  bool dropped = false;
  bool no_new = false;
  std::thread([&] {
    dropped = drop_privileges().has_value();
    no_new = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    status = status_of_this_thread();
  }).join();
  EXPECT_TRUE(dropped);
  EXPECT_TRUE(no_new);
  const auto mask = [&](const std::string& key) {
    return std::stoull(status.substr(status.find("\n" + key + ":\t") + key.size() + 3), nullptr, 16);
  };
  for (const char* set : {"CapPrm", "CapEff", "CapAmb", "CapInh"})
    EXPECT_EQ(mask(set) & ~compute_kept_capabilities(~std::uint64_t{0}), 0U) << set;
}

}  // namespace
}  // namespace squid
