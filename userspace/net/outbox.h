// Outbox: encoded batches on their way out, the oldest first or the newest. Memory is bounded by bytes; a
// spool on disk takes what memory should not be alone with. Connections move its batches through their
// states, it only remembers and counts.
//
//   waiting -> written (the kernel has it) -> acknowledged (the other end's kernel has it) -> released
//
// An acknowledged batch is kept for a while, because the program at the other end may die before it reads
// what its kernel took; after a lost connection everything that was not released is written again, and is
// kept for that while again. The first of them stays the first then, whatever the order, so that one the
// other end never takes can be told.
//
// That goes on until a connection lasts, kMostLosses times at most. A batch that was acknowledged so often is
// taken for delivered if at least half of the connections were lost for another reason. Else perhaps nobody
// ever read it: it counts as dropped, and no longer as delivered.
//
// The disk is not touched while batches get through. They are written to it when the server is behind: the
// oldest waits for a second, the connection is lost and not there again, or half of the memory is in use; and
// at the end of the process. From then on memory is a cache of the disk. Without a spool, or where it fails,
// the oldest batch goes at the limit, in either order.
//
// At every instant: recovered + pushed = delivered + queued + dropped, where queued includes spooled.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/sink.h"
#include "net/refused_log.h"
#include "net/spool.h"

namespace squid {

class Outbox {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::system_clock::time_point;

  // A dying server's kernel may accept a connection or two after it has broken ours, and a balancer does so
  // for as long as nobody is behind it. But an end that reads and then always hangs up must not get a batch
  // for ever.
  static constexpr unsigned kMostLosses = 8;

  // Of a connection, as far as what was acknowledged on it is concerned.
  enum class Loss : std::uint8_t {
    kUnexplained,
    kExplained,  // by something behind it; or the other end has answered that it has read it
  };

  struct Figures {
    std::uint64_t delivered = 0;  // acknowledged at least once, and not given up
    std::uint64_t dropped = 0;
    std::uint64_t queued = 0;        // in memory or on disk
    std::uint64_t queued_bytes = 0;  // still to be acknowledged, what is written again included
  };

