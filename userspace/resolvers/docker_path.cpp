#include "resolvers/docker_path.h"

#include <algorithm>
#include <string>

namespace squid {
namespace {

constexpr std::size_t kIdLength = 64;

bool is_id(std::string_view text) {
  return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string_view last_element(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// The id in a name that docker alone gives: "docker-<id>.scope" of the systemd driver, and
// "system.slice:docker:<id>" where a runtime took systemd's notation for a plain name.
std::optional<std::string_view> marked_id(std::string_view element) {
  constexpr std::string_view kPrefix = "docker-";
  constexpr std::string_view kSuffix = ".scope";
  constexpr std::string_view kColons = ":docker:";
  std::string_view id;
  if (element.starts_with(kPrefix) && element.ends_with(kSuffix)) {
    id = element.substr(kPrefix.size());
    id.remove_suffix(std::min(kSuffix.size(), id.size()));
  } else if (const auto colons = element.find(kColons); colons != std::string_view::npos) {
    id = element.substr(colons + kColons.size());
  }
  return is_id(id) ? std::optional(id) : std::nullopt;
}

// Whether a bare id below this parent may be docker's: below --cgroup-parent it may stand anywhere, but not where
// Kubernetes or containerd's default namespaces put theirs.
bool may_hold_docker(std::string_view parent) {
  return parent.find("/kubepods") == std::string_view::npos && parent != "/default" && parent != "/k8s.io";
}

std::optional<std::string_view> id_of(std::string_view path) {
  const std::string_view element = last_element(path);
  if (const auto id = marked_id(element)) return id;
  if (!is_id(element)) return std::nullopt;
  const std::string_view parent = parent_of(path);
  if (last_element(parent) == "docker") return element;
  // A bare id inside of a container is that container's own affair.
  for (std::string_view outer = parent; !outer.empty(); outer = parent_of(outer))
    if (marked_id(last_element(outer)) || is_id(last_element(outer))) return std::nullopt;
  if (!may_hold_docker(parent)) return std::nullopt;
  return element;
}

}  // namespace

std::optional<ContainerMatch> match_docker_path(std::string_view cgroup_path) {
  // From the inside out: the innermost container is the one that the cgroup belongs to.
  for (std::string_view path = cgroup_path; !path.empty(); path = parent_of(path))
    if (const auto id = id_of(path))
      return ContainerMatch{.id = std::string(*id), .nested = path.size() != cgroup_path.size()};
  return std::nullopt;
}

}  // namespace squid
