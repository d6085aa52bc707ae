#include "resolvers/container_directory.h"

#include <algorithm>
#include <utility>

namespace squid {
namespace {

constexpr std::uint64_t kFirstPauseNs = 250'000'000;
constexpr std::uint64_t kLongestPauseNs = 60'000'000'000;
// A look-up reads a file of some kilobytes; a pass must not wait for hundreds of them.
constexpr std::size_t kTriesPerRefresh = 16;
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
                                                     .labels = {},
                                                     .cgroup_path = std::string(path),
                                                     .named = true});
}

}  // namespace

ContainerDirectory::ContainerDirectory(std::vector<std::unique_ptr<NameResolver>> resolvers, Mode mode)
    : resolvers_(std::move(resolvers)), mode_(mode) {}

ContainerDirectory::Owner ContainerDirectory::find_owner(std::string_view path) const {
  Owner outer;
  for (const auto& resolver : resolvers_) {
    auto match = resolver->match(path);
    if (!match) continue;
    // A container that runs inside of another runtime's container is one all the same.
    const bool nested = match->nested;
    if (!nested || outer.resolver == nullptr) outer = Owner{resolver.get(), std::move(*match)};
    if (!nested) return outer;
  }
  return outer;
}

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

  const Owner owner = find_owner(path);
  const bool is_container = owner.resolver != nullptr && !owner.match.nested;
  if (!is_container) return mode_ == Mode::kAll ? plain_cgroup(path) : nullptr;

  if (auto named = describe(*owner.resolver, owner.match.id, path)) return named;
  auto stand_in =
      std::make_shared<const Container>(Container{.id = owner.match.id,
                                                  .name = short_id(owner.match.id),
                                                  .runtime = std::string(owner.resolver->runtime()),
                                                  .image = {},
                                                  .pod = {},
                                                  .labels = {},
                                                  .cgroup_path = std::string(path),
                                                  .named = false});
  unnamed_.push_back({stand_in, owner.resolver, 0, kFirstPauseNs});
  return stand_in;
}

std::shared_ptr<const Container> ContainerDirectory::describe(NameResolver& resolver, const std::string& id,
                                                              std::string_view path) {
  auto described = resolver.describe(id);
  if (!described) {
    ++failures_;
    last_error_ = described.error().message;
    return nullptr;
  }
  Container container = std::move(*described);
  container.id = id;
  container.runtime = resolver.runtime();
  container.cgroup_path = path;
  container.named = !container.name.empty();
  if (!container.named) container.name = short_id(id);
  return std::make_shared<const Container>(std::move(container));
}

void ContainerDirectory::refresh(std::uint64_t now_ns, CgroupRoster& roster) {
  expected_.clear();
  std::size_t tries = 0;
  std::erase_if(unnamed_, [&](Unnamed& unnamed) {
    const auto stand_in = unnamed.container.lock();
    if (!stand_in) return true;  // the cgroup is gone
    if (unnamed.next_try_ns == 0) unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    if (now_ns < unnamed.next_try_ns || tries == kTriesPerRefresh) return false;

    ++tries;
    if (auto named = describe(*unnamed.resolver, stand_in->id, stand_in->cgroup_path)) {
      hand_over(stand_in, std::move(named), roster);
      return true;
    }
    unnamed.pause_ns = std::min(2 * unnamed.pause_ns, kLongestPauseNs);
    unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    return false;
  });
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
