#include "resolvers/container_directory.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/host_file.h"

namespace squid {
namespace {

constexpr std::uint64_t kFirstPauseNs = 250'000'000;
constexpr std::uint64_t kLongestPauseNs = 60'000'000'000;
// How long a rename may go unnoticed.
constexpr std::uint64_t kPauseBetweenLooksNs = 20'000'000'000;
// A look-up reads a file of some kilobytes; a pass must not wait for hundreds of them.
constexpr std::size_t kTriesPerRefresh = 16;
// A look at a file that has not changed is one system call.
constexpr std::size_t kLooksPerRefresh = 256;
constexpr std::size_t kMostFaults = 16;
// Between two passes; who comes beyond that is looked up when it is admitted.
constexpr std::size_t kMostExpected = 4096;

// systemd's mount units have cgroups too, some with a container's id in their name; nothing runs in them.
bool is_mount_unit(std::string_view path) {
  return path.ends_with(".mount");
}

Container plain_cgroup(std::string_view path) {
  return {.id = std::string(path),
          .name = std::string(path),
          .runtime = std::string(kPlainCgroup),
          .image = {},
          .pod = {},
          .kubernetes_namespace = {},
          .labels = {},
          .cgroup_path = std::string(path),
          .named = true};
}

}  // namespace

ContainerDirectory::ContainerDirectory(std::vector<std::unique_ptr<NameResolver>> resolvers, Policy policy)
    : resolvers_(std::move(resolvers)),
      policy_(std::move(policy)),
      groups_(policy_.groups, policy_.selection) {}

void ContainerDirectory::change_policy(Policy policy, CgroupRoster& roster) {
  policy_ = std::move(policy);
  expected_.clear();
  expected_before_.clear();
  excluded_.clear();
  std::erase_if(named_, [](const Named& named) { return !named.selected; });
  roster.ask_again_about_others();
  judge_again(roster);
  groups_.change_selection(policy_.selection, roster);
}

bool ContainerDirectory::stays(const Container& judged) const {
  const bool is_wanted =
      judged.runtime == kPlainCgroup ? policy_.mode == Mode::kAll : policy_.mode != Mode::kNone;
  // Whose name is not known yet is watched in any case.
  return is_wanted && (judged.selected || !judged.named);
}

void ContainerDirectory::judge_again(CgroupRoster& roster) {
  // The keys keep alive whom the others below look for.
  boost::unordered_flat_map<std::shared_ptr<const Container>, std::shared_ptr<const Container>> judged_anew;
  const auto entries = roster.entries();
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot) {
    const CgroupRoster::Entry& entry = entries[slot];
    // Groups are not renamed; whether they are chosen, the group directory knows.
    if (!entry.id.valid() || entry.container->is_group()) continue;
    Container as_found = *entry.container;
    as_found.series_name.clear();
    as_found.category.clear();
    auto judged = judge(std::move(as_found));
    if (!stays(*judged)) {
      roster.ask_again(entry.path);
      continue;
    }
    judged_anew.emplace(entry.container, judged);
    roster.set_container(slot, std::move(judged));
  }
  const auto follow = [&](std::weak_ptr<const Container>& container) {
    const auto found = judged_anew.find(container.lock());
    if (found != judged_anew.end()) container = found->second;
  };
  for (Unnamed& unnamed : unnamed_) follow(unnamed.container);
  for (Named& named : named_) follow(named.container);
}

ContainerDirectory::Lives::iterator ContainerDirectory::find_life(Lives& lives, CgroupId id) {
  const auto known = std::ranges::find_if(
      lives, [id](const Life& life) { return std::ranges::count(life.directories, id) > 0; });
  if (known != lives.end() || lives.empty()) return known;
  // A cgroup has one directory in each hierarchy: a second one there is another cgroup's.
  const auto& directories = lives.back().directories;
  const bool is_same_life =
      std::ranges::none_of(directories, [id](CgroupId one) { return one.hierarchy() == id.hierarchy(); });
  return is_same_life ? lives.end() - 1 : lives.end();
}

std::shared_ptr<const Container> ContainerDirectory::expect(std::string_view path, CgroupId id) {
  if (lives_expected_ >= kMostExpected) return nullptr;
  Lives& lives = expected_[std::string(path)];
  if (const auto life = find_life(lives, id); life != lives.end()) {
    life->directories.push_back(id);
    return nullptr;
  }
  ++lives_expected_;
  lives.push_back({.directories = {id}, .container = look_up(path)});
  return lives.back().container;
}

std::shared_ptr<const Container> ContainerDirectory::admit(std::string_view path, CgroupId id) {
  const std::string key(path);
  for (Expected* births : {&expected_, &expected_before_}) {
    const auto found = births->find(key);
    if (found == births->end()) continue;
    if (const auto life = find_life(found->second, id); life != found->second.end()) return life->container;
  }
  return excluded_.contains(key) ? nullptr : look_up(path);
}

