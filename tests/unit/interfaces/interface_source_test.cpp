#include "interfaces/interface_source.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace squid {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kInterval = 10 * kSecond;

// Namespaces as the test says they are.
class Network : public NetworkNamespaces {
 public:
  std::optional<NetworkNamespace> find(const CgroupRoster::Entry& container,
                                       const NetworkNamespace&) override {
    ++searches;
    const auto found = of.find(container.path);
    if (found == of.end()) return std::nullopt;
    return NetworkNamespace{.inode = found->second, .id = static_cast<std::int32_t>(found->second)};
  }
  std::optional<InterfaceCounters> read(const NetworkNamespace& space) override {
    ++reads;
    const auto found = bytes.find(space.inode);
    if (found == bytes.end()) return std::nullopt;
    return InterfaceCounters{.rx_bytes = found->second, .tx_bytes = 2 * found->second, .who = interfaces};
  }
  std::uint64_t changes() override { return changed; }

  std::map<std::string, std::uint64_t, std::less<>> of;  // cgroup path -> namespace
  std::map<std::uint64_t, std::uint64_t> bytes;          // namespace -> received
  std::uint64_t interfaces = 1;
  std::uint64_t changed = 0;
  int searches = 0;
  int reads = 0;
};

class InterfaceSourceTest : public testing::Test {
 protected:
  InterfaceSourceTest() {
    auto owned = std::make_unique<Network>();
    network = owned.get();
    source = std::make_unique<InterfaceSource>(std::move(owned), kInterval);
  }
  // One pass in which exactly these cgroups exist, each with the first letter of its path as its inode.
  void pass(std::uint64_t now_ns, std::initializer_list<std::string_view> paths) {
    roster.begin_pass();
    for (const std::string_view path : paths)
      if (roster.observe(0, inode(path)) == CgroupRoster::kUnknown) roster.introduce(0, inode(path), path);
    roster.end_pass(true);
    for (const CgroupRoster::Departed& departed : roster.departed()) {
      last = {};
      source->collect_last(departed, last);
    }
    snapshot.begin();
    source->collect_at(now_ns, snapshot);
  }
  static std::uint64_t inode(std::string_view path) { return static_cast<std::uint64_t>(path[1]); }
  Reading received(std::string_view path) { return snapshot.samples[roster.find(path)].network_rx_bytes; }

  CgroupRoster roster{[](std::string_view path, CgroupId) {
    const bool plain = path.ends_with(".service");
    auto container = std::make_shared<Container>();
    container->runtime = plain ? std::string(kPlainCgroup) : "docker";
    if (path.ends_with(".slice")) container->group = GroupKind::kPod;
    return container;
  }};
  Snapshot snapshot{roster};
  Network* network = nullptr;
  std::unique_ptr<InterfaceSource> source;
  CgroupSample last;
};

TEST_F(InterfaceSourceTest, TellsWhatTheNamespaceHasCounted) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a"});
  EXPECT_EQ(received("/a"), Reading{100});
  EXPECT_EQ(snapshot.samples[roster.find("/a")].network_tx_bytes, Reading{200});
  EXPECT_EQ(snapshot.samples[roster.find("/a")].taken(MetricGroup::kNetwork), 0U);
}

TEST_F(InterfaceSourceTest, WhoIsOnTheHostsNetworkHasNothing) {
  pass(0, {"/a"});
  EXPECT_FALSE(received("/a"));
}

TEST_F(InterfaceSourceTest, NeitherAServiceNorAPodIsAsked) {
  network->of["/a.service"] = network->of["/pod.slice"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a.service", "/pod.slice"});
  EXPECT_FALSE(received("/a.service"));
  EXPECT_FALSE(received("/pod.slice"));
  EXPECT_EQ(network->reads, 0);
}

TEST_F(InterfaceSourceTest, AYoungContainerIsReadMoreOften) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  const auto reads_until = [this](std::uint64_t from, std::uint64_t to) {
    int with_number = 0;
    for (std::uint64_t now = from; now < to; now += kSecond / 10) {
      pass(now, {"/a"});
      with_number += received("/a") ? 1 : 0;
    }
    return with_number;
  };
  EXPECT_GT(reads_until(kSecond, 11 * kSecond), 5);
  const int later = reads_until(100 * kSecond, 200 * kSecond);
  EXPECT_GE(later, 9);
  EXPECT_LE(later, 14);
}

