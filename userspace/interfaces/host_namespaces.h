// HostNamespaces: the network namespaces of this host's containers.
#pragma once

#include <sys/types.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/result.h"
#include "core/topology.h"
#include "interfaces/link_watch.h"
#include "interfaces/network_namespaces.h"
#include "interfaces/rtnetlink.h"

namespace squid {

class HostNamespaces : public NetworkNamespaces {
 public:
  // Needs to see the host's processes.
  static Result<std::unique_ptr<NetworkNamespaces>> open(const Topology& topology);

  std::optional<NetworkNamespace> find(const CgroupRoster::Entry& container,
                                       const NetworkNamespace& last) override;
  std::optional<InterfaceCounters> read(const NetworkNamespace& of) override { return netlink_->sum(of.id); }
  std::uint64_t changes() override;

 private:
  HostNamespaces(Topology topology, std::unique_ptr<Rtnetlink> netlink, std::uint64_t host)
      : topology_(std::move(topology)),
        netlink_(std::move(netlink)),
        watch_(LinkWatch::open()),
        host_(host) {}

  Topology topology_;
  std::unique_ptr<Rtnetlink> netlink_;
  std::unique_ptr<LinkWatch> watch_;  // null: nobody tells us
  std::uint64_t changes_ = 0;
  std::uint64_t host_;  // inode of the host's own
};

}  // namespace squid
