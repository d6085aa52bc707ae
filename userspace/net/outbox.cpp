#include "net/outbox.h"

#include <utility>

namespace squid {

bool Outbox::push(std::string bytes) {
  ++pushed_;
  const std::size_t in_flight_bytes = in_flight_ ? batches_[settled_ + written_].bytes->size() : 0;
  if (bytes.size() + in_flight_bytes > limit_bytes_) {
    ++dropped_;
    return false;
  }
  while (held_bytes_ + bytes.size() > limit_bytes_ && drop_oldest()) {
  }
  held_bytes_ += bytes.size();
  batches_.push_back({std::make_shared<const std::string>(std::move(bytes)), false, {}});
  return true;
}

Outbox::Bytes Outbox::front() {
  if (!has_waiting()) return nullptr;
  in_flight_ = true;
  return batches_[settled_ + written_].bytes;
}

void Outbox::mark_written() {
  written_bytes_ += batches_[settled_ + written_].bytes->size();
  ++written_;
  in_flight_ = false;
}

void Outbox::acknowledge(std::size_t unacknowledged_bytes, TimePoint now) {
  while (written_ > 0) {
    Batch& batch = batches_[settled_];
    const std::size_t size = batch.bytes->size();
    if (written_bytes_ - size < unacknowledged_bytes) return;
    written_bytes_ -= size;
    --written_;
    // Once written again is enough: an end that reads and then always hangs up would get it for ever.
    if (batch.delivered) {
      held_bytes_ -= size;
      batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(settled_));
      continue;
    }
    batch.delivered = true;
    batch.acknowledged_at = now;
    ++delivered_;
    ++settled_;
    settled_bytes_ += size;
  }
}

void Outbox::release(TimePoint time) {
  while (settled_ > 0 && batches_.front().acknowledged_at <= time) forget(0);
}

void Outbox::rewind() {
  settled_ = 0;
  written_ = 0;
  settled_bytes_ = 0;
  written_bytes_ = 0;
  in_flight_ = false;
}

void Outbox::drop_front() {
  if (!batches_.empty()) forget(0);
}

bool Outbox::drop_oldest() {
  const std::size_t position = in_flight_ && settled_ + written_ == 0 ? 1 : 0;
  if (position >= batches_.size()) return false;
  forget(position);
  return true;
}

void Outbox::forget(std::size_t position) {
  const Batch& batch = batches_[position];
  const std::size_t size = batch.bytes->size();
  if (!batch.delivered) ++dropped_;
  held_bytes_ -= size;
  if (position < settled_) {
    --settled_;
    settled_bytes_ -= size;
  } else if (position < settled_ + written_) {
    --written_;
    written_bytes_ -= size;
  }
  batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(position));
}

Outbox::Figures Outbox::figures() const {
  return {delivered_, dropped_, pushed_ - delivered_ - dropped_, held_bytes_ - settled_bytes_};
}

}  // namespace squid
