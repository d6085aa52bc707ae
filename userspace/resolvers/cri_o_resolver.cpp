#include "resolvers/cri_o_resolver.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"
#include "resolvers/kubelet_logs.h"
#include "resolvers/oci_config.h"
#include "resolvers/podman_storage.h"

namespace squid {
namespace {

const ResolverRegistry::Entry kCriO{
    ResolverKind{.name = "cri-o",
                 .help = "CRI-O containers, from the config.json of their bundles",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<CriOResolver>(host_root);
                 }}};

}  // namespace

std::optional<ContainerMatch> CriOResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime());
}

Result<Description> CriOResolver::describe(const std::string& id, std::string_view) {
  if (!is_container_id(id)) return Error{"this is no id of CRI-O", EINVAL};
  for (const char* const root : {"/run/containers/storage", "/var/lib/containers/storage"})
    for (const std::string_view driver : kStorageDrivers) {
      const std::string file = fmt::format("{}/{}-containers/{}/userdata/config.json", root, driver, id);
      const auto text = read_host_file(host_root_, file);
      if (!text && text.error().code == ENOENT) continue;
      if (!text) return text.error();
      auto description = parse_oci_config(*text);
      if (!description) return Error{fmt::format("{} {}", file, description.error().message)};
      if (description->container.named || description->serves_pod) return description;
    }
  if (auto link = find_log_link(host_root_, id)) return *std::move(link);
  return Error{fmt::format("CRI-O keeps no bundle of {} below /run/containers/storage, the kubelet no log",
                           short_id(id)),
               ENOENT};
}

}  // namespace squid
