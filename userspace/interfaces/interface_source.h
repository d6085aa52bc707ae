// InterfaceSource: bytes, packets, errors and drops of a container's network interfaces, which is what
// `docker stats` shows. What goes over the loopback inside is not in them, and what is forwarded is; what the
// container's sockets send and receive is another metric.
//
// A namespace that several containers share is reported once, with the container that was seen in it first.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/metric_source.h"
#include "interfaces/network_namespaces.h"

namespace squid {

class InterfaceSource : public MetricSource {
 public:
  // `interval_ns`: between two readings of a container. A young one is read more often.
  InterfaceSource(std::unique_ptr<NetworkNamespaces> namespaces, std::uint64_t interval_ns)
      : namespaces_(std::move(namespaces)), interval_ns_(interval_ns) {}

  std::string_view name() const override { return "interfaces"; }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;

  // collect() at a time of one's choosing.
  void collect_at(std::uint64_t now_ns, Snapshot& snapshot);

 private:
  struct Watched {
    CgroupId id;
    std::uint64_t first_ns = 0;
    std::uint64_t next_ns = 0;
    NetworkNamespace reports_on;  // id -1: on none
    InterfaceCounters base;       // what was counted there before its time
  };
  struct Reporter {
    CgroupId id;  // invalid: nobody any more
    InterfaceCounters last;
  };

  void begin_life(Watched& watched, CgroupId id, std::uint64_t now_ns);
  bool follow(Watched& watched, const CgroupRoster::Entry& entry);
  void fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample);
  void leave(Watched& watched);
  std::uint64_t pause(CgroupRoster::Slot slot, std::uint64_t age_ns) const;

  std::unique_ptr<NetworkNamespaces> namespaces_;
  std::uint64_t interval_ns_;
  std::vector<Watched> watched_;                                    // by roster slot
  boost::unordered_flat_map<std::uint64_t, Reporter> reporter_of_;  // by the namespace's inode
};

}  // namespace squid
