// ReceiverThread: a thread that receives and counts, and shares nothing with anybody while it does. Its
// sockets belong to its io. What it has counted is handed over whole: it goes on with an empty shard
// meanwhile.
#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>

#include "statsd/settings.h"
#include "statsd/shard.h"

namespace squid::statsd {

class ReceiverThread {
 public:
  explicit ReceiverThread(const Settings& settings);
  ReceiverThread(const ReceiverThread&) = delete;
  ReceiverThread& operator=(const ReceiverThread&) = delete;
  ~ReceiverThread();

  boost::asio::io_context& io() { return io_; }
  // Until then it is the caller's thread that does everything. Does nothing the second time.
  void start();
  // For ever; then its sockets may go.
  void stop();
  // Does it in the thread, and waits for its end.
  void call(const std::function<void()>& what);

  // In the thread.
  void take(std::string_view packet, const Sender& sender) { filling_->take(packet, sender); }

  // From now on.
  void change(const Settings& settings);
  // `tell` is called in the thread.
  void on_new_sender(const std::function<void(std::uint64_t cgroup)>& tell);
  // What came since the last time. It is the caller's until the next one.
  Shard& hand_over();

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::array<Shard, 2> shards_;
  Shard* filling_ = shards_.data();
  Shard* handed_over_ = shards_.data() + 1;
  std::thread thread_;
};

}  // namespace squid::statsd
