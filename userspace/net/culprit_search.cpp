#include "net/culprit_search.h"

#include <algorithm>
#include <utility>

namespace squid {
namespace {

constexpr unsigned kSlowestServer = 16;

}  // namespace

void CulpritSearch::connected() {
  trying_ = Trying::kNothing;
  written_ = 0;
  witnessed_ = 0;
}

std::string_view CulpritSearch::next_piece(std::uint64_t batch, std::string_view bytes) {
  trying_ = Trying::kOthers;
  if (!is_on_) {
    ++written_;
    return bytes;
  }
  if (!batch_) begin(batch, bytes);
  if (batch != *batch_ || records_.empty()) return bytes;
  if (pieces_.empty()) pieces_.push_back({0, records_.size()});
  const Piece& piece = pieces_.back();
  if (is_suspected_ && witnessed_ <= strikes_) {
    trying_ = Trying::kWitness;
    return witness_;
  }
  trying_ = Trying::kPiece;
  const Record& first = records_[piece.first];
  const Record& last = records_[piece.last - 1];
  first_of_piece_ = bytes.substr(first.offset, first.size);
  return bytes.substr(first.offset, last.offset + last.size - first.offset);
}

void CulpritSearch::begin(std::uint64_t batch, std::string_view bytes) {
  batch_ = batch;
  is_in_pieces_ = false;
  is_suspected_ = false;
  strikes_ = 0;
  pieces_.clear();
  records_ = records_of(bytes);
}

std::vector<CulpritSearch::Record> CulpritSearch::records_of(std::string_view bytes) const {
  std::vector<Record> records;
  for (std::size_t offset = 0; offset < bytes.size(); offset += records.back().size) {
    const std::string_view rest = bytes.substr(offset);
    records.push_back({offset, std::clamp<std::size_t>(format_.length(rest), 1, rest.size())});
  }
  return records;
}

bool CulpritSearch::stood() {
  if (std::exchange(trying_, Trying::kNothing) == Trying::kWitness) {
    ++witnessed_;
    return false;
  }
  fruitless_ = 0;
  is_suspected_ = false;
  strikes_ = 0;
  witness_ = first_of_piece_;
  witnessed_ = 1;
  const bool is_whole = pieces_.back().size() == records_.size();
  pieces_.pop_back();
  if (!is_whole) return false;
  batch_.reset();
  taken_whole_ = is_in_pieces_ ? 0 : taken_whole_ + 1;
  if (taken_whole_ > suspects_) switch_to(false);
  return true;
}

void CulpritSearch::hung_up() {
  const Trying tried = std::exchange(trying_, Trying::kNothing);
  if (!is_on_) {
    suspects_ = std::max(suspects_, written_);
    if (++hang_ups_ == kHangUps) switch_to(true);
    return;
  }
  if (tried == Trying::kNothing && !batch_) quiet_ = std::min(2 * quiet_, kSlowestServer * first_quiet_);
  taken_whole_ = 0;
  ++fruitless_;
  if (tried == Trying::kPiece)
    piece_failed();
  else
    strikes_ = 0;
  // What is in front of the batch may be the reason.
  if (tried == Trying::kOthers) batch_.reset();
  if (fruitless_ >= kMostFruitless) switch_to(false);
}

void CulpritSearch::piece_failed() {
  const Piece piece = pieces_.back();
  if (piece.size() == 1) return record_failed();
  is_in_pieces_ = true;
  const std::size_t middle = piece.first + piece.size() / 2;
  pieces_.back() = {middle, piece.last};
  pieces_.push_back({piece.first, middle});
}

void CulpritSearch::record_failed() {
  // The piece is that record.
  std::string parts = format_.split == nullptr ? std::string() : format_.split(first_of_piece_);
  if (!parts.empty()) {
    is_in_pieces_ = true;
    replace(pieces_.back().first, std::move(parts));
  } else if (witness_.empty()) {
    // Perhaps another one is taken, and is a witness then. Where there is no other one, nothing can be found.
    std::rotate(pieces_.begin(), pieces_.end() - 1, pieces_.end());
    if (records_.size() == 1) switch_to(false);
  } else if (!std::exchange(is_suspected_, true)) {
    // From now on with the witness.
  } else if (++strikes_ == kStrikes) {
    give_up();
  }
}

void CulpritSearch::give_up() {
  fruitless_ = 0;
  is_suspected_ = false;
  strikes_ = 0;
  is_in_pieces_ = true;
  replace(pieces_.back().first, "");
  if (records_.empty()) batch_.reset();
}

// A record that is a piece by itself. Without parts the piece is gone, too.
void CulpritSearch::replace(std::size_t record, std::string parts) {
  const std::vector<Record> records = records_of(parts);
  edit_ = Edit{*batch_, records_[record].offset, records_[record].size, std::move(parts)};
  const auto place = records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(record));
  records_.insert(place, records.begin(), records.end());
  std::size_t offset = 0;
  for (Record& each : records_) offset = (each.offset = offset) + each.size;

  for (Piece& piece : pieces_) {
    if (piece.first > record) piece.first = piece.first - 1 + records.size();
    if (piece.last > record) piece.last = piece.last - 1 + records.size();
  }
  std::erase_if(pieces_, [](const Piece& piece) { return piece.size() == 0; });
}

void CulpritSearch::lasted() {
  if (is_on_) return;
  hang_ups_ = 0;
  suspects_ = 0;
  quiet_ = first_quiet_;
}

std::optional<CulpritSearch::Edit> CulpritSearch::take_edit() {
  return std::exchange(edit_, std::nullopt);
}

void CulpritSearch::switch_to(bool on) {
  is_on_ = on;
  hang_ups_ = 0;
  if (!on) suspects_ = 0;
  fruitless_ = 0;
  taken_whole_ = 0;
  batch_.reset();
}

}  // namespace squid
