// GroupDirectory: which groups of containers are told of, and who they are.
//
// A pod and a slice are told by the path of their own cgroup. A pod's path has only its id; its name comes
// with the first of its containers that is described. A compose project is a label that its containers share.
//
// A pod that is not selected is watched all the same and not told of, since its name comes late.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/cgroup_roster.h"
#include "core/container.h"
#include "resolvers/container_selection.h"

namespace squid {

struct GroupChoice {
  bool pods = false;
  bool slices = false;
  bool projects = false;
};

class GroupDirectory {
 public:
  explicit GroupDirectory(GroupChoice choice, ContainerSelection selection = {})
      : choice_(choice), selection_(std::move(selection)) {}

  // The group whose own cgroup this is; null where it is none that is asked for.
  std::shared_ptr<const Container> find(std::string_view path);
  // The group that the container's numbers are added to; null for none.
  std::shared_ptr<const Container> find_project(const Container& container);
  // What is known of a container in this pod tells who the pod is.
  void learn_pod(const std::string& id, const Container& member);
  // Pods get the names that became known.
  void refresh(CgroupRoster& roster);
  // Pods that are watched already are judged by it, too.
  void change_selection(ContainerSelection selection, CgroupRoster& roster);
  // How many are remembered, with some that have ended.
  std::size_t projects() const { return projects_.size(); }

 private:
  struct Unnamed {
    std::weak_ptr<const Container> stand_in;
    std::string name;  // of the pod; empty until it is known
    std::string kubernetes_namespace;
    unsigned refreshes_alone = 0;  // without a stand-in
  };

  std::shared_ptr<const Container> find_pod(const std::string& id, std::string_view runtime,
                                            std::string_view path);

  GroupChoice choice_;
  ContainerSelection selection_;
  boost::unordered_flat_map<std::string, Unnamed> unnamed_;  // pods, by id
  // By runtime and name.
  boost::unordered_flat_map<std::string, std::weak_ptr<const Container>> projects_;
  std::size_t sweep_at_ = 64;
};

}  // namespace squid
