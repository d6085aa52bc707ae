// Any bytes as what docker and its daemon leave on disk and in /proc: a user of the host decides some of
// them.
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "resolvers/docker_config.h"
#include "resolvers/docker_data_roots.h"

using namespace squid;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string copy(data, data + size);
  const std::string_view text = copy;

  if (const auto description = parse_docker_config(text)) {
    const Container& container = description->container;
    require(!container.name.empty() && container.named);
    require(container.labels.size() <= kMostLabels);
    for (const auto& [key, value] : container.labels)
      require(key.size() + value.size() <= kLongestLabelBytes);
  } else {
    require(!description.error().message.empty());
  }
  if (const auto data_root = parse_daemon_config(text)) require(data_root->size() <= size);
  const DockerdArguments arguments = parse_dockerd_arguments(text);
  require(arguments.data_root.size() + arguments.config_file.size() <= size);
  const DockerdDefaults defaults = compute_dockerd_defaults(text);
  require(!defaults.data_root.empty() && !defaults.config_file.empty());
  return 0;
}
