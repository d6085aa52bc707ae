// Outbox: encoded batches on their way out, oldest first, bounded by bytes. Pure: connections move its
// batches through their states, it only remembers and counts.
//
//   waiting -> written (the kernel has it) -> acknowledged (the other end's kernel has it) -> released
//
// An acknowledged batch is kept for a while, because the program at the other end may die before it reads
// what its kernel took; after a lost connection everything that was not released is written again. At the
// limit the oldest batch goes, and is counted if it was never acknowledged.
//
// At every instant: pushed = delivered + queued + dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace squid {

class Outbox {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Figures {
    std::uint64_t delivered = 0;  // acknowledged at least once
    std::uint64_t dropped = 0;
    std::uint64_t queued = 0;
    std::uint64_t queued_bytes = 0;  // still to be acknowledged, what is written again included
  };

  explicit Outbox(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // False: larger than the limit allows, and dropped.
  bool push(std::string bytes);

  // The oldest waiting batch, null without one. It is in flight until mark_written() or rewind(): it is not
  // dropped meanwhile, because half a batch would spoil the one behind it.
  Bytes front();
  void mark_written();

  // Of all that was written, only the last `unacknowledged_bytes` are still on their way. A batch that was
  // already delivered once before is released with this.
  void acknowledge(std::size_t unacknowledged_bytes, TimePoint now);
  // Releases what was acknowledged at `time` or before.
  void release(TimePoint time);
  // The connection is lost: all that is here waits again.
  void rewind();
  // After rewind(): gives up the oldest batch.
  void drop_front();

  bool has_waiting() const { return settled_ + written_ < batches_.size(); }
  bool has_written() const { return written_ > 0; }
  bool has_acknowledged() const { return settled_ > 0; }
  // When the oldest acknowledged batch was; there is one.
  TimePoint oldest_acknowledged() const { return batches_.front().acknowledged_at; }
  std::size_t held_bytes() const { return held_bytes_; }
  Figures figures() const;

 private:
  struct Batch {
    Bytes bytes;
    bool delivered = false;
    TimePoint acknowledged_at{};
  };

  bool drop_oldest();
  void forget(std::size_t position);

  std::size_t limit_bytes_;
  // Acknowledged, then written, then waiting ones.
  std::deque<Batch> batches_;
  std::size_t settled_ = 0;
  std::size_t written_ = 0;
  bool in_flight_ = false;  // the first waiting one
  std::size_t held_bytes_ = 0;
  std::size_t written_bytes_ = 0;
  std::size_t settled_bytes_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace squid
