#include "statsd/receiver_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "statsd/server.h"

namespace squid::statsd {
namespace {

std::uint64_t accepted_of(Shard& shard) {
  std::uint64_t accepted = 0;
  for (const auto& [number, account] : shard.accounts()) accepted += account.counts.accepted;
  return accepted;
}

TEST(ReceiverThread, HandsOverWhatItHasAndGoesOn) {
  ReceiverThread thread{Settings{}};
  thread.start();
  for (int round = 1; round <= 3; ++round) {
    thread.call([&] {
      for (int i = 0; i < round; ++i) thread.take("a:1|c", {});
    });
    Shard& shard = thread.hand_over();
    EXPECT_EQ(accepted_of(shard), static_cast<std::uint64_t>(round));
    shard.begin_anew();
  }
}

TEST(ReceiverThread, DoesItsWorkInAThreadOfItsOwn) {
  ReceiverThread thread{Settings{}};
  std::thread::id id;
  const auto note = [&id] { id = std::this_thread::get_id(); };
  thread.call(note);
  EXPECT_EQ(id, std::this_thread::get_id()) << "it has not begun";
  thread.start();
  thread.call(note);
  EXPECT_NE(id, std::this_thread::get_id());
  const auto first = id;
  thread.start();
  thread.call(note);
  EXPECT_EQ(id, first);
}

TEST(ReceiverThread, SaysWhoIsNewOncePerHandOver) {
  ReceiverThread thread{Settings{}};
  std::vector<std::uint64_t> news;
  thread.on_new_sender([&news](std::uint64_t cgroup) { news.push_back(cgroup); });
  thread.start();
  const auto take = [&] {
    thread.call([&] {
      for (const std::uint64_t cgroup : {7, 0, 9, 7}) thread.take("a:1|c", {.cgroup = cgroup});
    });
    thread.hand_over().begin_anew();
  };
  take();
  EXPECT_EQ(news, (std::vector<std::uint64_t>{7, 9}));
}

TEST(ReceiverThread, ReadsAsTheNewSettingsWantIt) {
  ReceiverThread thread{Settings{}};
  thread.start();
  Settings reference;
  reference.dialect = Dialect::kReference;
  thread.change(reference);
  for (int turn = 0; turn < 2; ++turn) {
    thread.call([&] { thread.take("a:0x10|c", {}); });
    EXPECT_EQ(accepted_of(thread.hand_over()), 1U);
  }
}

TEST(ReceiverThread, NothingIsLostHoweverOftenItIsAsked) {
  constexpr int kPackets = 20'000;
  Settings settings;
  Server server(settings);
  std::vector<std::unique_ptr<ReceiverThread>> threads;
  std::atomic<int> taken = 0;
  for (int i = 0; i < 3; ++i) {
    threads.push_back(std::make_unique<ReceiverThread>(settings));
    ReceiverThread& thread = *threads.back();
    for (int packet = 0; packet < kPackets; ++packet)
      boost::asio::post(thread.io(), [&thread, &taken, key = "k" + std::to_string(packet % 100)] {
        thread.take(key + ":1|c\nbad", {});
        ++taken;
      });
  }
  server.collect_by([&] {
    for (const auto& thread : threads) server.take_over(thread->hand_over());
  });
  for (const auto& thread : threads) thread->start();
  while (taken < 3 * kPackets) server.collect();
  server.collect();
  EXPECT_EQ(server.figures().accepted, 3 * kPackets);
  EXPECT_EQ(server.figures().lines, 6 * kPackets);
  double sum = 0;
  for (const auto& [key, holding] : server.window().held(MetricType::kCounter)) sum += holding.number;
  EXPECT_EQ(sum, 3 * kPackets);
}

}  // namespace
}  // namespace squid::statsd
