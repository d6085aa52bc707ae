#include "resolvers/containerd_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"
#include "resolvers/kubelet_logs.h"
#include "resolvers/oci_config.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

const ResolverRegistry::Entry kContainerd{
    ResolverKind{.name = "containerd",
                 .help = "containers of containerd (CRI, nerdctl, ctr), from the bundles of its tasks",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<ContainerdResolver>(host_root);
                 }}};

// Those of docker, which names them itself.
constexpr std::string_view kDockersNamespace = "moby";
constexpr std::string_view kDockersFolder = "docker";

constexpr std::uint64_t kStrangersPauseNs = 30 * Rare::kSecondNs;

struct Task {
  std::string_view space;
  std::string_view id;
  bool nested = false;
};

// "/<namespace>/<id>" and what is below it.
std::optional<Task> task_of(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Task task{.space = path.substr(0, slash), .id = path.substr(slash + 1)};
  const auto end = task.id.find('/');
  task.nested = end != std::string_view::npos;
  task.id = task.id.substr(0, end);
  if (!is_ctr_id(task.space) || !is_ctr_id(task.id)) return std::nullopt;
  return task;
}

std::vector<std::string> namespaces(const TaskRoot& root, std::string_view id, std::string_view cgroup_path) {
  // A short id may be in several of them, and its cgroup's path tells in which.
  if (const auto task = task_of(cgroup_path); task && task->id == id) return {std::string(task->space)};
  auto listed = list_host_directory(root.file_system, root.path);
  return listed ? *std::move(listed) : std::vector<std::string>();
}

Result<Description> read_bundle(const TaskRoot& root, const std::string& bundle, const std::string& id) {
  const std::string file = bundle + "/config.json";
  const auto text = read_host_file(root.file_system, file);
  if (!text) return text.error();
  auto description = parse_oci_config(*text);
  if (!description) return Error{fmt::format("{} {}", file, description.error().message)};
  // ctr's ids are names, whoever has chosen them.
  if (description->container.name.empty() && !is_container_id(id)) description->container.name = id;
  description->container.named = !description->container.name.empty();
  return description;
}

}  // namespace

ContainerdResolver::ContainerdResolver(std::string host_root, Rare::Clock clock)
    : host_root_(std::move(host_root)),
      roots_(known_task_roots(host_root_)),
      search_(clock),
      search_for_strangers_(std::move(clock), kStrangersPauseNs) {}

std::optional<ContainerMatch> ContainerdResolver::match(std::string_view cgroup_path) const {
  if (auto marked = match_container(cgroup_path, runtime())) return marked;
  const auto task = task_of(cgroup_path);
  if (!task || task->space == kDockersNamespace) return std::nullopt;
  const bool is_bare_id = is_container_id(task->id);
  const bool is_others =
      is_bare_id ? task->space == kDockersFolder : identify_path(cgroup_path).kind != IdentityKind::kNone;
  if (is_others) return std::nullopt;
  bool exists = has_bundle(task->space, task->id);
  // Somebody else takes it in, and asks us at last, where a bare id is none of ours.
  if (!exists && !is_bare_id) {
    const bool is_due = search_for_strangers_.due();
    if (is_due) search();
    turned_away_ = !is_due;
    exists = is_due && has_bundle(task->space, task->id);
  }
  if (!exists) return std::nullopt;
  return ContainerMatch{.id = std::string(task->id), .pod = {}, .nested = task->nested};
}

void ContainerdResolver::search() const {
  constexpr std::size_t kMostRoots = 32;
  if (roots_.size() > kMostRoots) roots_ = known_task_roots(host_root_);
  // What is seen through a process is gone with it.
  std::erase_if(roots_, [this](const TaskRoot& root) { return root.file_system != host_root_; });
  for (TaskRoot& root : find_task_roots(host_root_)) {
    if (std::find(roots_.begin(), roots_.end(), root) != roots_.end()) continue;
    found_more_ = found_more_ || (turned_away_ && root.file_system == host_root_);
    roots_.push_back(std::move(root));
  }
  turned_away_ = false;
}

bool ContainerdResolver::has_found_more() {
  if (turned_away_ && search_for_strangers_.due()) search();
  return std::exchange(found_more_, false);
}

bool ContainerdResolver::has_bundle(std::string_view space, std::string_view id) const {
  // A process has its own file system if it wants to, and shall not make containers out of other cgroups.
  for (const TaskRoot& root : roots_)
    if (root.file_system == host_root_ &&
        is_host_directory(host_root_, fmt::format("{}/{}/{}", root.path, space, id)))
      return true;
  return false;
}

Result<Description> ContainerdResolver::describe(const std::string& id, std::string_view cgroup_path) {
  if (!is_ctr_id(id)) return Error{"this is no id of containerd", EINVAL};
  auto found = look_up(id, cgroup_path);
  // Another containerd may have been started since, or the one we know restarted.
  if (!found && search_.due()) {
    search();
    found = look_up(id, cgroup_path);
  }
  if (found && (!*found || (*found)->container.named || (*found)->serves_pod)) return *std::move(found);
  if (auto link = find_log_link(host_root_, id)) return *std::move(link);
  if (found) return *std::move(found);
  if (!is_container_id(id)) {
    Description by_id;
    by_id.container.name = id;
    return by_id;
  }
  return Error{fmt::format("containerd keeps no bundle of {} below {}, the kubelet no log", short_id(id),
                           roots_.front().path),
               ENOENT};
}

std::optional<Result<Description>> ContainerdResolver::look_up(const std::string& id,
                                                               std::string_view cgroup_path) const {
  for (const TaskRoot& root : roots_)
    for (const std::string& space : namespaces(root, id, cgroup_path)) {
      const std::string bundle = fmt::format("{}/{}/{}", root.path, space, id);
      if (space != kDockersNamespace && is_host_directory(root.file_system, bundle))
        return read_bundle(root, bundle, id);
    }
  return std::nullopt;
}

}  // namespace squid
