#include "kernel/host_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t bit(int number) {
  return std::uint64_t{1} << number;
}
constexpr std::uint64_t kSysAdmin = bit(21), kDacReadSearch = bit(2), kPerfmon = bit(38), kBpf = bit(39);

TEST(ParseEffectiveCapabilities, FindsItsLine) {
  EXPECT_EQ(parse_effective_capabilities(
                "Name:\tx\nCapPrm:\t0000000000000001\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n"),
            0x1ffffffffffU);
}

TEST(ParseEffectiveCapabilities, IsNoneWithoutOne) {
  EXPECT_EQ(parse_effective_capabilities(""), 0U);
  EXPECT_EQ(parse_effective_capabilities("Name:\tCapEff:\nCapEff:"), 0U);
  EXPECT_EQ(parse_effective_capabilities("x\nCapEff:\tnonsense\n"), 0U);
}

TEST(HostSupport, RootMissesNothing) {
  const HostSupport support = compute_host_support(true, ~std::uint64_t{0});
  EXPECT_TRUE(support.may_load);
  EXPECT_TRUE(support.may_open_by_id);
  EXPECT_THAT(support.notes, IsEmpty());
}

TEST(HostSupport, EitherSetOfCapabilitiesLoadsPrograms) {
  EXPECT_TRUE(compute_host_support(true, kSysAdmin).may_load);
  EXPECT_TRUE(compute_host_support(true, kBpf | kPerfmon).may_load);
  EXPECT_FALSE(compute_host_support(true, kBpf).may_load);
  EXPECT_FALSE(compute_host_support(true, kPerfmon).may_load);
}

TEST(HostSupport, WhatIsMissingIsSaidOnceEach) {
  EXPECT_THAT(compute_host_support(false, kSysAdmin | kDacReadSearch).notes,
              ElementsAre(HasSubstr("CONFIG_DEBUG_INFO_BTF")));
  EXPECT_THAT(compute_host_support(true, 0).notes,
              ElementsAre(HasSubstr("CAP_BPF and CAP_PERFMON"), HasSubstr("CAP_DAC_READ_SEARCH")));
}

}  // namespace
}  // namespace squid
