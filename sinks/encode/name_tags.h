// NameTags: names with graphite's tags instead of a hierarchy,
//   squid.cpu.total.mean;container=web;host=a;image=nginx:1.25;runtime=docker;tier=front
// with what there is of host, container, image, namespace, pod, runtime, the chosen labels, and facts about
// the host, which count more than a label of the same name. What a
// container does not have has no tag. A group of containers has its kind in the name and as the tag that
// names it, so that what is asked for by name is either all containers or all pods:
//   squid.pod.cpu.total.mean;host=a;namespace=prod;pod=shop-0;runtime=kubernetes
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/container.h"
#include "core/report.h"
#include "core/result.h"
#include "sinks/encode/name_frame.h"

namespace squid {

class NameTags {
 public:
  // A label whose key is one of our own tags is called label_KEY.
  static Result<NameTags> of_labels(const std::vector<std::string>& keys);

  // As NameTemplate::render(); `mark` ends the container's tag.
  NameFrame render(std::string_view prefix, std::string_view host, const Container* container,
                   std::string_view mark, const HostFacts& facts = {}) const;

 private:
  static void append_group(NameFrame& frame, std::string_view host, const Container& group,
                           std::string_view mark);

  struct Label {
    std::string key;
    std::string tag;
  };
  std::vector<Label> labels_;
};

}  // namespace squid
