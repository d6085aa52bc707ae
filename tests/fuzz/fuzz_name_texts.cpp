// Any bytes as the small texts that tell names: a conmon's arguments, a link of the kubelet's, a line of
// passwd, a machine's file, a bundle's path, a containerd's configuration. What comes out was in there.
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "resolvers/cgroup_path.h"
#include "resolvers/conmon.h"
#include "resolvers/containerd_tasks.h"
#include "resolvers/kubelet_logs.h"
#include "resolvers/machine_resolver.h"
#include "resolvers/may_name.h"
#include "resolvers/podman_storage.h"

namespace {

using namespace squid;

bool is_in(std::string_view part, std::string_view text) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(data, data + size);

  const ConmonArguments conmon = parse_conmon_arguments(text);
  for (const std::string& argument : {conmon.id, conmon.name, conmon.bundle})
    require(is_in(argument, text) && !is_in(std::string_view("\0", 1), argument));
  require(user_of_path(text).empty() || is_number(user_of_path(text)));

  if (const auto link = parse_log_link(text)) {
    require(is_container_id(link->id) && !link->pod.empty() && !link->kubernetes_namespace.empty());
    require(std::string(link->pod) + "_" + std::string(link->kubernetes_namespace) + "_" +
                std::string(link->container) + "-" + std::string(link->id) + ".log" ==
            text);
  }
  if (const auto home = parse_home(text, "1000")) require(home->starts_with('/') && is_in(*home, text));
  const MachineFile machine = parse_machine_file(text);
  for (const std::string& value : {machine.name, machine.root})
    require(is_in(value, text) && !is_in("\n", value));
  if (const auto tasks = parse_bundle_path(text)) require(text.starts_with(*tasks));
  const std::string state = parse_state(text);
  require(state.empty() || (state.starts_with('/') && is_in(state, text) && !is_in("\n", state)));
  return 0;
}
