#include "net/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace squid {
namespace {

using std::chrono::milliseconds;

// A batch that waits for so long says that its server is behind. With a report in each second, the next one
// may come some milliseconds less than a second later, and must not leave both in memory.
constexpr milliseconds kBehindAfter{900};

std::int64_t unix_ms(Outbox::WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

void Outbox::open_spool(const SpoolPlace& place) {
  newest_first_ = place.newest_first;
  if (place.directory.empty()) return;
  auto spool = Spool::open(place);
  if (!spool) {
    spool_error_ = spool.error().message;
    return;
  }
  spool_ = *std::move(spool);
  refused_log_.emplace(place.directory);
  counted_.dropped_reports = counted_.dropped_damaged = spool_->damaged();
  for (const Spool::Found& found : spool_->take_found()) {
    insert(
        {.size = found.size, .sequence = found.sequence, .time_ms = found.time_ms, .on_disk = found.where});
    total_bytes_ += found.size;
  }
  counted_.recovered_reports = batches_.size() + spool_->damaged();
  next_sequence_ = saved_before_ = spool_->next_sequence();
}

std::uint64_t Outbox::close_spool() {
  release(TimePoint::max());
  const std::uint64_t undelivered_before = undelivered(false);
  save(false);
  spool_.reset();
  refused_log_.reset();
  return undelivered_before - undelivered(true);
}

std::uint64_t Outbox::undelivered(bool on_disk_only) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      batches_, [&](const Batch& batch) { return !batch.is_delivered && (batch.on_disk || !on_disk_only); }));
}

bool Outbox::push(std::string bytes, WallTime now) {
  ++counted_.produced_reports;
  const std::size_t size = bytes.size();
  const std::size_t in_flight_bytes = in_flight_ ? batches_[next()].size : 0;
  // On disk there may be room for what memory cannot hold beside what is on its way.
  const bool needs_disk = size + in_flight_bytes > limit_bytes_;
  if (needs_disk && !(spool_ && spool_->fits(size))) {
    count_drop(&SinkHealth::dropped_too_large);
    return false;
  }
  insert({.bytes = std::make_shared<const std::string>(std::move(bytes)),
          .size = size,
          .sequence = next_sequence_++,
          .time_ms = unix_ms(now)});
  held_bytes_ += size;
  total_bytes_ += size;
  if (needs_disk || is_behind(now)) save(true);
  const std::size_t position = position_of(next_sequence_ - 1);
  if (needs_disk && position < batches_.size() && !batches_[position].on_disk) {
    forget(position, &SinkHealth::dropped_too_large);
    return false;
  }
  make_room(0);
  return true;
}

// There is none that is newer.
void Outbox::insert(Batch batch) {
  const std::size_t position = newest_first_ ? begun_ : batches_.size();
  batches_.insert(batches_.begin() + static_cast<std::ptrdiff_t>(position), std::move(batch));
}

bool Outbox::is_behind(WallTime now) const {
  if (is_cut_off_ || held_bytes_ > limit_bytes_ / 2) return true;
  const Batch* oldest = oldest_undelivered();
  return oldest != nullptr && unix_ms(now) - oldest->time_ms >= kBehindAfter.count();
}

const Outbox::Batch* Outbox::oldest_undelivered() const {
  const Batch* oldest = nullptr;
  for (const Batch& batch : batches_)
    if (!batch.is_delivered && (oldest == nullptr || batch.sequence < oldest->sequence)) oldest = &batch;
  return oldest;
}

Outbox::Bytes Outbox::front() {
  while (has_waiting()) {
    if (!batches_[next()].bytes) load(front_number());
    if (const Batch& batch = batches_[next()]; batch.bytes) {
      in_flight_ = true;
      begun_ = std::max(begun_, next() + 1);
      return batch.bytes;
    }
    forget(next(), &SinkHealth::dropped_damaged);
  }
  return nullptr;
}

std::size_t Outbox::position_of(std::uint64_t number) const {
  return static_cast<std::size_t>(std::ranges::find(batches_, number, &Batch::sequence) - batches_.begin());
}

void Outbox::load(std::uint64_t number) {
  // Should it be larger than all of the memory, because there once was more, it is loaded nevertheless.
  make_room(batches_[position_of(number)].size);
  Batch& batch = batches_[position_of(number)];
  std::size_t stored_size = batch.size;
  for (const Edit& edit : batch.edits) stored_size = stored_size - edit.bytes.size() + edit.size;
  auto bytes = spool_->read({batch.sequence, batch.time_ms, stored_size, *batch.on_disk});
  if (!bytes) return;
  for (const Edit& edit : batch.edits) bytes->replace(edit.offset, edit.size, edit.bytes);
  batch.bytes = std::make_shared<const std::string>(*std::move(bytes));
  held_bytes_ += batch.size;
}

