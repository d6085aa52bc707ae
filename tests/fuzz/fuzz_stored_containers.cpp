// Any bytes as podman's list of containers: a user's lies in his own home.
#include <string>

#include "fuzz/require.h"
#include "resolvers/podman_storage.h"

using namespace squid;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto containers = parse_stored_containers(text);
  if (!containers) {
    require(!containers.error().message.empty());
    return 0;
  }
  std::size_t bytes = 0;
  for (const StoredContainer& container : *containers) {
    require(!container.id.empty());
    bytes += container.id.size() + container.name.size() + container.image.size();
  }
  require(bytes <= size);
  return 0;
}
