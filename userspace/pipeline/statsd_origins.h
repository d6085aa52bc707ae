// StatsdOrigins: in which container something is that sends to the statsd server. It joins what the kernel
// knows of a sender, its cgroup or its process, with what the runtimes call the container.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/cgroup_roster.h"
#include "core/container.h"
#include "core/topology.h"
#include "kernel/sender_program.h"
#include "resolvers/container_directory.h"
#include "statsd/origin.h"

namespace squid {

class StatsdOrigins : public statsd::OriginSource {
 public:
  // Who that is; null where it is in no container, or gone.
  using Found = std::shared_ptr<const Container>;
  struct Parts {
    // Of senders' cgroups in cgroup v2.
    std::function<std::unique_ptr<statsd::SenderFinder>()> make_finder;
    std::function<Found(std::uint64_t cgroup)> find_by_cgroup;
    std::function<Found(pid_t process)> find_by_process;
    std::function<std::chrono::nanoseconds()> now;  // steady
  };

  explicit StatsdOrigins(Parts parts) : parts_(std::move(parts)) {}

  std::unique_ptr<statsd::SenderFinder> make_finder() override { return parts_.make_finder(); }
  Answer find_by_cgroup(std::uint64_t cgroup) override;
  Answer find_by_process(pid_t process) override;

 private:
  struct Known {
    Answer origin;
    std::chrono::nanoseconds until{};
  };
  using Memory = boost::unordered_flat_map<std::uint64_t, Known>;

  Answer recall(Memory& memory, std::uint64_t key, std::chrono::nanoseconds longest_life,
                const std::function<Found(std::uint64_t)>& find);
  Answer origin_of(const Found& found);

  Parts parts_;
  std::map<std::string, std::weak_ptr<const statsd::Origin>> origins_;  // by the container's id
  Memory cgroups_;
  Memory processes_;
};

// As this host allows it; where who sends over IP cannot be known, a warning says why, and unix sockets are
// told apart all the same. `directory` and `roster` outlive what is returned.
std::unique_ptr<statsd::OriginSource> open_statsd_origins(const Topology& topology,
                                                          const SenderProgram::Ports& ports,
                                                          ContainerDirectory& directory,
                                                          const CgroupRoster& roster);

// For people: of whom open_statsd_origins() could tell here.
std::string describe_statsd_origins(const Topology& topology);

}  // namespace squid
