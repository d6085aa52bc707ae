// StatsdService: the statsd server with its sockets, and the views of what it holds (load endpoint,
// management console), as the options want it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/options.h"
#include "core/report.h"
#include "core/result.h"
#include "kernel/sender_program.h"
#include "net/http_server.h"
#include "pipeline/self_report.h"
#include "statsd/console.h"
#include "statsd/console_server.h"
#include "statsd/datagram_receiver.h"
#include "statsd/listen_socket.h"
#include "statsd/load_frames.h"
#include "statsd/origin.h"
#include "statsd/receiver_thread.h"
#include "statsd/server.h"
#include "statsd/stream_receiver.h"

namespace squid {

class StatsdService {
 public:
  // Null where neither the options nor who started us (socket activation) name a socket.
  static Result<std::unique_ptr<StatsdService>> open(boost::asio::io_context& io, const Options& options);
  StatsdService(const StatsdService&) = delete;
  StatsdService& operator=(const StatsdService&) = delete;
  ~StatsdService();

  // Where it listens for who may be asked about by address.
  SenderProgram::Ports ports() const;
  // From now on every sender is asked about.
  void identify_senders(std::unique_ptr<statsd::OriginSource> origins);

  // For the console.
  void show_sinks(const std::function<std::vector<SelfReport::NamedHealth>()>& health);

  // From now on packets are received; what came before waits in the kernel.
  void begin();

  // What a reload may change, made ready: new sockets are open.
  struct Change;
  Result<std::shared_ptr<Change>> prepare(const Options& options);
  // Sockets whose address stays the same stay open. Of those that are closed, all that has arrived is taken
  // in.
  void apply(Change& change);

  // Takes in what has arrived by now, and ends the window. Behind the last report nothing is taken in, for
  // nobody would tell of it.
  void append_to(Report& report);

 private:
  template <typename Receiver>
  struct Listener {
    std::string asked;  // as it stands behind --statsd; empty: given by who started us
    std::unique_ptr<Receiver> receiver;
    statsd::ReceiverThread* thread;  // whose it is; null: ours

    void in_its_thread(const std::function<void()>& what) const {
      if (thread == nullptr) return what();
      thread->call(what);
    }
  };
  struct Listeners {
    std::vector<Listener<statsd::DatagramReceiver>> datagrams;
    std::vector<Listener<statsd::StreamReceiver>> streams;
  };
  using Origins = boost::unordered_flat_map<std::uint64_t, statsd::OriginSource::Answer>;
  struct LoadEndpoint {
    statsd::ListenSocket socket;
    std::unique_ptr<HttpServer> http;
  };

  StatsdService(boost::asio::io_context& io, Options::Statsd options, const statsd::Settings& settings);
  Result<void> listen_at(const std::string& text, Listeners& listeners);
  Result<void> receive(const std::string& asked, statsd::ListenSocket socket, Listeners& listeners);
  Result<void> receive_datagrams(const std::string& asked, statsd::ListenSocket socket,
                                 statsd::ReceiverThread* thread, Listeners& listeners);
  void begin(const Listeners& listeners);
  template <typename Receiver>
  void close_unless_asked(std::vector<Listener<Receiver>>& listeners);
  statsd::Intake make_intake(int connection);
  statsd::OriginSource::Answer find_origin(std::uint64_t cgroup);
  Result<void> open_load(const Options& options);
  Result<void> open_console(const Options& options);

  boost::asio::io_context& io_;
  Options::Statsd options_;
  statsd::Server server_;
  std::vector<std::unique_ptr<statsd::ReceiverThread>> threads_;
  std::unique_ptr<statsd::OriginSource> origins_;  // null: nobody is asked about
  std::unique_ptr<statsd::SenderFinder> finder_;   // of connections; null where origins_ is
  // Who sent to a thread in this window, and the one before: a container may be gone when the window ends.
  Origins met_;
  Origins met_before_;
  Listeners listeners_;
  statsd::Server::TransportFigures of_closed_;  // counts of sockets that a reload has closed
  std::optional<statsd::LoadFrames> frames_;
  std::vector<LoadEndpoint> load_;
  std::optional<statsd::Console> console_;
  std::vector<std::unique_ptr<statsd::ConsoleServer>> console_servers_;
};

}  // namespace squid
