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
  config.emplace_back("statsd-container-keys", std::to_string(statsd.container_keys));
  config.emplace_back("statsd-container-rate", std::to_string(statsd.container_rate));
  config.emplace_back("statsd-threads", std::to_string(statsd.threads));
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

  std::unique_ptr<StatsdService> service(new StatsdService(io, options.statsd, *settings));
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

StatsdService::StatsdService(boost::asio::io_context& io, Options::Statsd options,
                             const statsd::Settings& settings)
    : io_(io), options_(std::move(options)), server_(settings) {
  for (unsigned i = 0; i < options_.threads; ++i)
    threads_.push_back(std::make_unique<statsd::ReceiverThread>(settings));
  server_.find_origins_by([this](std::uint64_t cgroup) { return find_origin(cgroup); });
  server_.collect_by([this] {
    for (const auto& thread : threads_) server_.take_over(thread->hand_over());
  });
}

StatsdService::~StatsdService() {
  for (const auto& thread : threads_) thread->stop();
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

// Whoever has opened the connection sends all that comes on it.
statsd::Intake StatsdService::make_intake(int connection) {
  statsd::Sender sender;
  if (origins_) sender.origin = statsd::find_origin_of_connection(*origins_, *finder_, connection);
  return {.take =
              [this, sender](std::string_view lines) {
                if (options_.print_packets) spdlog::info("received: {}", lines);
                server_.shard().take(lines, sender);
              },
          .drop = [this, sender](statsd::BadLine reason) { server_.shard().drop(reason, sender); }};
}

void StatsdService::show_sinks(const std::function<std::vector<SelfReport::NamedHealth>()>& health) {
  if (!console_) return;
  console_->show_backends([health] {
    std::vector<statsd::Console::Backend> backends;
    for (const SelfReport::NamedHealth& sink : health())
      backends.push_back({sink.sink, sink.health.last_delivery_s, sink.health.last_failure_s});
    return backends;
  });
}

SenderProgram::Ports StatsdService::ports() const {
  SenderProgram::Ports ports;
  for (const auto& listener : listeners_.datagrams)
    if (const auto port = listener.receiver->port(); port != 0) ports.udp.push_back(port);
  for (const auto& listener : listeners_.streams)
    if (const auto port = listener.receiver->port(); port != 0) ports.tcp.push_back(port);
  return ports;
}

void StatsdService::identify_senders(std::unique_ptr<statsd::OriginSource> origins) {
  origins_ = std::move(origins);
  finder_ = origins_->make_finder();
  for (const auto& thread : threads_)
    thread->on_new_sender(
        [this](std::uint64_t cgroup) { boost::asio::post(io_, [this, cgroup] { find_origin(cgroup); }); });
  for (const auto& listener : listeners_.datagrams) {
    if (listener.thread == nullptr)
      listener.receiver->identify_senders(*origins_);
    else
      listener.receiver->identify_senders(origins_->make_finder());
  }
}

statsd::OriginSource::Answer StatsdService::find_origin(std::uint64_t cgroup) {
  auto origin = origins_ ? origins_->find_by_cgroup(cgroup) : nullptr;
  for (const Origins* met : {&met_, &met_before_})
    if (const auto known = met->find(cgroup); !origin && known != met->end()) origin = known->second;
  if (origin) met_.insert_or_assign(cgroup, origin);
  return origin;
}

void StatsdService::begin(const Listeners& listeners) {
  for (const auto& listener : listeners.datagrams) {
    if (listener.thread != nullptr) listener.thread->start();
    listener.in_its_thread([&] { listener.receiver->begin(); });
  }
}

void StatsdService::begin() {
  begin(listeners_);
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
    listeners.streams.push_back({asked, *std::move(receiver), nullptr});
    return {};
  }
  if (socket.is_unix()) return receive_datagrams(asked, std::move(socket), nullptr, listeners);
  // A socket that was given to us is one, and cannot be made several.
  const std::size_t count = asked.empty() ? 1 : threads_.size();
  std::vector<statsd::ListenSocket> sockets;
  sockets.push_back(std::move(socket));
  while (sockets.size() < count) {
    auto other = sockets.front().open_another();
    if (!other)
      return Error{fmt::format("--statsd {} --statsd-threads {}: {}", asked, count, other.error().message)};
    sockets.push_back(*std::move(other));
  }
  for (std::size_t i = 0; i < count; ++i)
    if (const auto received = receive_datagrams(asked, std::move(sockets[i]), threads_[i].get(), listeners);
        !received)
      return received;
  return {};
}

