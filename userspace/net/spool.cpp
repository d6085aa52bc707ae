#include "net/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "net/spool_record.h"

namespace squid {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".segment";
// The limit is kept by dropping whole segments, so they are a small part of it.
constexpr std::uint64_t kSegmentsPerLimit = 32;
constexpr unsigned kMostSetAside = 4;
// Each is read whole at the start. A file that is longer than the longest with one report of any size is none
// of ours.
constexpr std::uint64_t kMostForSegment = 64 << 20;
constexpr std::uint64_t kLongestSegment = 1 << 30;

std::string lock_path(const std::string& directory) {
  return directory + "/lock";
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Spool::Spool(std::string directory, std::size_t limit_bytes, SpoolFile lock)
    : directory_(std::move(directory)), limit_bytes_(limit_bytes), lock_(std::move(lock)) {}

Result<Spool> Spool::open(const SpoolPlace& place) {
  std::error_code error;
  fs::create_directories(place.directory, error);
  if (error) return Error{fmt::format("cannot make the directory {}: {}", place.directory, error.message())};
  fs::permissions(place.directory, fs::perms::owner_all, error);
  auto lock = SpoolFile::open(lock_path(place.directory));
  if (!lock) return lock.error();
  if (!lock->lock()) return Error{fmt::format("another squid-bpf uses {}", place.directory)};
  Spool spool(place.directory, place.limit_bytes, *std::move(lock));
  if (const auto loaded = spool.load(); !loaded) return loaded.error();
  return spool;
}

bool Spool::is_in_use(const std::string& directory) {
  const std::string path = lock_path(directory);
  std::error_code error;
  if (!fs::exists(path, error)) return false;
  auto lock = SpoolFile::open(path);
  return lock && !lock->lock();
}

std::string Spool::path_of(std::uint64_t segment) const {
  return fmt::format("{}/{:016x}{}", directory_, segment, kSuffix);
}

Result<void> Spool::load() {
  std::error_code error;
  std::vector<std::uint64_t> names;
  for (auto entry = fs::directory_iterator(directory_, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (const auto name = parse_segment_name(entry->path().filename().native())) names.push_back(*name);
  if (error) return Error{fmt::format("cannot read the directory {}: {}", directory_, error.message())};
  std::sort(names.begin(), names.end());

  for (const std::uint64_t name : names) {
    if (load_segment(name, name == names.back())) continue;
    ++damaged_;
    set_aside(path_of(name));
  }
  for (auto segment = segments_.begin(); segment != segments_.end();)
    if (const auto it = segment++; it->second.open == 0) remove(it);
  return {};
}

// An error: nothing of this segment can be read.
Result<void> Spool::load_segment(std::uint64_t name, bool is_last) {
  auto file = SpoolFile::open(path_of(name));
  if (!file) return file.error();
  if (file->size() > kLongestSegment) return Error{"too long"};
  const auto bytes = file->read(0, file->size());
  if (!bytes) return bytes.error();
  const SegmentContent content = parse_segment(*bytes);
  const bool torn = content.end < bytes->size();
  const std::uint64_t damaged = content.damaged + (torn && !is_last ? 1 : 0);
  // Behind the last record of all, a torn one is what a sudden end leaves.
  if (torn && is_last && !file->truncate(content.end)) return Error{"cannot be cut"};

  Segment segment{.file = *std::move(file), .damaged = damaged > 0};
  next_sequence_ = std::max(next_sequence_, name);
  for (const SpoolRecord& record : content.records) {
    if (record.sequence < next_sequence_) continue;
    next_sequence_ = record.sequence + 1;
    if (record.done) continue;
    found_.push_back({record.sequence, record.time_ms, record.size, {name, record.offset}});
    ++segment.open;
  }
  damaged_ += damaged;
  bytes_ += segment.file.size();
  segments_.emplace(name, std::move(segment));
  return {};
}

bool Spool::fits(std::size_t size) const {
  return size + kSpoolHeaderBytes <= limit_bytes_;
}

Result<Spool::Location> Spool::append(std::uint64_t sequence, std::int64_t time_ms, std::string_view batch) {
  const std::size_t length = kSpoolHeaderBytes + batch.size();
  while (bytes_ + length > limit_bytes_ && !segments_.empty()) remove(segments_.begin());
  const auto segment = tail_for(sequence, length);
  if (!segment) return segment.error();
  const auto offset = (*segment)->file.append(encode_spool_header(sequence, time_ms, batch), batch);
  if (!offset) return offset.error();
  ++(*segment)->open;
  next_sequence_ = sequence + 1;
  bytes_ += length;
  return Location{std::prev(segments_.end())->first, *offset};
}

// The segment to append to.
Result<Spool::Segment*> Spool::tail_for(std::uint64_t sequence, std::size_t length) {
  if (!segments_.empty()) {
    const std::uint64_t most = std::min(limit_bytes_ / kSegmentsPerLimit, kMostForSegment);
    Segment& last = std::prev(segments_.end())->second;
    if (last.file.size() == 0 || last.file.size() + length <= most) return &last;
  }
  auto file = SpoolFile::open(path_of(sequence));
  if (!file) return file.error();
  return &segments_.emplace(sequence, Segment{.file = *std::move(file)}).first->second;
}

Result<std::string> Spool::read(const Found& record) {
  const auto segment = segments_.find(record.where.segment);
  if (segment == segments_.end()) return Error{"the record is not in the spool any more"};
  auto bytes = segment->second.file.read(record.where.offset, kSpoolHeaderBytes + record.size);
  if (bytes && is_intact(*bytes, record.sequence)) return bytes->substr(kSpoolHeaderBytes);
  segment->second.damaged = true;
  return bytes ? Error{"a record of the spool is damaged"} : bytes.error();
}

void Spool::release(const Location& where) {
  const auto segment = segments_.find(where.segment);
  if (segment == segments_.end()) return;
  // Should it fail, the record is sent once more after the next start.
  (void)segment->second.file.replace(where.offset, kSpoolDone);
  if (--segment->second.open == 0) remove(segment);
}

std::uint64_t Spool::first_sequence() const {
  return segments_.empty() ? next_sequence_ : segments_.begin()->first;
}

void Spool::remove(Segments::iterator segment) {
  const std::string path = path_of(segment->first);
  bytes_ -= segment->second.file.size();
  const bool damaged = segment->second.damaged;
  segments_.erase(segment);
  if (damaged) return set_aside(path);
  std::error_code ignored;
  fs::remove(path, ignored);
}

void Spool::set_aside(const std::string& path) {
  std::error_code ignored;
  fs::rename(path, fmt::format("{}/damaged.{}", directory_, set_aside_++ % kMostSetAside), ignored);
}

}  // namespace squid
