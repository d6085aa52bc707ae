#include "statsd/receiver_thread.h"

#include <boost/asio/post.hpp>
#include <future>
#include <utility>

namespace squid::statsd {

ReceiverThread::ReceiverThread(const Settings& settings) : shards_{Shard(settings), Shard(settings)} {}

ReceiverThread::~ReceiverThread() {
  stop();
}

void ReceiverThread::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { io_.run(); });
}

void ReceiverThread::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void ReceiverThread::call(const std::function<void()>& what) {
  if (!thread_.joinable()) return what();
  std::promise<void> done;
  const auto end = done.get_future();
  boost::asio::post(io_, [&what, done = std::move(done)]() mutable {
    what();
    done.set_value();
  });
  end.wait();
}

void ReceiverThread::change(const Settings& settings) {
  call([&] {
    for (Shard& shard : shards_) shard.change(settings);
  });
}

void ReceiverThread::on_new_sender(const std::function<void(std::uint64_t)>& tell) {
  call([&] {
    for (Shard& shard : shards_) shard.on_new_sender(tell);
  });
}

Shard& ReceiverThread::hand_over() {
  call([this] { std::swap(filling_, handed_over_); });
  return *handed_over_;
}

}  // namespace squid::statsd