void Outbox::mark_written() {
  written_bytes_ += batches_[next()].size;
  ++written_;
  in_flight_ = false;
  is_cut_off_ = false;
  ++counted_.sent_reports;
}

void Outbox::acknowledge(std::size_t unacknowledged_bytes, TimePoint now) {
  while (written_ > 0) {
    Batch& batch = batches_[settled_];
    if (written_bytes_ - batch.size < unacknowledged_bytes) return;
    written_bytes_ -= batch.size;
    --written_;
    if (!std::exchange(batch.is_delivered, true)) ++counted_.delivered_reports;
    counted_.last_delivery_s = std::time(nullptr);
    batch.acknowledged_at = now;
    ++settled_;
    settled_bytes_ += batch.size;
  }
}

bool Outbox::release(TimePoint time) {
  const std::size_t before = batches_.size();
  while (settled_ > 0 && batches_.front().acknowledged_at <= time) {
    --settled_;
    settled_bytes_ -= batches_.front().size;
    erase(0);
  }
  return batches_.size() < before;
}

void Outbox::rewind(Loss loss) {
  for (std::size_t position = 0; position < settled_; ++position) {
    ++batches_[position].losses;
    if (loss == Loss::kUnexplained) ++batches_[position].unexplained_losses;
  }
  settled_ = 0;
  written_ = 0;
  settled_bytes_ = 0;
  written_bytes_ = 0;
  in_flight_ = false;
  for (std::size_t position = batches_.size(); position-- > 0;)
    if (batches_[position].is_tried_enough() && !batches_[position].is_unread()) erase(position);
  begun_ = std::min<std::size_t>(begun_, 1);
  if (newest_first_)
    std::sort(batches_.begin() + static_cast<std::ptrdiff_t>(begun_), batches_.end(),
              [](const Batch& a, const Batch& b) { return a.sequence > b.sequence; });
  is_cut_off_ = has_waiting();
  save(true);
}

std::size_t Outbox::give_up_unread(std::string_view server, WallTime now) {
  std::vector<std::uint64_t> unread;
  for (const Batch& batch : batches_)
    if (batch.is_unread()) unread.push_back(batch.sequence);
  for (const std::uint64_t number : unread) {
    const std::string reason =
        fmt::format("acknowledged {} times, and the connection was lost each time", kMostLosses);
    if (const Batch* const batch = find_loaded(number)) {
      const Refusal refusal{*batch->bytes, reason};
      keep_refused(server, {&refusal, 1}, now);
    }
    const std::size_t position = position_of(number);
    // It made room for one that was loaded before it, and is past helping as delivered.
    if (position == batches_.size()) continue;
    --counted_.delivered_reports;
    count_drop(&SinkHealth::dropped_unread);
    erase(position);
  }
  return unread.size();
}

void Outbox::drop_front() {
  if (!batches_.empty()) forget(0, &SinkHealth::dropped_rejected);
}

// Null: it is gone, or cannot be read.
Outbox::Batch* Outbox::find_loaded(std::uint64_t number) {
  if (position_of(number) == batches_.size()) return nullptr;
  if (!batches_[position_of(number)].bytes) load(number);
  Batch& batch = batches_[position_of(number)];
  return batch.bytes ? &batch : nullptr;
}

bool Outbox::replace(std::uint64_t number, std::size_t offset, std::size_t size, std::string bytes) {
  Batch* const batch = find_loaded(number);
  if (batch == nullptr) return false;
  for (std::size_t* const sum : {&batch->size, &held_bytes_, &total_bytes_})
    *sum = *sum - size + bytes.size();
  batch->bytes = std::make_shared<const std::string>(std::string(*batch->bytes).replace(offset, size, bytes));
  if (batch->on_disk) batch->edits.push_back({offset, size, std::move(bytes)});
  make_room(0);
  return true;
}

bool Outbox::cut(std::uint64_t number, std::size_t offset, std::size_t size, std::string_view server,
                 const std::string& reason, WallTime now) {
  const Batch* const batch = find_loaded(number);
  if (batch == nullptr) return false;
  const Refusal refusal{std::string_view(*batch->bytes).substr(offset, size), reason};
  keep_refused(server, {&refusal, 1}, now);
  if (batch->size > size) return replace(number, offset, size, "");
  forget(position_of(number), &SinkHealth::dropped_rejected);
  return true;
}

void Outbox::keep_refused(std::string_view server, std::span<const Refusal> refusals, WallTime now) {
  if (refused_log_) refused_log_->append(now, server, refusals);
}

