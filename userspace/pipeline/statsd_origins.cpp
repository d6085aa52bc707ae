#include "pipeline/statsd_origins.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <netinet/in.h>
#include <algorithm>
#include <ctime>
#include <fstream>
#include <string>
#include <utility>

#include "kernel/cgroup_paths.h"
#include "resolvers/cgroup_path.h"

namespace squid {
namespace {

using std::chrono::nanoseconds;

// How long a rename may go unnoticed; the id of a cgroup is never given to another one.
constexpr nanoseconds kCgroupLife = std::chrono::seconds(20);
// The number of a process may be.
constexpr nanoseconds kProcessLife = std::chrono::seconds(1);
// Where there is no name yet.
constexpr nanoseconds kUnnamedLife = std::chrono::seconds(1);
// Then all are asked for anew.
constexpr std::size_t kMostRemembered = 16384;

// Without a system call, as good as the last timer tick.
nanoseconds coarse_steady_time() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

sender_source to_kernel(const statsd::SourceAddress& from) {
  sender_source source{};
  std::ranges::copy(from.address, source.address);
  source.port = from.port;
  source.protocol = from.is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
  return source;
}

// Under the name that it has elsewhere: one that was asked of a runtime is known to the roster alone.
class Names {
 public:
  Names(ContainerDirectory& directory, const CgroupRoster& roster) : directory_(directory), roster_(roster) {}

  StatsdOrigins::Found find_by_path(std::string_view path) const {
    auto found = directory_.find_around(path);
    if (!found || found->named) return found;
    for (const CgroupRoster::Entry& entry : roster_.entries())
      if (entry.container && entry.container->named && entry.container->id == found->id)
        return entry.container;
    return found;
  }

  // A container that is gone already may be in the roster still.
  StatsdOrigins::Found find_watched(HierarchyIndex hierarchy, std::uint64_t cgroup) const {
    const auto slot = roster_.find(hierarchy, cgroup);
    if (slot >= roster_.entries().size()) return nullptr;
    const auto& container = roster_.entries()[slot].container;
    return container->runtime == kPlainCgroup || container->is_group() ? nullptr : container;
  }

  // A process that has ended is still told of in cgroup v2, the last line, as long as its parent does not
  // look.
  StatsdOrigins::Found find_by_process(pid_t process) const {
    std::ifstream lines(fmt::format("/proc/{}/cgroup", process));
    for (std::string line; std::getline(lines, line);)
      if (const auto path = path_of_cgroup_line(line))
        if (auto found = find_by_path(*path)) return found;
    return nullptr;
  }

 private:
  ContainerDirectory& directory_;
  const CgroupRoster& roster_;
};

// What can be known of senders over IP.
struct Senders {
  std::shared_ptr<const SenderProgram> program;
  CgroupPaths paths;
  HierarchyIndex hierarchy;
};

class Finder : public statsd::SenderFinder {
 public:
  explicit Finder(std::shared_ptr<const SenderProgram> program) : memory_(std::move(program)) {}
  std::uint64_t find_cgroup(const statsd::SourceAddress& source) override {
    return memory_.find(to_kernel(source));
  }

 private:
  SenderMemory memory_;
};

class FindsNobody : public statsd::SenderFinder {
 public:
  std::uint64_t find_cgroup(const statsd::SourceAddress&) override { return 0; }
};

Result<std::shared_ptr<Senders>> open_senders(const Topology& topology, const SenderProgram::Ports& ports) {
  const auto unified = topology.unified();
  if (!unified) return Error{"it needs cgroup v2, which also may stand beside v1"};
  auto paths = CgroupPaths::open(topology.hierarchies[*unified].mount_point);
  if (!paths) return paths.error();
  auto program = SenderProgram::load(paths->root_fd(), ports);
  if (!program) return program.error();
  return std::make_shared<Senders>(
      Senders{.program = *std::move(program), .paths = *std::move(paths), .hierarchy = *unified});
}

}  // namespace

StatsdOrigins::Answer StatsdOrigins::recall(Memory& memory, std::uint64_t key, nanoseconds longest_life,
                                            const std::function<Found(std::uint64_t)>& find) {
  const nanoseconds now = parts_.now();
  if (const auto known = memory.find(key); known != memory.end() && now < known->second.until)
    return known->second.origin;
  if (memory.size() >= kMostRemembered) memory.clear();
  const Found found = find(key);
  Known known{.origin = found ? origin_of(found) : nullptr, .until = now + longest_life};
  if (found && !found->named) known.until = now + std::min(longest_life, kUnnamedLife);
  return memory.insert_or_assign(key, std::move(known)).first->second.origin;
}

StatsdOrigins::Answer StatsdOrigins::origin_of(const Found& found) {
  auto origin = std::make_shared<const statsd::Origin>(statsd::make_origin(found));
  if (origins_.size() >= kMostRemembered)
    std::erase_if(origins_, [](const auto& known) { return known.second.expired(); });
  std::weak_ptr<const statsd::Origin>& known = origins_[found->id];
  const Answer before = known.lock();
  if (before && before->path == origin->path && before->tag_value == origin->tag_value) return before;
  known = origin;
  return origin;
}

StatsdOrigins::Answer StatsdOrigins::find_by_cgroup(std::uint64_t cgroup) {
  return recall(cgroups_, cgroup, kCgroupLife, parts_.find_by_cgroup);
}

StatsdOrigins::Answer StatsdOrigins::find_by_process(pid_t process) {
  // 0 is one that our process namespace does not show.
  if (process <= 0) return nullptr;
  return recall(processes_, static_cast<std::uint64_t>(process), kProcessLife,
                [this](std::uint64_t number) { return parts_.find_by_process(static_cast<pid_t>(number)); });
}

std::unique_ptr<statsd::OriginSource> open_statsd_origins(const Topology& topology,
                                                          const SenderProgram::Ports& ports,
                                                          ContainerDirectory& directory,
                                                          const CgroupRoster& roster) {
  const Names names(directory, roster);
  StatsdOrigins::Parts parts{
      .make_finder = [] { return std::make_unique<FindsNobody>(); },
      .find_by_cgroup = {},
      .find_by_process = [names](pid_t process) { return names.find_by_process(process); },
      .now = coarse_steady_time};
  if (ports.udp.empty() && ports.tcp.empty()) return std::make_unique<StatsdOrigins>(std::move(parts));
  auto opened = open_senders(topology, ports);
  if (!opened) {
    spdlog::warn(
        "--statsd-origin: who sends over UDP and TCP cannot be known ({}); unix sockets tell it all the same",
        opened.error().message);
    return std::make_unique<StatsdOrigins>(std::move(parts));
  }
  const std::shared_ptr<Senders> senders = *std::move(opened);
  parts.make_finder = [program = senders->program] { return std::make_unique<Finder>(program); };
  parts.find_by_cgroup = [senders, names](std::uint64_t cgroup) {
    if (auto watched = names.find_watched(senders->hierarchy, cgroup)) return watched;
    senders->paths.begin_pass();
    const auto path = senders->paths.find(cgroup);
    return path ? names.find_by_path(*path) : nullptr;
  };
  return std::make_unique<StatsdOrigins>(std::move(parts));
}

std::string describe_statsd_origins(const Topology& topology) {
  if (const auto opened = open_senders(topology, {}); !opened)
    return fmt::format("known on unix sockets only ({})", opened.error().message);
  return "known, over UDP and TCP by an eBPF program";
}

}  // namespace squid
