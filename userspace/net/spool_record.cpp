#include "net/spool_record.h"

#include <boost/crc.hpp>
#include <cstring>
#include <optional>

namespace squid {
namespace {

constexpr std::string_view kMagic = "SqR1";
constexpr std::string_view kMagicBegin = "Sq";
static_assert(kSpoolDone.size() == kMagic.size() && kSpoolDone.starts_with(kMagicBegin));

struct Header {
  char magic[4];
  std::uint32_t size;
  std::uint64_t sequence;
  std::int64_t time_ms;
  std::uint32_t batch_checksum;
  std::uint32_t checksum;  // of all that stands before it
};
static_assert(sizeof(Header) == kSpoolHeaderBytes);

std::uint32_t header_checksum(const Header& header) {
  char bytes[sizeof header];
  std::memcpy(bytes, &header, sizeof header);
  return compute_checksum({bytes, offsetof(Header, checksum)});
}

std::optional<Header> parse_header(std::string_view bytes) {
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  if (!bytes.starts_with(kMagic) && !bytes.starts_with(kSpoolDone)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(header.magic, kMagic.data(), sizeof header.magic);
  if (header_checksum(header) != header.checksum) return std::nullopt;
  return header;
}

// The next place behind `from` where a record begins; the end if there is none.
std::size_t find_record(std::string_view bytes, std::size_t from) {
  for (std::size_t at = bytes.find(kMagicBegin, from); at != std::string_view::npos;
       at = bytes.find(kMagicBegin, at + 1))
    if (parse_header(bytes.substr(at))) return at;
  return bytes.size();
}

}  // namespace

std::uint32_t compute_checksum(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string encode_spool_header(std::uint64_t sequence, std::int64_t time_ms, std::string_view batch) {
  Header header{.magic = {},
                .size = static_cast<std::uint32_t>(batch.size()),
                .sequence = sequence,
                .time_ms = time_ms,
                .batch_checksum = compute_checksum(batch),
                .checksum = 0};
  std::memcpy(header.magic, kMagic.data(), sizeof header.magic);
  header.checksum = header_checksum(header);
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

bool is_intact(std::string_view bytes, std::uint64_t sequence) {
  const auto header = parse_header(bytes);
  if (!header || header->sequence != sequence || bytes.size() != sizeof(Header) + header->size) return false;
  return compute_checksum(bytes.substr(sizeof(Header))) == header->batch_checksum;
}

SegmentContent parse_segment(std::string_view bytes) {
  SegmentContent content;
  std::uint64_t last = 0;
  std::size_t at = 0;
  while (bytes.size() - at >= sizeof(Header)) {
    const auto header = parse_header(bytes.substr(at));
    if (!header) {
      ++content.damaged;
      at = find_record(bytes, at + 1);
      continue;
    }
    if (header->size > bytes.size() - at - sizeof(Header)) break;
    const std::size_t length = sizeof(Header) + header->size;
    const bool done = bytes.substr(at).starts_with(kSpoolDone);
    if (header->sequence > last && (done || is_intact(bytes.substr(at, length), header->sequence))) {
      content.records.push_back({header->sequence, header->time_ms, at, header->size, done});
      last = header->sequence;
    } else {
      ++content.damaged;
    }
    at += length;
  }
  content.end = at;
  return content;
}

}  // namespace squid
