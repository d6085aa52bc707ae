#include "resolvers/podman_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"
#include "resolvers/may_name.h"
#include "resolvers/oci_config.h"

namespace squid {
namespace {

const ResolverRegistry::Entry kPodman{
    ResolverKind{.name = "podman",
                 .help = "podman containers, from the lists in its storage or from conmon's arguments",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<PodmanResolver>(host_root);
                 }}};

// podman calls the process that holds a pod's namespaces after the pod's id.
std::string name_of_infra(std::string_view pod) {
  return short_id(pod) + "-infra";
}

// "<graph root>/overlay-containers/<id>/userdata"
std::optional<StoragePlace> storage_of(const Conmon& conmon) {
  const std::string_view bundle = conmon.arguments.bundle;
  const std::string_view folder = parent_of(parent_of(bundle));
  if (!bundle.starts_with('/') || last_element(bundle) != "userdata" || !folder.ends_with("-containers"))
    return std::nullopt;
  return StoragePlace{conmon.process + "/root", std::string(parent_of(folder)), {}};
}

}  // namespace

PodmanResolver::PodmanResolver(std::string host_root, Rare::Clock clock)
    : host_root_(std::move(host_root)), search_(std::move(clock)) {}

std::optional<ContainerMatch> PodmanResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime());
}

Result<Description> PodmanResolver::describe(const std::string& id, std::string_view cgroup_path) {
  if (!is_container_id(id)) return Error{"this is no id of podman", EINVAL};
  const auto match = this->match(cgroup_path);
  const std::string pod = match ? match->pod : std::string();

  const std::string_view user = user_of_path(cgroup_path);
  Error fault{fmt::format("podman's user {} has no home", user), ENOENT};
  for (const StoragePlace& place : places_of(user)) {
    auto found = look_in(place, id, pod);
    if (found) return found;
    if (fault.code == ENOENT) fault = found.error();  // what is broken is told before what is missing
  }
  const Conmon* conmon = find_conmon(id, cgroup_path);
  if (conmon == nullptr) return fault;
  if (const auto place = storage_of(*conmon)) {
    remember(*place, user);
    if (auto found = look_in(*place, id, pod)) return found;
  }
  Description description;
  description.container.name = conmon->arguments.name;
  description.container.named = !conmon->arguments.name.empty();
  return description.container.named ? Result<Description>(std::move(description)) : fault;
}

std::vector<StoragePlace> PodmanResolver::places_of(std::string_view user) const {
  std::vector<StoragePlace> places;
  if (auto place = find_storage(host_root_, user)) places.push_back(*std::move(place));
  if (const auto found = graph_roots_.find(user); found != graph_roots_.end())
    for (const std::string& graph_root : found->second) places.push_back({host_root_, graph_root, {}});
  return places;
}

// The conmon may end with its container; as a rule it sees the same files as its host.
void PodmanResolver::remember(const StoragePlace& place, std::string_view user) {
  constexpr std::size_t kMostUsers = 256;
  constexpr std::size_t kMostRootsOfAUser = 4;
  if (graph_roots_.size() == kMostUsers) graph_roots_.clear();
  std::vector<std::string>& roots = graph_roots_[std::string(user)];
  if (std::find(roots.begin(), roots.end(), place.graph_root) != roots.end()) return;
  if (roots.size() == kMostRootsOfAUser) roots.erase(roots.begin());
  roots.push_back(place.graph_root);
}

Result<Description> PodmanResolver::look_in(const StoragePlace& place, const std::string& id,
                                            std::string_view pod) {
  auto found = lists_.find(place, [&](const StoredContainer& container) { return container.id == id; });
  if (!found) return found.error();
  if (found->container.name.empty()) return Error{"podman's container " + short_id(id) + " has no name"};
  Description description;
  description.container.name = std::move(found->container.name);
  description.container.image = std::move(found->container.image);
  description.container.named = true;
  description.file = std::move(found->file);
  if (pod.empty()) return description;
  description.container.pod = find_pod_name(place, pod);
  description.serves_pod = description.container.name == name_of_infra(pod);
  if (description.serves_pod && !description.container.pod.empty())
    description.container.name = description.container.pod;
  return description;
}

// The pod itself is in podman's database only. But its infra container has the pod's name for a host name,
// unless it was given another one.
std::string PodmanResolver::find_pod_name(const StoragePlace& place, std::string_view pod) {
  const auto infra = lists_.find(place, [name = name_of_infra(pod)](const StoredContainer& container) {
    return container.name == name;
  });
  if (!infra || !is_container_id(infra->container.id)) return {};
  const auto text = read_host_file(
      place.file_system, fmt::format("{}/{}/userdata/config.json", infra->folder, infra->container.id));
  const auto name = text ? parse_oci_hostname(*text) : Result<std::string>(text.error());
  return name ? *name : std::string();
}

const Conmon* PodmanResolver::find_conmon(const std::string& id, std::string_view cgroup_path) {
  const auto known = [&]() -> const Conmon* {
    for (const Conmon& conmon : conmons_)
      if (conmon.arguments.id == id && may_name(conmon.process, cgroup_path)) return &conmon;
    return nullptr;
  };
  if (const Conmon* conmon = known()) return conmon;
  if (!search_.due()) return nullptr;
  conmons_ = find_conmons(host_root_);
  return known();
}

}  // namespace squid
