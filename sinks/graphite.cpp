// graphite: reports to carbon servers (or relays) over TCP, as lines or as pickle.
#include "sinks/encode/graphite.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/sink_metrics.h"
#include "net/stream_connection.h"
#include "sinks/encode/graphite_lines.h"
#include "sinks/encode/graphite_pickle.h"
#include "sinks/encode/running_tally.h"
#include "sinks/graphite_address.h"

namespace squid {
namespace {

constexpr std::uint16_t kLinePort = 2003;
constexpr std::uint16_t kPicklePort = 2004;

struct GraphiteServer {
  GraphiteServer(boost::asio::io_context& io, Server server, StreamOptions options)
      : name(server.text()), connection(io, std::move(server), std::move(options)) {}

  std::string name;
  StreamConnection connection;
};

class GraphiteSink : public Sink {
 public:
  GraphiteSink(GraphiteEncoder encoder, boost::asio::io_context& io, GraphiteAddress address,
               const std::shared_ptr<TlsContext>& tls, RecordFormat records, const SinkConfig& config)
      : encoder_(std::move(encoder)), ring_(std::move(address.ring)) {
    // They share what the sink may use, and each has a directory of its own.
    const std::size_t count = address.servers.size();
    SpoolPlace spool = config.spool;
    spool.limit_bytes /= count;
    for (HostPort& server : address.servers) {
      if (count > 1 && !config.spool.directory.empty())
        spool.directory = fmt::format("{}/{}", config.spool.directory, servers_.size() + 1);
      servers_.emplace_back(io, Server(std::move(server), tls),
                            StreamOptions{.link = {.queue_bytes = config.queue_bytes / count, .spool = spool},
                                          .records = records});
    }
  }

  void deliver(std::shared_ptr<const Report> report) override {
    std::vector<std::string> batches(ring_ ? servers_.size() : 1);
    for (std::string& batch : batches) batch.reserve(last_size_ + last_size_ / 8);
    tally_.add(ring_ ? encoder_.encode_shares(*report, *ring_, batches)
                     : encoder_.encode(*report, batches.front()));
    // Without a ring everybody gets the same.
    batches.resize(servers_.size(), batches.front());
    last_size_ = 0;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      last_size_ = std::max(last_size_, batches[i].size());
      if (!batches[i].empty()) servers_[i].connection.send(std::move(batches[i]));
    }
  }

  SinkHealth health() const override {
    SinkHealth sum = servers_.front().connection.health();
    for (std::size_t i = 1; i < servers_.size(); ++i) add_health(sum, servers_[i].connection.health());
    return tally_.complete(std::move(sum));
  }

  std::uint64_t close() override {
    std::uint64_t lost = 0;
    for (GraphiteServer& server : servers_) lost += server.connection.close();
    return lost;
  }

  std::vector<std::pair<std::string, SinkHealth>> health_by_server() const override {
    std::vector<std::pair<std::string, SinkHealth>> health;
    if (servers_.size() == 1) return health;
    for (const GraphiteServer& server : servers_)
      health.emplace_back(server.name, server.connection.health());
    return health;
  }

 private:
  GraphiteEncoder encoder_;
  std::optional<HashRing> ring_;  // without: every server gets all
  std::deque<GraphiteServer> servers_;
  RunningTally tally_;
  std::size_t last_size_ = 0;
};

Result<std::unique_ptr<Sink>> make_sink(const SinkConfig& config, boost::asio::io_context& io,
                                        GraphiteFormat format, bool encrypted) {
  auto address =
      parse_graphite_address(config.address, format == GraphiteFormat::kPickle ? kPicklePort : kLinePort);
  if (!address) return address.error();
  const auto allowed =
      encrypted ? address->options.allow({"relay", "ca"}) : address->options.allow({"relay"});
  if (!allowed) return allowed.error();
  std::shared_ptr<TlsContext> tls;
  if (encrypted) {
    const auto opened = open_tls(address->options.text("ca"));
    if (!opened) return opened.error();
    tls = *opened;
  }
  auto namer = SeriesNamer::of(config);
  if (!namer) return namer.error();
  const RecordFormat records = format == GraphiteFormat::kPickle
                                   ? RecordFormat{pickle_frame_length, split_pickle_frame}
                                   : RecordFormat{graphite_line_length};
  return std::unique_ptr<Sink>(std::make_unique<GraphiteSink>(GraphiteEncoder(*std::move(namer), format), io,
                                                              *std::move(address), tls, records, config));
}

Result<std::unique_ptr<Sink>> make_graphite(const SinkConfig& config, boost::asio::io_context& io) {
  return make_sink(config, io, GraphiteFormat::kLines, false);
}

Result<std::unique_ptr<Sink>> make_graphite_pickle(const SinkConfig& config, boost::asio::io_context& io) {
  return make_sink(config, io, GraphiteFormat::kPickle, false);
}

Result<std::unique_ptr<Sink>> make_graphite_tls(const SinkConfig& config, boost::asio::io_context& io) {
  return make_sink(config, io, GraphiteFormat::kLines, true);
}

Result<std::unique_ptr<Sink>> make_graphite_pickle_tls(const SinkConfig& config,
                                                       boost::asio::io_context& io) {
  return make_sink(config, io, GraphiteFormat::kPickle, true);
}

const SinkRegistry::Entry kGraphite({
    .name = "graphite",
    .usage = "graphite[:host][:port][,host:port...][?relay=consistent-hashing]",
    .help = "Lines to carbon or a relay over TCP, localhost:2003 unless told otherwise; of several servers "
            "each gets all, or its share as carbon's relay would choose it",
    .make = make_graphite,
    .takes_any_order = true,
});

const SinkRegistry::Entry kGraphitePickle({
    .name = "graphite+pickle",
    .usage = "graphite+pickle[:host][:port][,host:port...][?relay=consistent-hashing]",
    .help = "The same in carbon's pickle protocol; localhost:2004 unless told otherwise",
    .make = make_graphite_pickle,
    .takes_any_order = true,
});

const SinkRegistry::Entry kGraphiteTls({
    .name = "graphite+tls",
    .usage = "graphite+tls:host[:port][,host:port...][?ca=FILE][&relay=consistent-hashing]",
    .help = "The same as graphite over TLS, to a relay or proxy that speaks it",
    .make = make_graphite_tls,
    .takes_any_order = true,
});

const SinkRegistry::Entry kGraphitePickleTls({
    .name = "graphite+pickle+tls",
    .usage = "graphite+pickle+tls:host[:port][,host:port...][?ca=FILE][&relay=consistent-hashing]",
    .help = "The same as graphite+pickle over TLS",
    .make = make_graphite_pickle_tls,
    .takes_any_order = true,
});

}  // namespace
}  // namespace squid
