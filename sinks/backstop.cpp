// backstop: reports to obfuscurity's backstop, which hands them to carbon, as JSON over HTTP.
#include "sinks/encode/backstop.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/exchange_connection.h"
#include "net/http_exchange.h"
#include "net/server_url.h"
#include "sinks/encode/running_tally.h"
#include "sinks/host_cpu_reader.h"

namespace squid {
namespace {

// backstop says 200 to about two requests that carbon never sees, so as much is sent again after a failure.
// Longer than three flushes of the usual length.
constexpr std::chrono::seconds kBackstopRedoWindow{60};

class BackstopSink : public Sink {
 public:
  BackstopSink(std::optional<GraphiteEncoder> names, boost::asio::io_context& io, Server server,
               HttpPost post, const SinkConfig& config)
      : names_(std::move(names)),
        connection_(io, std::move(server), std::make_unique<HttpExchange>(std::move(post)),
                    {.link = {.queue_bytes = config.queue_bytes,
                              .spool = config.spool,
                              .redo_window = kBackstopRedoWindow},
                     .may_hang_up = true}) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string records;
    tally_.add(names_ ? encode_backstop(*names_, *report, records)
                      : encode_docker_stats(*report, read_host_cpu(), records));
    if (!records.empty()) connection_.send(std::move(records));
  }

  SinkHealth health() const override { return tally_.complete(connection_.health()); }
  std::uint64_t close() override { return connection_.close(); }

  std::vector<StatNeed> needs() const override {
    return names_ ? std::vector<StatNeed>() : docker_stats_needs();
  }

 private:
  std::optional<GraphiteEncoder> names_;  // without: those of docker-stats-to-backstop
  ExchangeConnection connection_;
  RunningTally tally_;
};

Result<std::optional<GraphiteEncoder>> choose_names(const SinkConfig& config, const ServerUrl& url) {
  using Names = std::optional<GraphiteEncoder>;
  const std::string* choice = url.options.find("names");
  if (choice != nullptr && *choice == "docker-stats") return Names();
  if (choice != nullptr && *choice != "all")
    return Error{fmt::format("there are no names '{}'; write names=all or names=docker-stats", *choice)};
  auto namer = SeriesNamer::of(config);
  if (!namer) return namer.error();
  return Names(GraphiteEncoder(*std::move(namer)));
}

Result<std::unique_ptr<Sink>> make_backstop(const SinkConfig& config, boost::asio::io_context& io) {
  constexpr std::uint16_t kHttpPort = 80;
  constexpr std::uint16_t kHttpsPort = 443;
  const bool encrypted = config.address.starts_with("https://");
  if (!encrypted && !config.address.starts_with("http://"))
    return Error{
        "write backstop:http://host/publish/name or backstop:https://user:password@host/publish/name"};
  const std::uint16_t usual_port = encrypted ? kHttpsPort : kHttpPort;
  const auto url = parse_server_url(config.address, usual_port);
  if (!url) return url.error();
  const auto allowed = encrypted ? url->options.allow({"names", "ca"}) : url->options.allow({"names"});
  if (!allowed) return allowed.error();
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!std::all_of(url->path.begin(), url->path.end(), is_plain))
    return Error{"the path has a character that cannot stand in an address; write it as %20"};
  auto names = choose_names(config, *url);
  if (!names) return names.error();

  Server server(url->server);
  if (encrypted) {
    const auto tls = open_tls(url->options.text("ca"));
    if (!tls) return tls.error();
    server.tls = *tls;
  }
  HttpPost post{.host = url->server.text(),
                .target = url->path.empty() ? "/" : url->path,
                .user = url->user,
                .password = url->password,
                .content_type = "application/json",
                .head = "[",
                .separator = ",",
                .tail = "]"};
  if (url->server.port == usual_port) post.host.resize(post.host.rfind(':'));
  return std::unique_ptr<Sink>(
      std::make_unique<BackstopSink>(std::move(*names), io, std::move(server), std::move(post), config));
}

const SinkRegistry::Entry kBackstop({
    .name = "backstop",
    .usage = "backstop:http[s]://[user:password@]host[:port]/publish/name[?names=docker-stats][&ca=FILE]",
    .help = "To backstop, as JSON over HTTP; names=docker-stats sends what docker-stats-to-backstop did",
    .make = make_backstop,
});

}  // namespace
}  // namespace squid
