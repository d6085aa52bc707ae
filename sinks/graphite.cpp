// graphite: reports to a carbon server (or a relay), plaintext over TCP.
#include "sinks/encode/graphite.h"
#include "net/stream_connection.h"

namespace squid {
namespace {

constexpr std::uint16_t kDefaultPort = 2003;

class GraphiteSink : public Sink {
 public:
  GraphiteSink(GraphiteEncoder encoder, boost::asio::io_context& io, HostPort server,
               const SinkConfig& config)
      : encoder_(std::move(encoder)),
        connection_(io, std::move(server), {.queue_bytes = config.queue_bytes, .spool = config.spool}) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string lines;
    lines.reserve(last_size_ + last_size_ / 8);
    dropped_points_ += encoder_.encode(*report, lines).dropped;
    last_size_ = lines.size();
    if (!lines.empty()) connection_.send(std::move(lines));
  }

  SinkHealth health() const override {
    SinkHealth health = connection_.health();
    health.dropped_points = dropped_points_;
    return health;
  }

 private:
  GraphiteEncoder encoder_;
  StreamConnection connection_;
  std::uint64_t dropped_points_ = 0;
  std::size_t last_size_ = 0;
};

Result<std::unique_ptr<Sink>> make_graphite(const SinkConfig& config, boost::asio::io_context& io) {
  const auto server = parse_host_port(config.address, {"localhost", kDefaultPort});
  if (!server) return Error{"--sink graphite: " + server.error().message};
  const auto names = NameTemplate::parse(config.name_template);
  if (!names) return names.error();
  return std::unique_ptr<Sink>(
      std::make_unique<GraphiteSink>(GraphiteEncoder(*names, config.prefix), io, *server, config));
}

const SinkRegistry::Entry kGraphite({
    .name = "graphite",
    .usage = "graphite[:host][:port]",
    .help = "Lines to carbon or a relay over TCP; localhost:2003 unless told otherwise",
    .make = make_graphite,
});

}  // namespace
}  // namespace squid