TEST_F(InterfaceSourceTest, ASharedNamespaceIsReportedOnce) {
  network->of["/a"] = network->of["/b"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a", "/b"});
  EXPECT_EQ(received("/a"), Reading{100});
  EXPECT_FALSE(received("/b"));
}

TEST_F(InterfaceSourceTest, WhoTakesOverGoesOnFromWhereTheOtherEnded) {
  network->of["/a"] = network->of["/b"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a", "/b"});
  network->bytes[1] = 130;
  pass(kSecond, {"/b"});
  EXPECT_EQ(last.network_rx_bytes, Reading{130}) << "the last of who has gone";
  pass(kInterval, {"/b"});
  network->bytes[1] = 150;
  pass(2 * kInterval, {"/b"});
  EXPECT_EQ(received("/b"), Reading{20});
}

TEST_F(InterfaceSourceTest, AnotherNamespaceWithTheSameInodeBeginsAtZero) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a"});
  pass(kSecond, {});
  network->of["/b"] = 1;
  network->bytes[1] = 40;
  pass(2 * kSecond, {"/b"});
  EXPECT_EQ(received("/b"), Reading{40});
}

TEST_F(InterfaceSourceTest, ANamespaceThatIsGoneIsForgotten) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  pass(0, {"/a"});
  network->bytes.clear();
  pass(kSecond, {});
  EXPECT_FALSE(last.network_rx_bytes);
  network->of["/b"] = 1;
  network->bytes[1] = 150;
  pass(2 * kSecond, {"/b"});
  EXPECT_EQ(received("/b"), Reading{150});
}

TEST_F(InterfaceSourceTest, AContainerThatIsSetUpInTheHostsNetworkIsFoundInItsOwnLater) {
  pass(0, {});
  pass(kSecond, {"/a"});
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  pass(kSecond + 1, {"/a"});
  EXPECT_EQ(received("/a"), Reading{100});
}

TEST_F(InterfaceSourceTest, AMoveToAnotherNamespaceIsFollowed) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  network->bytes[2] = 7;
  pass(0, {"/a"});
  network->of["/a"] = 2;
  pass(10 * kInterval, {"/a"});
  EXPECT_EQ(received("/a"), Reading{7});
}

TEST_F(InterfaceSourceTest, OtherInterfacesUnderTheSameNumberAreAReasonToLookAgain) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  pass(100 * kInterval, {"/a"});
  network->of["/a"] = 2;
  network->bytes[2] = 7;
  network->interfaces = 2;
  pass(101 * kInterval, {"/a"});
  EXPECT_EQ(received("/a"), Reading{7});
}

TEST_F(InterfaceSourceTest, WhereThereIsNoInterfaceNobodyAsksBeforeSomethingChanges) {
  network->of["/a"] = 1;
  network->bytes[1] = 0;
  network->interfaces = 0;
  pass(100 * kInterval, {"/a"});
  const int reads = network->reads;
  for (int i = 101; i < 105; ++i) {
    pass(i * kInterval, {"/a"});
    EXPECT_EQ(received("/a"), Reading{0});
  }
  EXPECT_EQ(network->reads, reads);
  network->interfaces = 1;
  network->bytes[1] = 100;
  ++network->changed;
  pass(105 * kInterval, {"/a"});
  EXPECT_EQ(received("/a"), Reading{100});
  network->bytes[1] = 150;
  pass(106 * kInterval, {"/a"});
  EXPECT_EQ(received("/a"), Reading{150});
}

TEST_F(InterfaceSourceTest, WhereItLivesIsAskedRarely) {
  network->of["/a"] = 1;
  network->bytes[1] = 100;
  for (std::uint64_t now = 100 * kInterval; now < 200 * kInterval; now += kSecond) pass(now, {"/a"});
  EXPECT_GE(network->reads, 100);
  EXPECT_LE(network->searches, 14);
}

TEST_F(InterfaceSourceTest, WhoReportsOnASharedNamespaceIsFollowedAtOnceWhenItGoes) {
  network->of["/a"] = network->of["/b"] = 1;
  network->bytes[1] = 100;
  pass(100 * kInterval, {"/a", "/b"});
  pass(100 * kInterval + kSecond, {"/b"});
  EXPECT_EQ(received("/b"), Reading{0});
}

}  // namespace
}  // namespace squid
