#include "resolvers/container_directory.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "resolvers/host_file.h"

namespace squid {
namespace {

constexpr std::uint64_t kFirstPauseNs = 250'000'000;
constexpr std::uint64_t kLongestPauseNs = 60'000'000'000;
// How long a rename may go unnoticed.
constexpr std::uint64_t kPauseBetweenLooksNs = 20'000'000'000;
// A look-up reads a file of some kilobytes; a pass must not wait for hundreds of them.
constexpr std::size_t kTriesPerRefresh = 16;
constexpr std::size_t kMostFaults = 16;
// Between two passes; who comes beyond that is looked up when it is admitted.
constexpr std::size_t kMostExpected = 4096;

// systemd's mount units have cgroups too, some with a container's id in their name; nothing runs in them.
bool is_mount_unit(std::string_view path) {
  return path.ends_with(".mount");
}

std::shared_ptr<const Container> plain_cgroup(std::string_view path) {
  return std::make_shared<const Container>(Container{.id = std::string(path),
                                                     .name = std::string(path),
                                                     .runtime = std::string(kPlainCgroup),
                                                     .image = {},
                                                     .pod = {},
                                                     .kubernetes_namespace = {},
                                                     .labels = {},
                                                     .cgroup_path = std::string(path),
                                                     .named = true});
}

}  // namespace

ContainerDirectory::ContainerDirectory(std::vector<std::unique_ptr<NameResolver>> resolvers, Mode mode)
    : resolvers_(std::move(resolvers)), mode_(mode) {}

void ContainerDirectory::expect(std::string_view path) {
  // The same path comes once for each hierarchy.
  if (expected_.size() < kMostExpected && !expected_.contains(std::string(path)))
    expected_.emplace(path, look_up(path));
}

std::shared_ptr<const Container> ContainerDirectory::admit(std::string_view path) {
  const auto expected = expected_.find(std::string(path));
  return expected == expected_.end() ? look_up(path) : expected->second;
}

std::shared_ptr<const Container> ContainerDirectory::look_up(std::string_view path) {
  if (mode_ == Mode::kNone || is_mount_unit(path)) return nullptr;

  const Owner owner = find_owner(resolvers_, path);
  const bool is_container = owner.resolver != nullptr && !owner.match.nested;
  auto found = is_container ? describe(owner, path) : std::nullopt;
  const bool is_watched = is_container && !(found && found->description.serves_pod);
  if (!is_watched) return mode_ == Mode::kAll ? plain_cgroup(path) : nullptr;
  return found ? take(*std::move(found), owner, path) : stand_in(owner, path);
}

std::shared_ptr<const Container> ContainerDirectory::stand_in(const Owner& owner, std::string_view path) {
  auto container =
      std::make_shared<const Container>(Container{.id = owner.match.id,
                                                  .name = short_id(owner.match.id),
                                                  .runtime = std::string(owner.resolver->runtime()),
                                                  .image = {},
                                                  .pod = owner.match.pod,
                                                  .kubernetes_namespace = {},
                                                  .labels = {},
                                                  .cgroup_path = std::string(path),
                                                  .named = false});
  unnamed_.push_back({container, owner, 0, kFirstPauseNs});
  return container;
}

std::shared_ptr<const Container> ContainerDirectory::take(Found found, const Owner& owner,
                                                          std::string_view path) {
  auto container = std::make_shared<Container>(std::move(found.description.container));
  container->id = owner.match.id;
  container->runtime = found.resolver->runtime();
  container->cgroup_path = path;
  container->named = !container->name.empty();
  if (!container->named) container->name = short_id(owner.match.id);
  if (found.description.file)
    named_.push_back({container, owner, *std::move(found.description.file), now_ns_ + kPauseBetweenLooksNs});
  return container;
}

std::optional<Found> ContainerDirectory::describe(const Owner& owner, std::string_view path) {
  auto found = find_description(resolvers_, owner, path);
  if (found) return *std::move(found);
  ++failures_;
  last_error_ = found.error().message;
  if (found.error().code != ENOENT && faults_.size() < kMostFaults) faults_.push_back(found.error());
  return std::nullopt;
}

void ContainerDirectory::refresh(std::uint64_t now_ns, CgroupRoster& roster) {
  expected_.clear();
  now_ns_ = now_ns;
  ask_for_names(now_ns, roster);
  look_for_renames(now_ns, roster);
}

void ContainerDirectory::ask_for_names(std::uint64_t now_ns, CgroupRoster& roster) {
  std::size_t tries = 0;
  std::erase_if(unnamed_, [&](Unnamed& unnamed) {
    const auto stand_in = unnamed.container.lock();
    if (!stand_in) return true;  // the cgroup is gone
    if (unnamed.next_try_ns == 0) unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    if (now_ns < unnamed.next_try_ns || tries == kTriesPerRefresh) return false;

    ++tries;
    if (auto found = describe(unnamed.owner, stand_in->cgroup_path)) {
      hand_over(stand_in, take(*std::move(found), unnamed.owner, stand_in->cgroup_path), roster);
      return true;
    }
    unnamed.pause_ns = std::min(2 * unnamed.pause_ns, kLongestPauseNs);
    unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    return false;
  });
}

void ContainerDirectory::look_for_renames(std::uint64_t now_ns, CgroupRoster& roster) {
  for (std::size_t looks = 0; looks < kTriesPerRefresh && !named_.empty(); ++looks) {
    if (now_ns < named_.front().next_look_ns) return;
    Named named = std::move(named_.front());
    named_.pop_front();
    const auto container = named.container.lock();
    if (!container) continue;  // the cgroup is gone
    const auto stamp = stamp_host_file(named.file.root, named.file.path);
    if (stamp && *stamp == named.file.stamp) {
      named.next_look_ns = now_ns + kPauseBetweenLooksNs;
      named_.push_back(std::move(named));
    } else {
      look_again(named, container, roster);
    }
  }
}

void ContainerDirectory::look_again(const Named& named, const std::shared_ptr<const Container>& container,
                                    CgroupRoster& roster) {
  auto found = find_description(resolvers_, named.owner, container->cgroup_path);
  // Its name lasts as long as it does, also where its files went before it.
  const bool same_name = !found || found->description.container.name == container->name;
  if (!same_name) {
    hand_over(container, take(*std::move(found), named.owner, container->cgroup_path), roster);
    return;
  }
  NameFile file = found && found->description.file ? *found->description.file : named.file;
  named_.push_back({container, named.owner, std::move(file), now_ns_ + kPauseBetweenLooksNs});
}

void ContainerDirectory::hand_over(const std::shared_ptr<const Container>& stand_in,
                                   std::shared_ptr<const Container> named, CgroupRoster& roster) {
  const auto entries = roster.entries();
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot) {
    if (entries[slot].container != stand_in) continue;
    roster.set_container(slot, std::move(named));
    return;
  }
}

}  // namespace squid