std::shared_ptr<const Container> ContainerDirectory::find_around(std::string_view path) {
  const Owner owner = find_owner(resolvers_, path);
  if (owner.resolver == nullptr || is_mount_unit(path)) return nullptr;
  auto found = describe(owner, path);
  if (!found) return identify({}, owner.resolver->runtime(), owner, path);
  if (found->description.serves_pod) return nullptr;
  return identify(std::move(found->description.container), found->resolver->runtime(), owner, path);
}

std::shared_ptr<const Container> ContainerDirectory::look_up(std::string_view path) {
  if (policy_.mode == Mode::kNone || is_mount_unit(path)) return nullptr;

  const Owner owner = find_owner(resolvers_, path);
  const bool is_container = owner.resolver != nullptr && !owner.match.nested;
  auto found = is_container ? describe(owner, path) : std::nullopt;
  const bool is_watched = is_container && !(found && found->description.serves_pod);
  if (!is_watched)
    if (auto group = groups_.find(path)) return group;
  if (!is_watched && policy_.mode != Mode::kAll) return nullptr;
  if (is_watched && !found) return stand_in(owner, path);
  auto container = is_watched ? take(*std::move(found), owner, path) : judge(plain_cgroup(path));
  return container->selected ? container : nullptr;
}

std::shared_ptr<const Container> ContainerDirectory::judge(Container container) {
  auto judged = std::make_shared<Container>(std::move(container));
  judged->selected = policy_.selection.admits(*judged);
  judged->project = groups_.find_project(*judged);
  if (policy_.rules.empty() || judged->runtime == kPlainCgroup) return judged;
  NameRules::Name name = policy_.rules.rewrite(judged->name);
  judged->series_name = std::move(name.text);
  judged->category = std::move(name.category);
  return judged;
}

std::shared_ptr<const Container> ContainerDirectory::stand_in(const Owner& owner, std::string_view path) {
  auto container = judge({.id = owner.match.id,
                          .name = short_id(owner.match.id),
                          .runtime = std::string(owner.resolver->runtime()),
                          .image = {},
                          .pod = owner.match.pod,
                          .kubernetes_namespace = {},
                          .labels = {},
                          .cgroup_path = std::string(path),
                          .named = false});
  unnamed_.push_back({container, owner, 0, kFirstPauseNs});
  if (ask_ && is_container_id(owner.match.id)) ask_(owner.match.id);
  return container;
}

std::shared_ptr<const Container> ContainerDirectory::identify(Container described, std::string_view runtime,
                                                              const Owner& owner, std::string_view path) {
  described.id = owner.match.id;
  described.runtime = runtime;
  described.cgroup_path = path;
  described.named = !described.name.empty();
  if (!described.named) described.name = short_id(owner.match.id);
  return judge(std::move(described));
}

std::shared_ptr<const Container> ContainerDirectory::take(Found found, const Owner& owner,
                                                          std::string_view path) {
  auto container = identify(std::move(found.description.container), found.resolver->runtime(), owner, path);
  const std::string key(path);
  if (container->selected) excluded_.erase(key);
  // The same path is asked about once for each hierarchy.
  const bool is_noted = !found.description.file || excluded_.contains(key);
  if (is_noted) return container;
  if (!container->selected) excluded_.insert(key);
  look_later({container, key, container->selected, owner, *std::move(found.description.file)});
  return container;
}

void ContainerDirectory::look_later(Named named) {
  named.next_look_ns = now_ns_ + kPauseBetweenLooksNs;
  named_.push_back(std::move(named));
}

std::optional<Found> ContainerDirectory::describe(const Owner& owner, std::string_view path) {
  auto found = find_description(resolvers_, owner, path);
  if (!found) {
    note_failure(found.error());
    return std::nullopt;
  }
  groups_.learn_pod(owner.match.pod, found->description.container);
  return *std::move(found);
}

void ContainerDirectory::note_failure(const Error& error) {
  ++failures_;
  last_error_ = error.message;
  if (error.code != ENOENT && faults_.size() < kMostFaults) faults_.push_back(error);
}

void ContainerDirectory::learn(const std::string& id, Result<Description> told) {
  if (told)
    learned_.insert_or_assign(id, *std::move(told));
  else
    note_failure(told.error());
}

std::optional<Found> ContainerDirectory::find_learned(const Owner& owner) {
  const auto learned = learned_.find(owner.match.id);
  if (learned == learned_.end()) return std::nullopt;
  Found found = within_limits(*owner.resolver, owner, learned->second);
  groups_.learn_pod(owner.match.pod, found.description.container);
  return found;
}

