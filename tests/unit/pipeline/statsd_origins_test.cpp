#include "pipeline/statsd_origins.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace squid {
namespace {

using namespace std::chrono_literals;

Container container(std::string name, bool named = true) {
  Container container;
  container.id = "0123";
  container.name = std::move(name);
  container.named = named;
  return container;
}

class StatsdOriginsTest : public testing::Test {
 protected:
  StatsdOrigins::Found find(const std::map<std::uint64_t, Container>& known, std::uint64_t key) {
    ++look_ups_;
    const auto found = known.find(key);
    return found == known.end() ? nullptr : std::make_shared<const Container>(found->second);
  }
  static std::string path_of(const statsd::OriginSource::Answer& origin) {
    return origin ? origin->path : "nobody";
  }
  std::string from_cgroup(std::uint64_t cgroup) { return path_of(origins_.find_by_cgroup(cgroup)); }
  std::string from_process(pid_t process) { return path_of(origins_.find_by_process(process)); }

  std::map<std::uint64_t, Container> by_cgroup_;
  std::map<std::uint64_t, Container> by_process_;
  int look_ups_ = 0;
  std::chrono::nanoseconds now_ = 1h;
  StatsdOrigins origins_{
      {.make_finder = [] { return nullptr; },
       .find_by_cgroup = [this](std::uint64_t cgroup) { return find(by_cgroup_, cgroup); },
       .find_by_process =
           [this](pid_t process) { return find(by_process_, static_cast<std::uint64_t>(process)); },
       .now = [this] { return now_; }}};
};

TEST_F(StatsdOriginsTest, ASenderIsTheContainerOfItsCgroup) {
  by_cgroup_ = {{11, container("web")}, {12, container("db")}};
  EXPECT_EQ(from_cgroup(11), "web");
  EXPECT_EQ(from_cgroup(12), "db");
  EXPECT_EQ(from_cgroup(13), "nobody") << "a cgroup of no container";
}

TEST_F(StatsdOriginsTest, AContainerIsLookedUpOnceInAWhile) {
  by_cgroup_ = {{11, container("web")}};
  for (const std::uint64_t cgroup : {11, 13, 11, 13}) from_cgroup(cgroup);
  EXPECT_EQ(look_ups_, 2) << "one of them is nobody";
  by_cgroup_ = {{11, container("renamed")}};
  now_ += 19s;
  EXPECT_EQ(from_cgroup(11), "web");
  now_ += 1s;
  EXPECT_EQ(from_cgroup(11), "renamed");
}

TEST_F(StatsdOriginsTest, ANameThatIsMissingIsAskedForSoon) {
  by_cgroup_ = {{11, container("0123456789ab", false)}};
  EXPECT_EQ(from_cgroup(11), "0123456789ab");
  by_cgroup_ = {{11, container("web")}};
  now_ += 1s;
  EXPECT_EQ(from_cgroup(11), "web");
}

TEST_F(StatsdOriginsTest, AProcessIsRememberedForAMomentOnly) {
  by_process_ = {{7, container("web")}};
  EXPECT_EQ(from_process(7), "web");
  EXPECT_EQ(from_process(8), "nobody");
  EXPECT_EQ(from_process(0), "nobody") << "out of our sight";
  by_process_ = {{7, container("db")}};
  EXPECT_EQ(from_process(7), "web");
  EXPECT_EQ(look_ups_, 2);
  now_ += 1s;
  EXPECT_EQ(from_process(7), "db");
}

TEST_F(StatsdOriginsTest, AContainerIsOneOriginHoweverItIsFound) {
  by_cgroup_ = {{11, container("web")}, {12, container("web")}};
  by_process_ = {{7, container("web")}};
  const auto origin = origins_.find_by_cgroup(11);
  EXPECT_EQ(origins_.find_by_cgroup(12), origin);
  EXPECT_EQ(origins_.find_by_process(7), origin);
  by_cgroup_ = {{13, container("renamed")}};
  EXPECT_NE(origins_.find_by_cgroup(13), origin);
}

}  // namespace
}  // namespace squid
