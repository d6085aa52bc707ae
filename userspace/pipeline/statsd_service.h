// StatsdService: the statsd server with its sockets, as the options want it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "config/options.h"
#include "core/report.h"
#include "statsd/server.h"
#include "statsd/settings.h"
#include "statsd/udp_receiver.h"

namespace squid {

Result<statsd::Settings> compute_statsd_settings(const Options& options);

class StatsdService {
 public:
  static Result<std::unique_ptr<StatsdService>> open(boost::asio::io_context& io, const Options& options);
  StatsdService(const StatsdService&) = delete;
  StatsdService& operator=(const StatsdService&) = delete;

  // Takes in what has arrived by now, and ends the window.
  void append_to(Report& report);

 private:
  explicit StatsdService(statsd::Settings settings) : server_(std::move(settings)) {}

  statsd::Server server_;
  std::vector<std::unique_ptr<statsd::UdpReceiver>> receivers_;
};

}  // namespace squid