void ContainerDirectory::refresh(std::uint64_t now_ns, CgroupRoster& roster) {
  expected_before_ = std::exchange(expected_, {});
  lives_expected_ = 0;
  now_ns_ = now_ns;
  ask_again_about_strangers(roster);
  ask_for_names(now_ns, roster);
  learned_.clear();
  look_for_renames(now_ns, roster);
  groups_.refresh(roster);
}

void ContainerDirectory::ask_again_about_strangers(CgroupRoster& roster) {
  bool found_more = false;
  for (const auto& resolver : resolvers_) found_more = resolver->has_found_more() || found_more;
  if (!found_more) return;
  for (auto& [path, lives] : expected_before_)
    std::erase_if(lives, [](const Life& life) { return life.container == nullptr; });
  roster.ask_again_about_others();
}

void ContainerDirectory::ask_for_names(std::uint64_t now_ns, CgroupRoster& roster) {
  std::size_t tries = 0;
  std::erase_if(unnamed_, [&](Unnamed& unnamed) {
    const auto stand_in = unnamed.container.lock();
    if (!stand_in) return true;  // the cgroup is gone
    auto found = find_learned(unnamed.owner);
    if (unnamed.next_try_ns == 0) unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    const bool is_due = now_ns >= unnamed.next_try_ns && tries < kTriesPerRefresh;
    if (!found && !is_due) return false;

    if (!found) {
      ++tries;
      found = describe(unnamed.owner, stand_in->cgroup_path);
    }
    if (found) {
      hand_over(stand_in, take(*std::move(found), unnamed.owner, stand_in->cgroup_path), roster);
      return true;
    }
    unnamed.pause_ns = std::min(2 * unnamed.pause_ns, kLongestPauseNs);
    unnamed.next_try_ns = now_ns + unnamed.pause_ns;
    return false;
  });
}

void ContainerDirectory::look_for_renames(std::uint64_t now_ns, CgroupRoster& roster) {
  std::size_t looks = 0;
  std::size_t tries = 0;
  while (looks < kLooksPerRefresh && tries < kTriesPerRefresh && !named_.empty()) {
    if (now_ns < named_.front().next_look_ns) return;
    Named named = std::move(named_.front());
    named_.pop_front();
    const auto container = named.container.lock();
    const bool is_gone = named.selected ? !container : !excluded_.contains(named.path);
    // Many are where containers live for a moment.
    if (is_gone) continue;
    ++looks;
    if (!has_changed(named.file)) {
      look_later(std::move(named));
      continue;
    }
    ++tries;
    if (named.selected) {
      look_again(named, container, roster);
    } else if (stamp_host_file(named.file.root, named.file.path)) {
      look_again_at_excluded(std::move(named), roster);
    } else {
      excluded_.erase(named.path);
    }
  }
}

void ContainerDirectory::look_again(const Named& named, const std::shared_ptr<const Container>& container,
                                    CgroupRoster& roster) {
  auto found = find_description(resolvers_, named.owner, container->cgroup_path);
  // Its name lasts as long as it does, also where its files went before it.
  const bool same_name = !found || found->description.container.name == container->name;
  // The time of its start comes into the file after its birth.
  const bool same_start = !found || found->description.container.started_s == 0 ||
                          found->description.container.started_s == container->started_s;
  if (!same_name || !same_start) {
    hand_over(container, take(*std::move(found), named.owner, container->cgroup_path), roster);
    return;
  }
  NameFile file = found && found->description.file ? *found->description.file : named.file;
  look_later({container, named.path, true, named.owner, std::move(file)});
}

void ContainerDirectory::look_again_at_excluded(Named named, CgroupRoster& roster) {
  auto found = find_description(resolvers_, named.owner, named.path);
  if (found &&
      identify(found->description.container, found->resolver->runtime(), named.owner, named.path)->selected) {
    excluded_.erase(named.path);
    roster.ask_again(named.path);
    return;
  }
  if (found && found->description.file) named.file = *std::move(found->description.file);
  // The file may be one of many containers, of which this one is gone.
  if (!found && found.error().code == ENOENT)
    excluded_.erase(named.path);
  else
    look_later(std::move(named));
}

void ContainerDirectory::hand_over(const std::shared_ptr<const Container>& stand_in,
                                   const std::shared_ptr<const Container>& named, CgroupRoster& roster) {
  const auto entries = roster.entries();
  const auto entry = std::ranges::find(entries, stand_in, &CgroupRoster::Entry::container);
  if (entry == entries.end()) return;
  roster.set_container(static_cast<CgroupRoster::Slot>(entry - entries.begin()), named);
  // One of which nothing is remembered would come back at once; it stays, and is not told of.
  if (excluded_.contains(named->cgroup_path)) {
    expected_before_.erase(named->cgroup_path);
    roster.ask_again(named->cgroup_path);
  }
}

}  // namespace squid
