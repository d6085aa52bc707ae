// ContainerDirectory: decides which cgroups are watched and who they are.
//
// The resolvers know the runtimes; this knows the rules above them: one container has one cgroup, what lies
// inside of it is not another one, and a container without a name yet is shown by its id and asked for again,
// never forgotten and never given up.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/cgroup_roster.h"
#include "core/name_resolver.h"

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
  // Asks again for names that are still unknown, a few at a time.
  void refresh(std::uint64_t now_ns, CgroupRoster& roster);

  std::size_t unnamed() const { return unnamed_.size(); }
  // Failed attempts to find a name, since start, and what the last one said.
  std::uint64_t failures() const { return failures_; }
  const std::string& last_error() const { return last_error_; }

 private:
  struct Owner {
    NameResolver* resolver = nullptr;
    ContainerMatch match;
  };
  // A container that was admitted without a name.
  struct Unnamed {
    std::weak_ptr<const Container> container;
    NameResolver* resolver;
    std::uint64_t next_try_ns;
    std::uint64_t pause_ns;
  };

  std::shared_ptr<const Container> look_up(std::string_view path);
  Owner find_owner(std::string_view path) const;
  std::shared_ptr<const Container> describe(NameResolver& resolver, const std::string& id,
                                            std::string_view path);
  void hand_over(const std::shared_ptr<const Container>& stand_in, std::shared_ptr<const Container> named,
                 CgroupRoster& roster);

  std::vector<std::unique_ptr<NameResolver>> resolvers_;
  Mode mode_;
  // By path; until the next refresh().
  boost::unordered_flat_map<std::string, std::shared_ptr<const Container>> expected_;
  std::vector<Unnamed> unnamed_;
  std::uint64_t failures_ = 0;
  std::string last_error_;
};

}  // namespace squid
