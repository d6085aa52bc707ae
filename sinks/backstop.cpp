// backstop: reports to obfuscurity's backstop, which hands them to carbon, as JSON over HTTP.
#include "sinks/encode/backstop.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

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
// A proxy has to find the server and to connect to it meanwhile, and says so if it cannot.
constexpr std::chrono::seconds kProxyPatience{15};

LinkOptions link_options(const SinkConfig& config, const Server& server) {
  LinkOptions options{
      .queue_bytes = config.queue_bytes, .spool = config.spool, .redo_window = kBackstopRedoWindow};
  if (server.proxy) options.connect.connect_timeout = kProxyPatience;
  return options;
}

class BackstopSink : public Sink {
 public:
  BackstopSink(std::optional<GraphiteEncoder> names, boost::asio::io_context& io, const Server& server,
               HttpPost post, const SinkConfig& config)
      : names_(std::move(names)),
        proxied_(server.proxy ? server.text() : ""),
        connection_(io, server, std::make_unique<HttpExchange>(std::move(post)),
                    {.link = link_options(config, server), .may_hang_up = true}) {}

  void deliver(std::shared_ptr<const Report> report) override {
    std::string records;
    tally_.add(names_ ? encode_backstop(*names_, *report, records)
                      : encode_docker_stats(*report, read_host_cpu(), records));
    if (!records.empty()) connection_.send(std::move(records));
  }

  SinkHealth health() const override { return tally_.complete(connection_.health()); }
  std::uint64_t close() override { return connection_.close(); }

  // Who reads of a proxy here need not look for it in the environment.
  std::vector<std::pair<std::string, SinkHealth>> health_by_server() const override {
    if (proxied_.empty()) return {};
    return {{proxied_, health()}};
  }

  std::vector<StatNeed> needs() const override {
    return names_ ? std::vector<StatNeed>() : docker_stats_needs();
  }

 private:
  std::optional<GraphiteEncoder> names_;  // without: those of docker-stats-to-backstop
  std::string proxied_;                   // the server and its proxy, empty without one
  ExchangeConnection connection_;
  RunningTally tally_;
};

Result<std::optional<GraphiteEncoder>> choose_names(const SinkConfig& config, const ServerUrl& url) {
  using Names = std::optional<GraphiteEncoder>;
  const std::string* own = url.options.find("names");
  const std::string& choice = own != nullptr ? *own : config.names;
  if (choice == "docker-stats") return Names();
  if (choice != "all")
    return Error{fmt::format("there are no names '{}'; write names=all or names=docker-stats", choice)};
  auto namer = SeriesNamer::of(config);
  if (!namer) return namer.error();
  return Names(GraphiteEncoder(*std::move(namer)));
}

Result<bool> wants_gzip(const UrlOptions& options) {
  const std::string* choice = options.find("gzip");
  if (choice != nullptr && *choice != "yes" && *choice != "no")
    return Error{fmt::format("gzip={} means nothing; write gzip=yes or gzip=no", *choice)};
  return choice != nullptr && *choice == "yes";
}

Result<std::optional<Proxy>> choose_proxy_of(const ServerUrl& url, bool encrypted) {
  const std::string* choice = url.options.find("proxy");
  if (choice == nullptr) return choose_proxy(url.server.host, encrypted, std::getenv);
  if (*choice == "none") return std::optional<Proxy>();
  if (!choice->starts_with("http://"))
    return Error{"write proxy=none or proxy=http://[user:password@]host[:port]"};
  auto proxy = parse_proxy(*choice);
  if (!proxy) return proxy.error();
  return std::optional<Proxy>(*std::move(proxy));
}

Result<Server> make_server(const ServerUrl& url, bool encrypted) {
  Server server(url.server);
  auto proxy = choose_proxy_of(url, encrypted);
  if (!proxy) return proxy.error();
  server.proxy = *std::move(proxy);
  if (!encrypted) return server;
  const auto tls = open_tls(url.options.text("ca"));
  if (!tls) return tls.error();
  server.tls = *tls;
  return server;
}

HttpPost make_post(const ServerUrl& url, const Server& server, std::uint16_t usual_port) {
  HttpPost post{.host = url.server.text(),
                .target = url.path.empty() ? "/" : url.path,
                .user = url.user,
                .password = url.password,
                .content_type = "application/json",
                .head = "[",
                .separator = ",",
                .tail = "]"};
  if (url.server.port == usual_port) post.host.resize(post.host.rfind(':'));
  if (server.proxy && !server.tls) {
    post.target.insert(0, "http://" + post.host);
    post.proxy_authorization = server.proxy->authorization();
  }
  return post;
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
  const auto allowed = encrypted ? url->options.allow({"names", "gzip", "proxy", "ca"})
                                 : url->options.allow({"names", "gzip", "proxy"});
  if (!allowed) return allowed.error();
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!std::all_of(url->path.begin(), url->path.end(), is_plain))
    return Error{"the path has a character that cannot stand in an address; write it as %20"};
  auto names = choose_names(config, *url);
  if (!names) return names.error();
  const auto gzip = wants_gzip(url->options);
  if (!gzip) return gzip.error();
  auto server = make_server(*url, encrypted);
  if (!server) return server.error();
  HttpPost post = make_post(*url, *server, usual_port);
  post.gzip = *gzip;
  return std::unique_ptr<Sink>(
      std::make_unique<BackstopSink>(std::move(*names), io, *std::move(server), std::move(post), config));
}

const SinkRegistry::Entry kBackstop({
    .name = "backstop",
    .usage = "backstop:http[s]://[user:password@]host[:port]/publish/name[?names=docker-stats][&gzip=yes]"
             "[&proxy=none|http://[user:password@]host:port][&ca=FILE]",
    .help = "To backstop, as JSON over HTTP; names=docker-stats sends what docker-stats-to-backstop did",
    .make = make_backstop,
    .takes_any_order = true,
});

}  // namespace
}  // namespace squid
