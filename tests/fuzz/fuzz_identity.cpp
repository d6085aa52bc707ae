// Any text as a cgroup's path and as a line of /proc/PID/cgroup: whoever may make cgroups chooses their
// names. What comes out is complete or nobody, is to be found in the path, and is the same from wherever
// below it one looks.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/identity.h"

namespace {

using namespace squid;

// Comparing all prefixes of a path is quadratic work.
constexpr std::ptrdiff_t kMostElements = 64;

bool is_in(std::string_view text, std::string_view path) {
  return path.find(text) != std::string_view::npos;
}

void check_form(std::string_view path, const Identity& identity) {
  if (identity.kind == IdentityKind::kNone) {
    require(identity == Identity{});
    return;
  }
  require(!identity.runtime.empty() && !identity.id.empty());
  require(identity.id.size() <= path.size() && identity.pod.size() <= path.size());
  const bool is_oci =
      identity.runtime == "docker" || identity.runtime == "podman" || identity.runtime == "cri-o";
  require(!is_oci || (is_container_id(identity.id) && is_in(identity.id, path)));
  require((identity.kind == IdentityKind::kUnit) == (identity.runtime == "systemd"));
  require(identity.kind != IdentityKind::kPod || identity.pod == identity.id);

  const auto match = match_container(path, identity.runtime);
  require(match.has_value() == is_container(identity));
  require(!match || (match->id == identity.id && match->nested == identity.nested));
}

// What is nested lies below a cgroup that is the same one's own.
void check_nesting(std::string_view path, Identity identity) {
  if (!identity.nested || std::count(path.begin(), path.end(), '/') > kMostElements) return;
  identity.nested = false;
  for (std::string_view outer = path; !outer.empty(); outer = parent_of(outer))
    if (identify_path(outer) == identity) return;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string path(data, data + size);
  const Identity identity = identify_path(path);
  check_form(path, identity);
  check_nesting(path, identity);
  require(identify_path("/../../" + path) == identity);

  if (const auto in_line = path_of_cgroup_line(path)) {
    require(in_line->starts_with('/') && is_in(*in_line, path));
    check_form(*in_line, identify_path(*in_line));
  }
  const std::string line = "12:cpu,cpuacct:/" + path;
  require(path_of_cgroup_line(line).has_value());
  require(path_of_cgroup_line(line + " (deleted)") == std::string_view(line).substr(line.find('/')));
  return 0;
}
