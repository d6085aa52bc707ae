#include "resolvers/kubelet_logs.h"

#include "resolvers/cgroup_path.h"
#include "resolvers/host_file.h"

namespace squid {

std::optional<LogLink> parse_log_link(std::string_view name) {
  const auto stem = between(name, "", ".log");
  if (!stem) return std::nullopt;
  const auto first = stem->find('_');
  const auto last = stem->rfind('_');
  const auto dash = stem->rfind('-');
  if (first == std::string_view::npos || dash == std::string_view::npos || dash < last) return std::nullopt;
  // Kubernetes allows none of the three an underscore.
  if (first == last || stem->find('_', first + 1) != last) return std::nullopt;
  const LogLink link{.pod = stem->substr(0, first),
                     .kubernetes_namespace = stem->substr(first + 1, last - first - 1),
                     .container = stem->substr(last + 1, dash - last - 1),
                     .id = stem->substr(dash + 1)};
  if (link.pod.empty() || link.kubernetes_namespace.empty() || link.container.empty()) return std::nullopt;
  return is_container_id(link.id) ? std::optional(link) : std::nullopt;
}

std::optional<Description> find_log_link(const std::string& host_root, std::string_view id) {
  const auto names = list_host_directory(host_root, "/var/log/containers");
  if (!names) return std::nullopt;
  for (const std::string& name : *names) {
    const auto link = parse_log_link(name);
    if (!link || link->id != id) continue;
    Description description;
    description.container.name = link->container;
    description.container.pod = link->pod;
    description.container.kubernetes_namespace = link->kubernetes_namespace;
    description.container.named = true;
    return description;
  }
  return std::nullopt;
}

}  // namespace squid
