// CulpritSearch: finds the record at which a server hangs up each time, where the server never says so. It
// knows nothing of sockets: a connection tells it what happened, and asks what to write.
//
//   off: the other end hung up kHangUps times, and nothing that was written lasted meanwhile  -> on
//   on:  more batches in a row were taken as they are than one connection had when it broke, or
//        kMostFruitless hang-ups led nowhere  -> off
//
// Off, batches go out whole, one behind the other. On, the first batch goes out in pieces, and the next piece
// only when the connection has stood for quiet() behind the one before:
//
//   a piece stands                    -> the next piece; behind the last one the whole batch once more, and
//                                        when that stands the batch is taken, and the next one is searched
//   the other end hangs up on it      -> it is halved, and the first half is the next piece
//   it hangs up on a single record,
//   which is made of several parts    -> these are records in its place in the batch, and the next piece
//   and one that is not               -> a suspect, and each further time a strike; with kStrikes of them in
//                                        a row the record is the culprit: whoever asks cuts it out of the
//                                        batch, and the rest goes on
//   it hangs up on anything else      -> the strikes were none
//
// A server that is down, restarts, or has nobody behind it hangs up on everything, and must not cost a
// record. So a suspect is tried only where a witness, a record that this server has taken before, has
// just stood on the same connection: before the first strike once, before the second one twice, and so on, so
// that no habit of hanging up after some time looks like strikes either. Without a witness, as where the
// server takes nothing, no record is a culprit.
//
// A server that hangs up although all has stood is slow to read: quiet() is twice as long from then on.
//
// A batch that was taken may have to be written again, as everything that the other end may have lost. It
// goes out whole then, in front of the batch that is searched.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

// What a batch is made of.
struct RecordFormat {
  // Of the first record of these bytes, of which there are some; more than there are where it was cut off.
  std::size_t (*length)(std::string_view bytes);
  // Records that say together what this one does; empty where it cannot be told in smaller ones. Null: none
  // can.
  std::string (*split)(std::string_view record) = nullptr;
};

class CulpritSearch {
 public:
  static constexpr unsigned kHangUps = 4;
  static constexpr unsigned kStrikes = 5;
  // Enough to come from a million records, or parts of them, to one, and for the strikes.
  static constexpr unsigned kMostFruitless = 32;

  // What has to be done to a batch. The search takes it for done.
  struct Edit {
    std::uint64_t batch;
    std::size_t offset;
    std::size_t size;
    std::string parts;  // what takes the place of these bytes; empty: they are the culprit

    bool is_culprit() const { return parts.empty(); }
  };

  CulpritSearch(RecordFormat format, std::chrono::milliseconds quiet)
      : format_(format), first_quiet_(quiet), quiet_(quiet) {}

  // A new connection.
  void connected();
  // What to write of the batch that is next, which is known by its number; at least one byte of it, or of
  // the witness. Valid until the next call.
  std::string_view next_piece(std::uint64_t batch, std::string_view bytes);
  // Whether nothing may follow that piece before it has stood; else it was the whole batch.
  bool waits() const { return trying_ == Trying::kWitness || trying_ == Trying::kPiece; }
  // How long the connection has to stand behind a piece whose last byte was acknowledged.
  std::chrono::milliseconds quiet() const { return quiet_; }
  // It has. Whether the batch was taken.
  bool stood();
  // The other end ended a connection on which something was written that it may not have read.
  void hung_up();
  // Batches were delivered and no connection broke for a while: the server is well.
  void lasted();

  // Once, after hung_up().
  std::optional<Edit> take_edit();

 private:
  enum class Trying : std::uint8_t { kNothing, kOthers, kWitness, kPiece };
  struct Record {
    std::size_t offset;
    std::size_t size;
  };
  // Records from the first to before the last.
  struct Piece {
    std::size_t first;
    std::size_t last;
    std::size_t size() const { return last - first; }
  };

  void begin(std::uint64_t batch, std::string_view bytes);
  std::vector<Record> records_of(std::string_view bytes) const;
  void piece_failed();
  void record_failed();
  void give_up();
  void replace(std::size_t record, std::string parts);
  void switch_to(bool on);

  RecordFormat format_;
  std::chrono::milliseconds first_quiet_;
  std::chrono::milliseconds quiet_;
  bool is_on_ = false;
  unsigned hang_ups_ = 0;     // while it is off
  unsigned written_ = 0;      // batches on this connection, while it is off
  unsigned suspects_ = 0;     // the most of them on one that broke
  unsigned fruitless_ = 0;    // hang-ups since a piece stood or a culprit was found, while it is on
  unsigned taken_whole_ = 0;  // batches in a row, at the first go

  std::optional<std::uint64_t> batch_;  // the one that is searched
  std::vector<Record> records_;         // of it
  std::vector<Piece> pieces_;           // still to be tried, the next one last
  bool is_in_pieces_ = false;           // it did not stand as it is
  bool is_suspected_ = false;           // the next piece, a single record
  unsigned strikes_ = 0;                // of it
  std::optional<Edit> edit_;

  Trying trying_ = Trying::kNothing;
  std::string witness_;         // empty: nothing was taken yet
  unsigned witnessed_ = 0;      // how often it has stood on this connection since the last piece
  std::string first_of_piece_;  // which becomes the witness if the piece stands
};

}  // namespace squid
