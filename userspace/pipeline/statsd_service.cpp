#include "pipeline/statsd_service.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <utility>

#include "config/duration.h"
#include "pipeline/statsd_settings.h"
#include "statsd/listen_address.h"
#include "statsd/listen_socket.h"
#include "statsd/load_endpoint.h"

namespace squid {
namespace {

constexpr std::uint16_t kLoadPort = 8082;
constexpr std::uint16_t kConsolePort = 8126;

// Where people ask: TCP only.
Result<statsd::ListenSocket> open_view(std::string_view option, const std::string& text, std::uint16_t port) {
  auto address = statsd::parse_listen_address(text, port);
  if (!address) return Error{fmt::format("{} {}", option, address.error().message)};
  if (text.find("//") != std::string::npos || !address->path.empty())
    return Error{fmt::format("{} '{}': write PORT, :PORT or address:PORT", option, text)};
  address->transport = statsd::Transport::kTcp;
  auto socket = statsd::ListenSocket::open(*address, 0);
  if (!socket) return Error{fmt::format("{} {}: {}", option, text, socket.error().message)};
  return socket;
}

// What the console's "config" prints.
statsd::Console::Config describe(const Options& options) {
  const Options::Statsd& statsd = options.statsd;
  statsd::Console::Config config;
  const auto add_list = [&config](const std::string& name, const auto& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      config.emplace_back(fmt::format("{} > {}", name, i), fmt::format("{}", list[i]));
  };
  add_list("statsd", statsd.listen);
  add_list("statsd-console", statsd.console);
  add_list("load", statsd.load);
  config.emplace_back("flush", format_duration(options.flush));
  config.emplace_back("statsd-dialect", statsd.dialect);
  config.emplace_back("statsd-names", statsd.names);
  config.emplace_back("statsd-origin", statsd.origin);
  for (const auto& [option, text] : statsd_name_parts(statsd)) config.emplace_back(option, text);
  add_list("statsd-percent", statsd.percentiles);
  add_list("statsd-histogram", statsd.histograms);
  add_list("statsd-delete-idle", statsd.delete_idle);
  config.emplace_back("statsd-gauge-ttl", std::to_string(statsd.gauge_ttl));
  config.emplace_back("statsd-no-counts", statsd.no_counts ? "true" : "false");
  config.emplace_back("statsd-max-keys", std::to_string(statsd.max_keys));
  config.emplace_back("statsd-max-connections", std::to_string(statsd.max_connections));
  return config;
}

// What is counted since start.
void add_counts(const statsd::DatagramReceiver::Figures& of_socket, statsd::Server::TransportFigures& sum) {
  sum.kernel_drops += static_cast<double>(of_socket.kernel_drops);
  sum.truncated += static_cast<double>(of_socket.truncated);
}

void add_counts(const statsd::StreamReceiver::Figures& of_socket, statsd::Server::TransportFigures& sum) {
  sum.delayed += static_cast<double>(of_socket.delayed);
  sum.closed_quiet += static_cast<double>(of_socket.closed_quiet);
}

}  // namespace

Result<std::unique_ptr<StatsdService>> StatsdService::open(boost::asio::io_context& io,
                                                           const Options& options) {
  auto given = statsd::take_given_sockets();
  if (!given) return given.error();
  if (given->empty() && options.statsd.listen.empty()) {
    for (const auto& [option, wanted] :
         {std::pair("--load", &options.statsd.load), std::pair("--statsd-console", &options.statsd.console)})
      if (!wanted->empty())
        return Error{fmt::format("{} shows what a statsd server receives; start one by --statsd", option)};
    return std::unique_ptr<StatsdService>();
  }
  auto settings = compute_statsd_settings(options);
  if (!settings) return settings.error();

  std::unique_ptr<StatsdService> service(new StatsdService(io, options.statsd, *std::move(settings)));
  for (statsd::ListenSocket& socket : *given)
    if (const auto received = service->receive({}, std::move(socket), service->listeners_); !received)
      return received.error();
  for (const std::string& text : options.statsd.listen)
    if (const auto listening = service->listen_at(text, service->listeners_); !listening)
      return listening.error();
  if (const auto opened = service->open_load(options); !opened) return opened.error();
  if (const auto opened = service->open_console(options); !opened) return opened.error();
  return service;
}

Result<void> StatsdService::open_load(const Options& options) {
  if (options.statsd.load.empty()) return {};
  frames_.emplace(options.statsd.percentiles, std::time(nullptr));
  for (const std::string& text : options.statsd.load) {
    auto socket = open_view("--load", text, kLoadPort);
    if (!socket) return socket.error();
    auto http = HttpServer::open(io_, socket->descriptor(), {}, [this](std::string_view target) {
      return statsd::answer_load(*frames_, target);
    });
    if (!http) return Error{fmt::format("--load {}: {}", text, http.error().message)};
    load_.push_back({.socket = *std::move(socket), .http = *std::move(http)});
  }
  return {};
}

Result<void> StatsdService::open_console(const Options& options) {
  if (options.statsd.console.empty()) return {};
  console_.emplace(server_, describe(options), std::time(nullptr));
  for (const std::string& text : options.statsd.console) {
    auto socket = open_view("--statsd-console", text, kConsolePort);
    if (!socket) return socket.error();
    auto opened = statsd::ConsoleServer::open(io_, *std::move(socket), *console_);
    if (!opened) return Error{fmt::format("--statsd-console {}: {}", text, opened.error().message)};
    console_servers_.push_back(*std::move(opened));
  }
  return {};
}

void StatsdService::take(std::string_view lines, const statsd::Origin* origin) {
  if (options_.print_packets) spdlog::info("received: {}", lines);
  server_.take(lines, origin);
}

// Whoever has opened the connection sends all that comes on it.
statsd::Intake StatsdService::make_intake(int connection) {
  auto origin = origins_ ? statsd::find_origin_of_connection(*origins_, connection) : nullptr;
  return {.take = [this, origin = std::move(origin)](std::string_view lines) { take(lines, origin.get()); },
          .drop = [this](statsd::BadLine reason) { server_.drop(reason); }};
}

SenderProgram::Ports StatsdService::ports() const {
  SenderProgram::Ports ports;
  for (const auto& [asked, receiver] : listeners_.datagrams)
    if (const auto port = receiver->port(); port != 0) ports.udp.push_back(port);
  for (const auto& [asked, receiver] : listeners_.streams)
    if (const auto port = receiver->port(); port != 0) ports.tcp.push_back(port);
  return ports;
}

void StatsdService::identify_senders(std::unique_ptr<statsd::OriginSource> origins) {
  origins_ = std::move(origins);
  for (const auto& [asked, receiver] : listeners_.datagrams) receiver->identify_senders(*origins_);
}

Result<void> StatsdService::listen_at(const std::string& text, Listeners& listeners) {
  const auto address = statsd::parse_listen_address(text);
  if (!address) return Error{"--statsd " + address.error().message};
  auto socket = statsd::ListenSocket::open(*address, options_.socket_mode);
  if (!socket) return Error{fmt::format("--statsd {}: {}", text, socket.error().message)};
  return receive(text, *std::move(socket), listeners);
}

Result<void> StatsdService::receive(const std::string& asked, statsd::ListenSocket socket,
                                    Listeners& listeners) {
  if (socket.is_stream()) {
    auto receiver =
        statsd::StreamReceiver::open(io_, std::move(socket), {.connections = options_.max_connections},
                                     [this](int connection) { return make_intake(connection); });
    if (!receiver) return receiver.error();
    listeners.streams.push_back({asked, *std::move(receiver)});
    return {};
  }
  const bool has_buffer = !socket.is_unix();
  const std::string text = socket.text();
  const std::size_t buffer_bytes = options_.buffer_mib << 20;
  auto receiver = statsd::DatagramReceiver::open(
      io_, std::move(socket), buffer_bytes,
      [this](std::string_view packet, const statsd::Origin* origin) { take(packet, origin); });
  if (!receiver) return receiver.error();
  if (const auto granted = (*receiver)->figures().buffer_bytes; has_buffer && granted < buffer_bytes)
    spdlog::warn("statsd on {}: the kernel grants a receive buffer of only {} bytes; raise net.core.rmem_max",
                 text, granted);
  if (origins_) (*receiver)->identify_senders(*origins_);
  listeners.datagrams.push_back({asked, *std::move(receiver)});
  return {};
}

struct StatsdService::Change {
  Options::Statsd options;
  statsd::Settings settings;
  Listeners opened;
  statsd::Console::Config shown;  // by the console
};

Result<std::shared_ptr<StatsdService::Change>> StatsdService::prepare(const Options& options) {
  auto settings = compute_statsd_settings(options);
  if (!settings) return settings.error();
  const auto change = std::make_shared<Change>(Change{
      .options = options.statsd, .settings = *std::move(settings), .opened = {}, .shown = describe(options)});
  for (const std::string& text : options.statsd.listen)
    if (std::ranges::count(options_.listen, text) == 0)
      if (const auto listening = listen_at(text, change->opened); !listening) return listening.error();
  return change;
}

template <typename Receiver>
void StatsdService::close_unless_asked(std::vector<Listener<Receiver>>& listeners) {
  std::erase_if(listeners, [this](Listener<Receiver>& listener) {
    const bool stays = listener.asked.empty() || std::ranges::count(options_.listen, listener.asked) > 0;
    if (stays) return false;
    listener.receiver->stop();
    add_counts(listener.receiver->figures(), of_closed_);
    // io may be about to run a handler of it.
    boost::asio::post(io_, [closed = std::shared_ptr(std::move(listener.receiver))] {});
    return true;
  });
}

void StatsdService::apply(Change& change) {
  options_ = std::move(change.options);
  close_unless_asked(listeners_.datagrams);
  close_unless_asked(listeners_.streams);
  server_.change(std::move(change.settings));
  std::ranges::move(change.opened.datagrams, std::back_inserter(listeners_.datagrams));
  std::ranges::move(change.opened.streams, std::back_inserter(listeners_.streams));
  if (console_) console_->change_config(std::move(change.shown));
}

void StatsdService::append_to(Report& report) {
  statsd::Server::TransportFigures figures = of_closed_;
  for (const auto& [asked, receiver] : listeners_.datagrams) {
    receiver->drain();
    add_counts(receiver->figures(), figures);
    figures.buffer_bytes += static_cast<double>(receiver->figures().buffer_bytes);
  }
  for (const auto& [asked, receiver] : listeners_.streams) {
    receiver->drain();
    add_counts(receiver->figures(), figures);
    figures.connections += static_cast<double>(receiver->figures().connections);
    figures.open_lines += static_cast<double>(receiver->figures().open_lines);
  }
  if (frames_) {
    frames_->begin(report.time_s);
    figures.load_left_out = static_cast<double>(frames_->left_out());
  }
  server_.append_to(report, figures, frames_ ? &*frames_ : nullptr);
}

}  // namespace squid
