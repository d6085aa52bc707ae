#include "pipeline/spool_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "net/spool.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

std::string directory(const Options& options, const std::string& sink,
                      const std::vector<SpoolPlace>& taken = {}) {
  return compute_spool_place(options, sink, taken).directory;
}

TEST(SpoolPlaces, ArePlainNamesThatStayTheSame) {
  Options options;
  EXPECT_EQ(directory(options, "graphite:carbon:2003"),
            "/var/lib/squid-bpf/spool/graphite_carbon_2003-812baa90e1443ce1");
  EXPECT_THAT(directory(options, "x:../../etc/\n" + std::string(500, 'y')),
              MatchesRegex("/var/lib/squid-bpf/spool/[a-zA-Z0-9._-]+"));
  EXPECT_EQ(compute_spool_place(options, "graphite", {}).limit_bytes, 256U << 20);
}

TEST(SpoolPlaces, DependOnTheSinkButNotOnItsPassword) {
  const Options options;
  EXPECT_EQ(directory(options, "redis://me:old@host/0"), directory(options, "redis://me:new@host/0"));
  EXPECT_NE(directory(options, "redis://me:old@host/0"), directory(options, "redis://me:old@host/1"));
  EXPECT_THAT(directory(options, "redis://me:old@host/0"), Not(testing::HasSubstr("old")));
  const SpoolPlace first = compute_spool_place(options, "graphite", {});
  EXPECT_EQ(directory(options, "graphite", {first}), first.directory + "-2");
}

TEST(SpoolPlaces, NowhereWithoutAStateDirectory) {
  Options options;
  options.state_dir = "";
  EXPECT_EQ(directory(options, "graphite"), "");
}

TEST(SpoolPlaces, TellsWhatNoSinkWillFetch) {
  const TempDir state;
  for (const char* name : {"used", "empty", "forgotten", "of_two_servers/2"})
    std::filesystem::create_directories(state.path() + "/spool/" + name);
  for (const char* name : {"used", "forgotten", "of_two_servers/2"})
    std::ofstream(state.path() + "/spool/" + name + "/0000000000000001.segment") << "x";
  EXPECT_THAT(find_forgotten_spools(state.path(), {{state.path() + "/spool/used", 1}}),
              ElementsAre(state.path() + "/spool/forgotten", state.path() + "/spool/of_two_servers"));
  EXPECT_THAT(find_forgotten_spools("/nonexistent", {}), IsEmpty());
}

TEST(SpoolPlaces, WhatAnotherSquidSendsIsNotForgotten) {
  const TempDir state;
  const SpoolPlace place{.directory = state.path() + "/spool/its", .limit_bytes = 1 << 20};
  {
    auto its = Spool::open(place);
    ASSERT_TRUE(its && its->append(1, 0, "x"));
    EXPECT_THAT(find_forgotten_spools(state.path(), {}), IsEmpty());
  }
  EXPECT_THAT(find_forgotten_spools(state.path(), {}), ElementsAre(place.directory));
}

}  // namespace
}  // namespace squid
