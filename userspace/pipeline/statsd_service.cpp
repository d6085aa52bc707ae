#include "pipeline/statsd_service.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "pipeline/statsd_settings.h"
#include "statsd/listen_address.h"
#include "statsd/listen_socket.h"

namespace squid {

Result<std::unique_ptr<StatsdService>> StatsdService::open(boost::asio::io_context& io,
                                                           const Options& options) {
  auto given = statsd::take_given_sockets();
  if (!given) return given.error();
  if (given->empty() && options.statsd.listen.empty()) return std::unique_ptr<StatsdService>();
  auto settings = compute_statsd_settings(options);
  if (!settings) return settings.error();

  std::unique_ptr<StatsdService> service(new StatsdService(io, options.statsd, *std::move(settings)));
  for (statsd::ListenSocket& socket : *given)
    if (const auto received = service->receive(std::move(socket)); !received) return received.error();
  for (const std::string& text : options.statsd.listen) {
    const auto address = statsd::parse_listen_address(text);
    if (!address) return Error{"--statsd " + address.error().message};
    auto socket = statsd::ListenSocket::open(*address, options.statsd.socket_mode);
    if (!socket) return Error{fmt::format("--statsd {}: {}", text, socket.error().message)};
    if (const auto received = service->receive(*std::move(socket)); !received) return received.error();
  }
  return service;
}

Result<void> StatsdService::receive(statsd::ListenSocket socket) {
  const auto take = [this](std::string_view lines) { server_.take(lines); };
  if (socket.is_stream()) {
    auto receiver = statsd::StreamReceiver::open(
        io_, std::move(socket), {.connections = options_.max_connections},
        {.take = take, .drop = [this](statsd::BadLine reason) { server_.drop(reason); }});
    if (!receiver) return receiver.error();
    streams_.push_back(*std::move(receiver));
    return {};
  }
  const bool has_buffer = !socket.is_unix();
  const std::string text = socket.text();
  const std::size_t buffer_bytes = options_.buffer_mib << 20;
  auto receiver = statsd::DatagramReceiver::open(io_, std::move(socket), buffer_bytes, take);
  if (!receiver) return receiver.error();
  if (const auto granted = (*receiver)->figures().buffer_bytes; has_buffer && granted < buffer_bytes)
    spdlog::warn("statsd on {}: the kernel grants a receive buffer of only {} bytes; raise net.core.rmem_max",
                 text, granted);
  datagrams_.push_back(*std::move(receiver));
  return {};
}

void StatsdService::append_to(Report& report) {
  statsd::Server::TransportFigures figures;
  for (const auto& receiver : datagrams_) {
    receiver->drain();
    const statsd::DatagramReceiver::Figures of_socket = receiver->figures();
    figures.kernel_drops += static_cast<double>(of_socket.kernel_drops);
    figures.truncated += static_cast<double>(of_socket.truncated);
    figures.buffer_bytes += static_cast<double>(of_socket.buffer_bytes);
  }
  for (const auto& receiver : streams_) {
    receiver->drain();
    const statsd::StreamReceiver::Figures of_socket = receiver->figures();
    figures.connections += static_cast<double>(of_socket.connections);
    figures.open_lines += static_cast<double>(of_socket.open_lines);
    figures.delayed += static_cast<double>(of_socket.delayed);
    figures.closed_quiet += static_cast<double>(of_socket.closed_quiet);
  }
  server_.append_to(report, figures);
}

}  // namespace squid