  explicit Outbox(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  Outbox(std::size_t limit_bytes, const SpoolPlace& place) : Outbox(limit_bytes) { open_spool(place); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() { close_spool(); }

  // Before the first push(): takes in what was left there.
  void open_spool(const SpoolPlace& place);
  // Leaves there what was not delivered, for whoever opens it next. How much of it is not there, and lost
  // with this outbox; what was dropped to make room for the rest is part of that. The end of it: nothing
  // comes out any more.
  std::uint64_t close_spool();

  // False: larger than the limit allows, with no room on disk, and dropped.
  bool push(std::string bytes, WallTime now = std::chrono::system_clock::now());

  // The waiting batch that is next, null without one. It is in flight until mark_written() or rewind(): it is
  // not dropped meanwhile, because half a batch would spoil the one behind it.
  Bytes front();
  std::uint64_t front_number() const { return batches_[next()].sequence; }
  void mark_written();

  // Of all that was written, only the last `unacknowledged_bytes` are still on their way.
  void acknowledge(std::size_t unacknowledged_bytes, TimePoint now);
  // Releases what was acknowledged at `time` or before; whether that was anything.
  bool release(TimePoint time);
  // The connection is lost: all that is here waits again.
  void rewind(Loss loss = Loss::kUnexplained);
  // After rewind(): gives up what was acknowledged that often and perhaps never read. It is kept for people.
  // How many batches.
  std::size_t give_up_unread(std::string_view server, WallTime now = std::chrono::system_clock::now());
  // After rewind(): gives up the first batch, which the other end never takes.
  void drop_front();
  // After rewind(): puts these bytes in the place of those of the batch with this number. Whether they were
  // there. On disk the batch stays as it was, so that after the end of the process it is sent like that.
  bool replace(std::uint64_t number, std::size_t offset, std::size_t size, std::string bytes);
  // The same with nothing in the place of bytes that the other end never takes. They are kept for people. A
  // batch of which nothing is left is dropped.
  bool cut(std::uint64_t number, std::size_t offset, std::size_t size, std::string_view server,
           const std::string& reason, WallTime now = std::chrono::system_clock::now());
  // Keeps for people what the other end refused, where there is a disk. It counts nothing.
  void keep_refused(std::string_view server, std::span<const Refusal> refusals,
                    WallTime now = std::chrono::system_clock::now());

  bool has_waiting() const { return next() < batches_.size(); }
  bool has_written() const { return written_ > 0; }
  bool has_acknowledged() const { return settled_ > 0; }
  // When the oldest acknowledged batch was; there is one.
  TimePoint oldest_acknowledged() const { return batches_.front().acknowledged_at; }
  // Memory in use.
  std::size_t held_bytes() const { return held_bytes_; }
  Figures figures() const;
  // All that an outbox can tell of a sink's health; its connection adds retries and errors.
  SinkHealth health(WallTime now = std::chrono::system_clock::now()) const;

 private:
  using DropReason = std::uint64_t SinkHealth::*;
  // Of a batch as the edits before have left it.
  struct Edit {
    std::size_t offset;
    std::size_t size;
    std::string bytes;  // in the place of those
  };
  struct Batch {
    Bytes bytes;  // null: only on disk
    std::size_t size = 0;
    std::uint64_t sequence = 0;
    std::int64_t time_ms = 0;
    std::optional<Spool::Location> on_disk;
    std::vector<Edit> edits = {};  // which have not been made to what is on disk
    bool is_delivered = false;     // was acknowledged
    TimePoint acknowledged_at{};
    unsigned losses = 0;  // of connections on which it was acknowledged
    unsigned unexplained_losses = 0;

    bool is_tried_enough() const { return losses >= kMostLosses; }
    bool is_unread() const { return is_tried_enough() && 2 * unexplained_losses > losses; }
  };

  std::size_t next() const { return settled_ + written_; }  // the first waiting one
  bool is_in_flight(std::size_t position) const { return in_flight_ && position == next(); }
  bool is_behind(WallTime now) const;
  const Batch* oldest_undelivered() const;
  void insert(Batch batch);
  std::vector<Batch*> unsaved();
  std::size_t position_to_go(std::size_t rank) const;
  void save(bool with_delivered);
  void forget_what_the_spool_dropped();
  std::size_t position_of(std::uint64_t number) const;
  void load(std::uint64_t number);
  Batch* find_loaded(std::uint64_t number);
  std::uint64_t undelivered(bool on_disk_only) const;
  void make_room(std::size_t bytes);
  void count_drop(DropReason reason);
  void forget(std::size_t position, DropReason reason);
  void erase(std::size_t position);

  std::size_t limit_bytes_;
  std::optional<Spool> spool_;
  std::optional<RefusedLog> refused_log_;  // with a spool, whose directory is locked
  std::string spool_error_;
  bool newest_first_ = false;
  // Acknowledged, then written, then waiting ones; each of these in the order in which they go out.
  std::deque<Batch> batches_;
  std::size_t settled_ = 0;
  std::size_t written_ = 0;
  bool in_flight_ = false;   // the first waiting one
  bool is_cut_off_ = false;  // the connection was lost, and nothing was written since
  std::size_t begun_ = 0;    // have been on their way: nothing goes out before them
  std::uint64_t next_sequence_ = 1;
  std::uint64_t saved_before_ = 1;  // older ones were written to disk, if that is possible at all
  std::size_t held_bytes_ = 0;
  std::size_t total_bytes_ = 0;  // in memory or only on disk
  std::size_t written_bytes_ = 0;
  std::size_t settled_bytes_ = 0;
  SinkHealth counted_;  // only what is a count since the start
};

}  // namespace squid
