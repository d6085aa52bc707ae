// redis: reports to a Redis server, as statsquid keeps them there, and as a stream that loses nothing.
#include <fmt/format.h>

#include <charconv>

#include "core/monotonic.h"
#include "net/exchange_connection.h"
#include "net/redis_exchange.h"
#include "net/server_url.h"
#include "sinks/encode/redis_stream.h"
#include "sinks/encode/running_tally.h"
#include "sinks/encode/statsquid.h"
#include "sinks/host_cpu_reader.h"

namespace squid {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint64_t kStreamEntries = 100'000;
constexpr std::uint64_t kMostStreamEntries = 1'000'000'000;

class RedisSink : public Sink {
 public:
  RedisSink(boost::asio::io_context& io, Server server, RedisLogin login, const SinkConfig& config,
            std::uint64_t stream_entries)
      : connection_(io, std::move(server), std::make_unique<RedisExchange>(std::move(login)),
                    {.link = {.queue_bytes = config.queue_bytes, .spool = config.spool}}),
        prefix_(config.prefix.empty() ? "squid" : config.prefix),
        stream_entries_(stream_entries) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string commands;
    statsquid_.encode(*report, read_host_cpu(), commands);
    if (stream_entries_ > 0) tally_.add(stream(report->host).encode(*report, commands));
    if (!commands.empty()) connection_.send(std::move(commands));
  }

  SinkHealth health() const override { return tally_.complete(connection_.health()); }
  std::uint64_t close() override { return connection_.close(); }

  std::vector<StatNeed> needs() const override { return StatsquidEncoder::needs(); }

 private:
  RedisStreamEncoder& stream(const std::string& host) {
    // Nobody, before this one and in the same second, has written more entries than microseconds went by.
    if (!stream_)
      stream_.emplace(fmt::format("{}:reports:{}", prefix_, host), stream_entries_, monotonic_ns() / 1000);
    return *stream_;
  }

  ExchangeConnection connection_;
  RunningTally tally_;
  StatsquidEncoder statsquid_;
  std::optional<RedisStreamEncoder> stream_;  // its key needs the host, which the first report tells
  std::string prefix_;
  std::uint64_t stream_entries_;
};

template <typename Number>
Result<Number> parse_limited(std::string_view what, std::string_view text, Number most) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most)
    return Error{fmt::format("{} '{}' is not a number from 0 to {}", what, text, most)};
  return value;
}

Result<std::unique_ptr<Sink>> make_redis_sink(const SinkConfig& config, boost::asio::io_context& io,
                                              Server server, const ServerUrl& url) {
  std::uint64_t entries = kStreamEntries;
  if (const std::string* text = url.options.find("maxlen")) {
    const auto limit = parse_limited("maxlen", *text, kMostStreamEntries);
    if (!limit) return limit.error();
    entries = *limit;
  }
  RedisLogin login{.user = url.user, .password = url.password};
  if (!url.user.empty() && url.password.empty())
    return Error{"the address has a user without a password; write user:password@ or :password@"};
  const std::string* database = url.options.find("db");
  const std::string_view path = url.path.empty() ? "" : std::string_view(url.path).substr(1);
  if (const std::string_view text = database != nullptr ? std::string_view(*database) : path; !text.empty()) {
    const auto number = parse_limited("database", text, 65535U);
    if (!number) return number.error();
    login.database = *number;
  }
  return std::unique_ptr<Sink>(
      std::make_unique<RedisSink>(io, std::move(server), std::move(login), config, entries));
}

Result<std::unique_ptr<Sink>> make_redis(const SinkConfig& config, boost::asio::io_context& io) {
  const auto url = parse_server_url("redis:" + config.address, kRedisPort);
  if (!url) return url.error();
  if (const auto allowed = url->options.allow({"maxlen", "db"}); !allowed) return allowed.error();
  return make_redis_sink(config, io, url->server, *url);
}

Result<std::unique_ptr<Sink>> make_rediss(const SinkConfig& config, boost::asio::io_context& io) {
  const auto url = parse_server_url("rediss:" + config.address, kRedisPort);
  if (!url) return url.error();
  if (const auto allowed = url->options.allow({"maxlen", "db", "ca"}); !allowed) return allowed.error();
  const auto tls = open_tls(url->options.text("ca"));
  if (!tls) return tls.error();
  return make_redis_sink(config, io, {url->server, *tls}, *url);
}

// redis+unix:[[user]:password@]/path[?db=0]
Result<std::unique_ptr<Sink>> make_redis_unix(const SinkConfig& config, boost::asio::io_context& io) {
  const std::size_t slash = config.address.find('/');
  if (slash == std::string::npos)
    return Error{"write the path of a socket, as in redis+unix:/run/redis/redis.sock"};
  auto url = parse_server_url("redis+unix://" + config.address, kRedisPort);
  if (!url) return url.error();
  if (const auto allowed = url->options.allow({"maxlen", "db"}); !allowed) return allowed.error();
  constexpr std::size_t kLongestSocketPath = 107;
  if (url->path.size() > kLongestSocketPath)
    return Error{fmt::format("the path of a socket has at most {} bytes", kLongestSocketPath)};
  const std::string path = std::exchange(url->path, "");
  return make_redis_sink(config, io, Server::on_unix_socket(path), *url);
}

const SinkRegistry::Entry kRedis({
    .name = "redis",
    .usage = "redis://[[user]:password@]host[:port][/db]",
    .help =
        "To Redis: what statsquid's top and master read, and every report in the stream PREFIX:reports:HOST",
    .make = make_redis,
});

const SinkRegistry::Entry kRedisTls({
    .name = "rediss",
    .usage = "rediss://[[user]:password@]host[:port][/db][?ca=FILE]",
    .help = "The same over TLS",
    .make = make_rediss,
});

const SinkRegistry::Entry kRedisUnix({
    .name = "redis+unix",
    .usage = "redis+unix:[[user]:password@]/path[?db=N]",
    .help = "The same over a Unix socket",
    .make = make_redis_unix,
});

}  // namespace
}  // namespace squid