Result<void> StatsdService::receive_datagrams(const std::string& asked, statsd::ListenSocket socket,
                                              statsd::ReceiverThread* thread, Listeners& listeners) {
  const bool has_buffer = !socket.is_unix();
  const std::string text = socket.text();
  const std::size_t buffer_bytes = options_.buffer_mib << 20;
  const auto take = [this, thread, prints = options_.print_packets](std::string_view packet,
                                                                    const statsd::Sender& sender) {
    if (prints) spdlog::info("received: {}", packet);
    if (thread != nullptr)
      thread->take(packet, sender);
    else
      server_.shard().take(packet, sender);
  };
  auto receiver = statsd::DatagramReceiver::open(thread == nullptr ? io_ : thread->io(), std::move(socket),
                                                 buffer_bytes, take);
  if (!receiver) return receiver.error();
  if (const auto granted = (*receiver)->figures().buffer_bytes; has_buffer && granted < buffer_bytes)
    spdlog::warn("statsd on {}: the kernel grants a receive buffer of only {} bytes; raise net.core.rmem_max",
                 text, granted);
  listeners.datagrams.push_back({asked, *std::move(receiver), thread});
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
    boost::asio::io_context& io = listener.thread == nullptr ? io_ : listener.thread->io();
    listener.in_its_thread([&] {
      listener.receiver->stop();
      add_counts(listener.receiver->figures(), of_closed_);
    });
    // io may be about to run a handler of it.
    boost::asio::post(io, [closed = std::shared_ptr(std::move(listener.receiver))] {});
    return true;
  });
}

void StatsdService::apply(Change& change) {
  options_ = std::move(change.options);
  close_unless_asked(listeners_.datagrams);
  close_unless_asked(listeners_.streams);
  server_.change(change.settings);
  for (const auto& thread : threads_) thread->change(change.settings);
  begin(change.opened);
  std::ranges::move(change.opened.datagrams, std::back_inserter(listeners_.datagrams));
  std::ranges::move(change.opened.streams, std::back_inserter(listeners_.streams));
  if (console_) console_->change_config(std::move(change.shown));
}

void StatsdService::append_to(Report& report) {
  statsd::Server::TransportFigures figures = of_closed_;
  for (const auto& listener : listeners_.datagrams)
    listener.in_its_thread([&receiver = *listener.receiver, &figures, is_last = report.is_last] {
      is_last ? receiver.stop() : receiver.drain();
      add_counts(receiver.figures(), figures);
      figures.buffer_bytes += static_cast<double>(receiver.figures().buffer_bytes);
      figures.most_waiting =
          std::max(figures.most_waiting, static_cast<double>(receiver.take_most_waiting()));
    });
  for (const auto& listener : listeners_.streams) {
    statsd::StreamReceiver& receiver = *listener.receiver;
    report.is_last ? receiver.stop() : receiver.drain();
    add_counts(receiver.figures(), figures);
    figures.connections += static_cast<double>(receiver.figures().connections);
    figures.open_lines += static_cast<double>(receiver.figures().open_lines);
  }
  if (frames_) {
    frames_->begin(report.time_s);
    figures.load_left_out = static_cast<double>(frames_->left_out());
  }
  server_.append_to(report, figures, frames_ ? &*frames_ : nullptr);
  met_before_ = std::exchange(met_, {});
}

}  // namespace squid
