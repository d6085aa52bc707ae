// StatsquidEncoder: what statsquid's `top` and its master read from Redis. Of each container the hash
// statsquid:<id>, which expires when nothing comes any more, and a message on the channel statsquid, built as
// `docker stats` tells it.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/report.h"
#include "core/sink.h"
#include "sinks/encode/host_cpu.h"
#include "sinks/encode/stat_names.h"

namespace squid {

class StatsquidEncoder {
 public:
  static std::vector<StatNeed> needs();

  // Appends commands to `out`.
  EncodeTally encode(const Report& report, const HostCpu& host, std::string& out);

 private:
  // Of one container, what is known so far. `top` shows nobody who lacks one of these.
  struct Totals {
    std::optional<double> interface_rx, interface_tx;
    std::optional<double> socket_rx, socket_tx;
    std::optional<double> io_read, io_write;
    // Those of the interfaces; of the sockets where there are none, as on the host's network.
    std::optional<double> rx() const { return interface_rx ? interface_rx : socket_rx; }
    std::optional<double> tx() const { return interface_tx ? interface_tx : socket_tx; }
  };
  using TotalsById = boost::unordered_flat_map<std::string, Totals>;

  static void append_hash(const Report& report, const Subject& subject, const Totals& totals,
                          std::string& out);
  static std::string make_message(const Report& report, const Subject& subject, const Totals& totals,
                                  const HostCpu& host);

  // Interfaces are read more seldom than reports may be made.
  TotalsById known_;
};

}  // namespace squid
