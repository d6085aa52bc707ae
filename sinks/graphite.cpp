// graphite: reports to a carbon server (or a relay), plaintext over TCP.
#include "sinks/encode/graphite.h"
#include "net/stream_connection.h"
#include "sinks/encode/running_tally.h"

namespace squid {
namespace {

constexpr std::uint16_t kDefaultPort = 2003;

class GraphiteSink : public Sink {
 public:
  GraphiteSink(GraphiteEncoder encoder, boost::asio::io_context& io, Server server, const SinkConfig& config)
      : encoder_(std::move(encoder)),
        connection_(io, std::move(server), {.queue_bytes = config.queue_bytes, .spool = config.spool}) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string lines;
    lines.reserve(last_size_ + last_size_ / 8);
    tally_.add(encoder_.encode(*report, lines));
    last_size_ = lines.size();
    if (!lines.empty()) connection_.send(std::move(lines));
  }

  SinkHealth health() const override { return tally_.complete(connection_.health()); }

 private:
  GraphiteEncoder encoder_;
  StreamConnection connection_;
  RunningTally tally_;
  std::size_t last_size_ = 0;
};

Result<std::unique_ptr<Sink>> make_graphite_sink(const SinkConfig& config, boost::asio::io_context& io,
                                                 std::string_view address, std::shared_ptr<TlsContext> tls) {
  const auto server = parse_host_port(address, {"localhost", kDefaultPort});
  if (!server) return Error{"--sink graphite: " + server.error().message};
  auto namer = SeriesNamer::of(config);
  if (!namer) return namer.error();
  return std::unique_ptr<Sink>(std::make_unique<GraphiteSink>(GraphiteEncoder(*std::move(namer)), io,
                                                              Server(*server, std::move(tls)), config));
}

Result<std::unique_ptr<Sink>> make_graphite(const SinkConfig& config, boost::asio::io_context& io) {
  return make_graphite_sink(config, io, config.address, nullptr);
}

// host:port[?ca=FILE]
Result<std::unique_ptr<Sink>> make_graphite_tls(const SinkConfig& config, boost::asio::io_context& io) {
  constexpr std::string_view kOption = "?ca=";
  const std::size_t option = config.address.find(kOption);
  const auto tls =
      open_tls(option == std::string::npos ? "" : config.address.substr(option + kOption.size()));
  if (!tls) return tls.error();
  return make_graphite_sink(config, io, std::string_view(config.address).substr(0, option), *tls);
}

const SinkRegistry::Entry kGraphite({
    .name = "graphite",
    .usage = "graphite[:host][:port]",
    .help = "Lines to carbon or a relay over TCP; localhost:2003 unless told otherwise",
    .make = make_graphite,
});

const SinkRegistry::Entry kGraphiteTls({
    .name = "graphite+tls",
    .usage = "graphite+tls:host[:port][?ca=FILE]",
    .help = "The same over TLS, to a relay or proxy that speaks it",
    .make = make_graphite_tls,
});

}  // namespace
}  // namespace squid
