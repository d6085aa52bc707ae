#include "resolvers/group_directory.h"

#include <fmt/format.h>

#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/find_description.h"
#include "resolvers/identity.h"

namespace squid {
namespace {

// A container may be met before its pod, by some passes.
constexpr unsigned kMostRefreshesAlone = 8;

constexpr std::string_view kProjectLabels[] = {"com.docker.compose.project", "io.podman.compose.project"};

std::shared_ptr<Container> make_group(GroupKind kind, std::string id, std::string name,
                                      std::string_view runtime) {
  auto group = std::make_shared<Container>();
  group->group = kind;
  group->id = std::move(id);
  group->name = std::move(name);
  group->runtime = runtime;
  return group;
}

// Each user's manager has slices of the same names.
std::string name_of_slice(std::string_view path, std::string_view unit) {
  for (std::string_view above = parent_of(path); !above.empty(); above = parent_of(above))
    if (last_element(above).ends_with(".service"))
      return fmt::format("{}/{}", unescape_unit(last_element(above)), unit);
  return std::string(unit);
}

// Neither a namespace nor a pod of Kubernetes has "_" in its name.
std::string name_of_pod(const std::string& kubernetes_namespace, const std::string& name) {
  return kubernetes_namespace.empty() ? name : fmt::format("{}_{}", kubernetes_namespace, name);
}

}  // namespace

std::shared_ptr<const Container> GroupDirectory::find(std::string_view path) {
  if (!choice_.pods && !choice_.slices) return nullptr;
  const Identity identity = identify_path(path);
  if (identity.nested) return nullptr;
  if (choice_.pods && identity.kind == IdentityKind::kPod)
    return find_pod(identity.id, identity.runtime, path);
  if (!choice_.slices || identity.kind != IdentityKind::kUnit || !last_element(path).ends_with(".slice"))
    return nullptr;
  auto slice =
      make_group(GroupKind::kSlice, std::string(path), name_of_slice(path, identity.id), identity.runtime);
  slice->cgroup_path = path;
  slice->named = true;
  return slice;
}

std::shared_ptr<const Container> GroupDirectory::find_pod(const std::string& id, std::string_view runtime,
                                                          std::string_view path) {
  Unnamed& known = unnamed_[id];
  // The same path is asked about once for each hierarchy.
  if (auto shown = known.stand_in.lock()) return shown;
  const bool named = !known.name.empty();
  const std::string name = named ? name_of_pod(known.kubernetes_namespace, known.name) : short_id(id);
  auto pod = make_group(GroupKind::kPod, id, name, runtime);
  pod->cgroup_path = path;
  pod->pod = named ? known.name : id;
  pod->kubernetes_namespace = known.kubernetes_namespace;
  pod->named = named;
  pod->selected = selection_.admits_pod(*pod);
  known.stand_in = pod;
  if (named) unnamed_.erase(id);
  return pod;
}

void GroupDirectory::learn_pod(const std::string& id, const Container& member) {
  if (!choice_.pods || id.empty() || member.pod.empty() || member.pod == id) return;
  Unnamed& pod = unnamed_[id];
  pod.name = member.pod;
  pod.kubernetes_namespace = member.kubernetes_namespace;
}

std::shared_ptr<const Container> GroupDirectory::find_project(const Container& container) {
  if (!choice_.projects) return nullptr;
  for (const std::string_view key : kProjectLabels) {
    const auto label = container.labels.find(std::string(key));
    if (label == container.labels.end() || label->second.empty()) continue;
    if (projects_.size() >= sweep_at_) {
      boost::unordered::erase_if(projects_, [](const auto& item) { return item.second.expired(); });
      sweep_at_ = 2 * projects_.size() + 64;
    }
    const std::string id = fmt::format("{}/{}", container.runtime, label->second);
    std::weak_ptr<const Container>& known = projects_[id];
    if (auto project = known.lock()) return project;
    auto made =
        make_group(GroupKind::kCompose, id, label->second.substr(0, kLongestNameBytes), container.runtime);
    made->named = true;
    known = made;
    return made;
  }
  return nullptr;
}

void GroupDirectory::refresh(CgroupRoster& roster) {
  boost::unordered::erase_if(unnamed_, [this, &roster](auto& item) {
    Unnamed& pod = item.second;
    const auto stand_in = pod.stand_in.lock();
    if (!stand_in) return pod.name.empty() || ++pod.refreshes_alone > kMostRefreshesAlone;
    if (pod.name.empty()) return false;
    const CgroupRoster::Slot slot = roster.find(stand_in->cgroup_path);
    // It may have been expected only, and not met yet.
    if (slot == CgroupRoster::kUnknown || roster.entries()[slot].container != stand_in) return false;
    auto named = std::make_shared<Container>(*stand_in);
    named->pod = pod.name;
    named->kubernetes_namespace = pod.kubernetes_namespace;
    named->name = name_of_pod(pod.kubernetes_namespace, pod.name);
    named->named = true;
    named->selected = selection_.admits_pod(*named);
    roster.set_container(slot, std::move(named));
    return true;
  });
}

void GroupDirectory::change_selection(ContainerSelection selection, CgroupRoster& roster) {
  selection_ = std::move(selection);
  const auto entries = roster.entries();
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot) {
    const CgroupRoster::Entry& entry = entries[slot];
    if (!entry.id.valid() || entry.container->group != GroupKind::kPod) continue;
    auto judged = std::make_shared<Container>(*entry.container);
    judged->selected = selection_.admits_pod(*judged);
    const auto unnamed = unnamed_.find(judged->id);
    if (unnamed != unnamed_.end() && unnamed->second.stand_in.lock() == entry.container)
      unnamed->second.stand_in = judged;
    roster.set_container(slot, std::move(judged));
  }
}

}  // namespace squid
