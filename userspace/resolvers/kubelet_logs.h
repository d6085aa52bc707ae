// Kubernetes' names of containers, from the links that the kubelet keeps of their logs, whatever the runtime:
// /var/log/containers/<pod>_<namespace>_<container>-<id>.log. They come a moment after the container, and
// there is none for what only holds a pod.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

struct LogLink {
  std::string_view pod;
  std::string_view kubernetes_namespace;
  std::string_view container;
  std::string_view id;
};

// Pure. Nothing where it is no such name.
std::optional<LogLink> parse_log_link(std::string_view name);

// Nothing where there is no link of this container.
std::optional<Description> find_log_link(const std::string& host_root, std::string_view id);

}  // namespace squid
