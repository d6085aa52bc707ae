// Any bytes as the config.json of a bundle: whoever starts a container chooses some of its annotations.
#include <string_view>

#include "fuzz/require.h"
#include "resolvers/labels.h"
#include "resolvers/oci_config.h"

using namespace squid;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto hostname = parse_oci_hostname(text);
  require(hostname ? hostname->size() <= size : !hostname.error().message.empty());
  const auto description = parse_oci_config(text);
  require(description.has_value() == hostname.has_value());
  if (!description) {
    require(!description.error().message.empty());
    return 0;
  }
  const Container& container = description->container;
  require(container.named == !container.name.empty());
  require(!description->serves_pod || container.name == container.pod);
  require(container.name.size() + container.image.size() + container.kubernetes_namespace.size() <= size);
  require(container.labels.size() <= kMostLabels);
  for (const auto& [key, value] : container.labels) require(key.size() + value.size() <= kLongestLabelBytes);
  return 0;
}
