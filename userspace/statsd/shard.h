// Shard: packets in, and what was in them by sender, until a Server takes it over. Each thread that receives
// has its own, and shares nothing: who a sender is called is the server's to find out, later.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "statsd/line_parser.h"
#include "statsd/origin.h"
#include "statsd/settings.h"
#include "statsd/tally.h"

namespace squid::statsd {

class Shard {
 public:
  // What came since it was last taken over.
  struct Counts {
    std::uint64_t packets = 0;
    std::uint64_t lines = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  // too many keys
    std::uint64_t limited = 0;  // more values than a container may send
    std::uint64_t announced = 0;
    std::array<std::uint64_t, kBadLineReasons> bad{};

    void add(const Counts& other);
  };
  // Of one sender.
  struct Account {
    Account(Room& room, Sender from) : sender(std::move(from)), tally(room) {}

    Sender sender;
    Tally tally;
    Counts counts;
    std::map<std::string, std::uint64_t, std::less<>> claims;  // lines that say which container they are from
  };
  using Accounts = boost::unordered_flat_map<std::uint64_t, Account>;

  explicit Shard(const Settings& settings) { change(settings); }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // From now on.
  void change(const Settings& settings);
  // Where a sender is heard of first, by its number, since it was last taken over.
  void on_new_sender(std::function<void(std::uint64_t cgroup)> call) { on_new_sender_ = std::move(call); }

  // Lines with '\n' between them.
  void take(std::string_view packet, const Sender& sender = {});
  // A line that its transport could not take.
  void drop(BadLine reason, const Sender& sender = {});

  Accounts& accounts() { return accounts_; }
  // Unix time; 0: none has come yet.
  std::int64_t last_packet_s() const { return last_packet_s_; }
  // All has been taken over.
  void begin_anew();

 private:
  Account& account_of(const Sender& sender);
  void take_line(std::string_view line, Account& account);
  void add(const Value& value, Account& account);
  static void note_claim(std::string_view container_id, Account& account);

  LineParser parser_{Dialect::kStrict};
  Room room_;
  std::size_t container_keys_ = 0;
  std::uint64_t container_values_ = 0;
  Accounts accounts_;
  std::function<void(std::uint64_t)> on_new_sender_;
  std::int64_t last_packet_s_ = 0;
};

}  // namespace squid::statsd
