// ContainerDirectory: decides which cgroups are watched and who they are.
//
// The resolvers know the runtimes; this knows the rules above them: one container has one cgroup, what lies
// inside of it is not another one, what only holds a pod is none, and a container without a name yet is shown
// by its id and asked for again, never forgotten and never given up. A name that was read from a file is read
// again when the file has changed.
//
// Who is not selected is not watched; until its name is known, a container is judged by what its path tells,
// and watched in any case, so that nothing is missing once it is selected.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cgroup_roster.h"
#include "core/name_resolver.h"
#include "resolvers/container_selection.h"
#include "resolvers/find_description.h"
#include "resolvers/group_directory.h"
#include "resolvers/name_rules.h"

namespace squid {

class ContainerDirectory {
 public:
  enum class Mode {
    kContainers,
    kAll,  // every cgroup; those of containers under their own names
    kNone,
  };

  struct Policy {
    Mode mode = Mode::kContainers;
    ContainerSelection selection = {};
    NameRules rules = {};
    GroupChoice groups = {};
    std::string text = {};  // all that it was made of: where that is equal, the policy is
  };

  ContainerDirectory(std::vector<std::unique_ptr<NameResolver>> resolvers, Policy policy);

  // Who is watched already keeps its slot, under the name that it has from now on. Who is not to be told of
  // any more is let go in the next pass, and what it did until then is told; all others are asked about anew.
  void change_policy(Policy policy, CgroupRoster& roster);

  // Who the cgroup is, or null where it is not to be watched. For CgroupRoster::Admission.
  std::shared_ptr<const Container> admit(std::string_view path, CgroupId id);
  // In which container something is that runs in this cgroup, watched or not; null where in none. Reads the
  // file that tells its name.
  std::shared_ptr<const Container> find_around(std::string_view path);
  // A cgroup that was just made: looks its name up now, because the files that tell it may be gone when
  // admit() is asked. Null where nobody is there to be watched, or is expected already: the same cgroup comes
  // once for each hierarchy, and another life at the same path with an id of its own.
  std::shared_ptr<const Container> expect(std::string_view path, CgroupId id);
  // Where no file tells a name, `ask` is called once for each container with an id of 64 digits, and learn()
  // takes what it finds out.
  using Ask = std::function<void(const std::string& id)>;
  void ask_at_last(Ask ask) { ask_ = std::move(ask); }
  void learn(const std::string& id, Result<Description> told);

  const Policy& policy() const { return policy_; }
  const NameRules& rules() const { return policy_.rules; }
  // Asks again for names that are still unknown, and looks whether others have changed, a few at a time.
  void refresh(std::uint64_t now_ns, CgroupRoster& roster);

  std::size_t unnamed() const { return unnamed_.size(); }
  // Failed attempts to find a name, since start, and what the last one said.
  std::uint64_t failures() const { return failures_; }
  const std::string& last_error() const { return last_error_; }
  // What was wrong with files since the last call. That there is none yet is no fault.
  std::vector<Error> take_faults() { return std::exchange(faults_, {}); }

 private:
  // A container that was admitted without a name.
  struct Unnamed {
    std::weak_ptr<const Container> container;
    Owner owner;
    std::uint64_t next_try_ns;
    std::uint64_t pause_ns;
  };

  // A container whose name was read from this file.
  struct Named {
    std::weak_ptr<const Container> container;
    std::string path;  // of its cgroup
    bool selected;     // false: it is not watched, and nobody holds the container
    Owner owner;
    NameFile file;
    std::uint64_t next_look_ns = 0;
  };

  // A cgroup that was just made.
  struct Life {
    std::vector<CgroupId> directories;  // of it, in the hierarchies from which it was told
    std::shared_ptr<const Container> container;
  };
  // The lives at a path, in the order of their births.
  using Lives = std::vector<Life>;

  static Lives::iterator find_life(Lives& lives, CgroupId id);
  std::shared_ptr<const Container> look_up(std::string_view path);
  void ask_again_about_strangers(CgroupRoster& roster);
  std::shared_ptr<const Container> stand_in(const Owner& owner, std::string_view path);
  std::shared_ptr<const Container> take(Found found, const Owner& owner, std::string_view path);
  std::shared_ptr<const Container> judge(Container container);
  std::shared_ptr<const Container> identify(Container described, std::string_view runtime, const Owner& owner,
                                            std::string_view path);
  std::optional<Found> describe(const Owner& owner, std::string_view path);
  std::optional<Found> find_learned(const Owner& owner);
  void note_failure(const Error& error);
  void ask_for_names(std::uint64_t now_ns, CgroupRoster& roster);
  void look_for_renames(std::uint64_t now_ns, CgroupRoster& roster);
  void look_again(const Named& named, const std::shared_ptr<const Container>& container,
                  CgroupRoster& roster);
  void look_again_at_excluded(Named named, CgroupRoster& roster);
  void look_later(Named named);
  bool stays(const Container& judged) const;
  void judge_again(CgroupRoster& roster);
  void hand_over(const std::shared_ptr<const Container>& stand_in,
                 const std::shared_ptr<const Container>& named, CgroupRoster& roster);

  std::vector<std::unique_ptr<NameResolver>> resolvers_;
  Policy policy_;
  GroupDirectory groups_;
  // By path; until the next refresh() but one, for who is born while a pass runs is admitted in the next.
  using Expected = boost::unordered_flat_map<std::string, Lives>;
  Expected expected_;
  Expected expected_before_;        // the last refresh()
  std::size_t lives_expected_ = 0;  // since then
  std::vector<Unnamed> unnamed_;
  Ask ask_;
  boost::unordered_flat_map<std::string, Description> learned_;  // by id; until the next refresh()
  std::deque<Named> named_;                                      // in the order in which they are looked at
  boost::unordered_flat_set<std::string> excluded_;  // paths of those in named_ that are not selected
  std::uint64_t now_ns_ = 0;
  std::uint64_t failures_ = 0;
  std::string last_error_;
  std::vector<Error> faults_;
};

}  // namespace squid