// Writes to disk what is not there yet.
void Outbox::save(bool with_delivered) {
  if (!spool_) return;
  for (Batch* const batch : unsaved()) {
    if (spool_->fits(batch->size) && (with_delivered || !batch->is_delivered)) {
      const auto where = spool_->append(batch->sequence, batch->time_ms, *batch->bytes);
      if (!where) {
        // What is not on disk yet stays in memory; the next push tries again.
        spool_error_ = where.error().message;
        ++counted_.spool_errors;
        break;
      }
      batch->on_disk = *where;
      spool_error_.clear();
    }
    saved_before_ = batch->sequence + 1;
  }
  forget_what_the_spool_dropped();
}

// By rising sequence, as a spool takes them.
std::vector<Outbox::Batch*> Outbox::unsaved() {
  std::vector<Batch*> found;
  for (Batch& batch : batches_)
    if (batch.sequence >= saved_before_) found.push_back(&batch);
  std::ranges::sort(found, {}, &Batch::sequence);
  return found;
}

void Outbox::forget_what_the_spool_dropped() {
  const std::uint64_t kept_from = spool_->first_sequence();
  for (std::size_t position = 0; position < batches_.size();) {
    Batch& batch = batches_[position];
    if (batch.sequence >= kept_from) {
      ++position;
    } else if (batch.bytes) {
      batch.on_disk.reset();
      ++position;
    } else {
      forget(position, &SinkHealth::dropped_spool_full);
    }
  }
}

// Memory lets go of what was on its way first, then of the oldest.
std::size_t Outbox::position_to_go(std::size_t rank) const {
  const bool is_as_they_stand = !newest_first_ || rank < begun_;
  return is_as_they_stand ? rank : batches_.size() - 1 - (rank - begun_);
}

// So that so many bytes more fit into memory.
void Outbox::make_room(std::size_t bytes) {
  for (std::size_t rank = 0; held_bytes_ + bytes > limit_bytes_ && rank < batches_.size(); ++rank) {
    const std::size_t position = position_to_go(rank);
    Batch& batch = batches_[position];
    if (!batch.bytes || !batch.on_disk || is_in_flight(position)) continue;
    batch.bytes.reset();
    held_bytes_ -= batch.size;
  }
  for (std::size_t rank = 0; held_bytes_ + bytes > limit_bytes_ && rank < batches_.size();) {
    const std::size_t position = position_to_go(rank);
    if (batches_[position].bytes && !is_in_flight(position))
      forget(position, &SinkHealth::dropped_queue_full);
    else
      ++rank;
  }
}

void Outbox::count_drop(DropReason reason) {
  ++(counted_.*reason);
  ++counted_.dropped_reports;
}

// Where it was not delivered, `reason` counts it as dropped.
void Outbox::forget(std::size_t position, DropReason reason) {
  const Batch& batch = batches_[position];
  if (!batch.is_delivered) count_drop(reason);
  if (position < settled_) {
    --settled_;
    settled_bytes_ -= batch.size;
  } else if (position < settled_ + written_) {
    --written_;
    written_bytes_ -= batch.size;
  }
  erase(position);
}

void Outbox::erase(std::size_t position) {
  const Batch& batch = batches_[position];
  total_bytes_ -= batch.size;
  if (batch.bytes) held_bytes_ -= batch.size;
  if (spool_ && batch.on_disk) spool_->release(*batch.on_disk);
  batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(position));
  if (position < begun_) --begun_;
}

Outbox::Figures Outbox::figures() const {
  const SinkHealth& c = counted_;
  return {.delivered = c.delivered_reports,
          .dropped = c.dropped_reports,
          .queued = c.produced_reports + c.recovered_reports - c.delivered_reports - c.dropped_reports,
          .queued_bytes = total_bytes_ - settled_bytes_};
}

SinkHealth Outbox::health(WallTime now) const {
  SinkHealth health = counted_;
  for (std::size_t position = 0; position < batches_.size(); ++position) {
    const Batch& batch = batches_[position];
    if (!batch.is_delivered) ++(batch.on_disk ? health.spooled_reports : health.queued_reports);
    if (position >= settled_) (batch.on_disk ? health.spooled_bytes : health.queued_bytes) += batch.size;
  }
  if (const Batch* oldest = oldest_undelivered())
    health.oldest_age_s =
        static_cast<double>(std::max<std::int64_t>(0, unix_ms(now) - oldest->time_ms)) / 1000;
  health.keeps_reports = spool_.has_value();
  if (refused_log_) health.refused_path = refused_log_->path();
  health.spool_error = spool_error_;
  return health;
}

}  // namespace squid
