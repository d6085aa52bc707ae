// ContainerDirectory: decides which cgroups are watched and who they are.
//
// The resolvers know the runtimes; this knows the rules above them: one container has one cgroup, what lies
// inside of it is not another one, what only holds a pod is none, and a container without a name yet is shown
// by its id and asked for again, never forgotten and never given up. A name that was read from a file is read
// again when the file has changed.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cgroup_roster.h"
#include "core/name_resolver.h"
#include "resolvers/find_description.h"

namespace squid {

class ContainerDirectory {
 public:
  enum class Mode {
    kContainers,
    kAll,  // every cgroup; those of containers under their own names
    kNone,
  };

  ContainerDirectory(std::vector<std::unique_ptr<NameResolver>> resolvers, Mode mode);

  // Who the cgroup is, or null where it is not to be watched. For CgroupRoster::Admission.
  std::shared_ptr<const Container> admit(std::string_view path);
  // A cgroup that was just made: looks its name up now, because the files that tell it may be gone when
  // admit() is asked.
  void expect(std::string_view path);
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
    Owner owner;
    NameFile file;
    std::uint64_t next_look_ns;
  };

  std::shared_ptr<const Container> look_up(std::string_view path);
  std::shared_ptr<const Container> stand_in(const Owner& owner, std::string_view path);
  std::shared_ptr<const Container> take(Found found, const Owner& owner, std::string_view path);
  std::optional<Found> describe(const Owner& owner, std::string_view path);
  void ask_for_names(std::uint64_t now_ns, CgroupRoster& roster);
  void look_for_renames(std::uint64_t now_ns, CgroupRoster& roster);
  void look_again(const Named& named, const std::shared_ptr<const Container>& container,
                  CgroupRoster& roster);
  void hand_over(const std::shared_ptr<const Container>& stand_in, std::shared_ptr<const Container> named,
                 CgroupRoster& roster);

  std::vector<std::unique_ptr<NameResolver>> resolvers_;
  Mode mode_;
  // By path; until the next refresh().
  boost::unordered_flat_map<std::string, std::shared_ptr<const Container>> expected_;
  std::vector<Unnamed> unnamed_;
  std::deque<Named> named_;  // in the order in which they are looked at
  std::uint64_t now_ns_ = 0;
  std::uint64_t failures_ = 0;
  std::string last_error_;
  std::vector<Error> faults_;
};

}  // namespace squid
