// Spool: batches of one sink on disk, for as long as its server is behind and across the end of the process.
// Records are appended to segments, and released in any order; a segment goes when all of it was released,
// or, the oldest first, when the limit is reached. What it finds at start is what an earlier process left.
//
// A record that was appended survives the death of the process at any instant. Its way to the disk has begun
// then but is not waited for, because the same thread samples: after a power failure the last seconds may be
// missing. What is torn is cut off; what is damaged is skipped, counted and set aside; neither ever keeps
// squid-bpf from starting.
//
// In its directory: lock, *.segment, damaged.N (the last few segments with damage, for people).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/sink.h"
#include "net/spool_file.h"

namespace squid {

class Spool {
 public:
  struct Location {
    std::uint64_t segment;
    std::uint64_t offset;
  };
  struct Found {
    std::uint64_t sequence;
    std::int64_t time_ms;  // Unix time at which the batch was made
    std::size_t size;
    Location where;
  };

  static Result<Spool> open(const SpoolPlace& place);
  // Whether a process has it open.
  static bool is_in_use(const std::string& directory);

  // What an earlier process left, oldest first; once.
  std::vector<Found> take_found() { return std::exchange(found_, {}); }
  // Records that were not readable any more, at start.
  std::uint64_t damaged() const { return damaged_; }
  std::uint64_t next_sequence() const { return next_sequence_; }

  bool fits(std::size_t size) const;
  // At the limit the oldest segment goes: see first_sequence().
  Result<Location> append(std::uint64_t sequence, std::int64_t time_ms, std::string_view batch);
  // An error where the bytes are not those that were appended.
  Result<std::string> read(const Found& record);
  // The record is done, and not found again.
  void release(const Location& where);
  // Of the oldest segment that is still here; next_sequence() if there is none.
  std::uint64_t first_sequence() const;
  // On disk, done ones included.
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Segment {
    SpoolFile file;
    std::size_t open = 0;  // records that are not done
    bool damaged = false;
  };
  using Segments = std::map<std::uint64_t, Segment>;  // by the sequence of the first record

  Spool(std::string directory, std::size_t limit_bytes, SpoolFile lock);
  std::string path_of(std::uint64_t segment) const;
  Result<void> load();
  Result<void> load_segment(std::uint64_t name, bool is_last);
  Result<Segment*> tail_for(std::uint64_t sequence, std::size_t length);
  void remove(Segments::iterator segment);
  void set_aside(const std::string& path);

  std::string directory_;
  std::uint64_t limit_bytes_;
  SpoolFile lock_;
  Segments segments_;
  std::vector<Found> found_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t bytes_ = 0;
  std::uint64_t damaged_ = 0;
  unsigned set_aside_ = 0;
};

}  // namespace squid
