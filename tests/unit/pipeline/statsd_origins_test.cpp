#include "pipeline/statsd_origins.h"

#include <gtest/gtest.h>

#include <array>
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
  std::string from_port(std::uint16_t port) { return path_of(origins_.find_by_address({.port = port})); }
  std::string from_process(pid_t process) { return path_of(origins_.find_by_process(process)); }

  std::map<std::uint16_t, std::uint64_t> cgroups_;  // by port
  std::map<std::uint64_t, Container> by_cgroup_;
  std::map<std::uint64_t, Container> by_process_;
  int look_ups_ = 0;
  std::chrono::nanoseconds now_ = 1h;
  StatsdOrigins origins_{
      {.find_cgroup = [this](const statsd::SourceAddress& from) { return cgroups_[from.port]; },
       .find_by_cgroup = [this](std::uint64_t cgroup) { return find(by_cgroup_, cgroup); },
       .find_by_process =
           [this](pid_t process) { return find(by_process_, static_cast<std::uint64_t>(process)); },
       .now = [this] { return now_; }}};
};

TEST_F(StatsdOriginsTest, ASenderIsTheContainerOfItsCgroup) {
  cgroups_ = {{1, 11}, {2, 12}, {3, 13}};
  by_cgroup_ = {{11, container("web")}, {12, container("db")}};
  EXPECT_EQ(from_port(1), "web");
  EXPECT_EQ(from_port(2), "db");
  EXPECT_EQ(from_port(3), "nobody") << "a cgroup of no container";
  EXPECT_EQ(from_port(4), "nobody") << "another host";
}

TEST_F(StatsdOriginsTest, AContainerIsLookedUpOnceInAWhile) {
  cgroups_ = {{1, 11}, {2, 11}, {3, 13}};
  by_cgroup_ = {{11, container("web")}};
  for (const std::uint16_t port : std::to_array<std::uint16_t>({1, 2, 3, 1, 2, 3})) from_port(port);
  EXPECT_EQ(look_ups_, 2) << "one of them is nobody";
  by_cgroup_ = {{11, container("renamed")}};
  now_ += 19s;
  EXPECT_EQ(from_port(1), "web");
  now_ += 1s;
  EXPECT_EQ(from_port(1), "renamed");
}

TEST_F(StatsdOriginsTest, ANameThatIsMissingIsAskedForSoon) {
  cgroups_ = {{1, 11}};
  by_cgroup_ = {{11, container("0123456789ab", false)}};
  EXPECT_EQ(from_port(1), "0123456789ab");
  by_cgroup_ = {{11, container("web")}};
  now_ += 1s;
  EXPECT_EQ(from_port(1), "web");
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

}  // namespace
}  // namespace squid
