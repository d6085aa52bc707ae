// The records of a spool's segment: a header, then the bytes of one batch. Pure: what a segment's bytes mean,
// whatever they are. The header has a checksum of its own, so that one spoiled byte costs one record and the
// ones behind it are found again. Its first bytes are overwritten once the record is done, in whatever order
// that happens. Byte order is the host's: a spool never leaves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

struct SpoolRecord {
  std::uint64_t sequence = 0;
  std::int64_t time_ms = 0;  // Unix time at which the batch was made
  std::uint64_t offset = 0;  // of the header, in the segment
  std::uint32_t size = 0;    // of the batch
  bool done = false;
};

constexpr std::size_t kSpoolHeaderBytes = 32;
// A header that begins with this is of a record that is done.
constexpr std::string_view kSpoolDone = "SqD1";

std::string encode_spool_header(std::uint64_t sequence, std::int64_t time_ms, std::string_view batch);

struct SegmentContent {
  std::vector<SpoolRecord> records;  // by rising sequence
  std::uint64_t damaged = 0;         // records that are not what was written
  std::size_t end = 0;               // what lies behind is the begin of a record that was never finished
};

SegmentContent parse_segment(std::string_view bytes);

// Whether these bytes, a header and a batch, are still the record that was written.
bool is_intact(std::string_view bytes, std::uint64_t sequence);

// CRC-32C.
std::uint32_t compute_checksum(std::string_view bytes);

}  // namespace squid
