// InterfaceSource: bytes, packets, errors and drops of a container's network interfaces, which is what
// `docker stats` shows. What goes over the loopback inside is not in them, and what is forwarded is; what the
// container's sockets send and receive is another metric.
//
// A namespace that several containers share is reported once, with the container that was seen in it first.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
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
    std::uint64_t next_ns = 0;    // when it is read again
    std::uint64_t follow_ns = 0;  // from when on it is asked again which namespace it is in
    NetworkNamespace home;        // id -1: the host's own, or not known
    bool reports = false;         // on its home, in which others may live too
    std::uint64_t who = 0;        // the interfaces there when it was asked last; 0: none
    std::uint64_t changes = 0;    // of interfaces anywhere, before it was asked
    InterfaceCounters base;       // what was counted there before its time
  };
  struct Reporter {
    CgroupId id;  // invalid: nobody any more
    InterfaceCounters last;
  };

  void begin_life(Watched& watched, const CgroupRoster::Entry& entry, std::uint64_t now_ns);
  std::optional<InterfaceCounters> read(const Watched& watched);
  std::optional<InterfaceCounters> follow(Watched& watched, const CgroupRoster::Entry& entry);
  void fill(const Watched& watched, const InterfaceCounters& counters, std::uint64_t now_ns,
            CgroupSample& sample);
  void leave(Watched& watched);
  static std::uint64_t pause(CgroupRoster::Slot slot, const Watched& watched, std::uint64_t now_ns,
                             std::uint64_t longest_ns);

  std::unique_ptr<NetworkNamespaces> namespaces_;
  std::uint64_t interval_ns_;
  std::vector<Watched> watched_;                                    // by roster slot
  boost::unordered_flat_map<std::uint64_t, Reporter> reporter_of_;  // by the namespace's inode
};

}  // namespace squid
