#include "resolvers/docker_config.h"

#include <string>

#include "resolvers/json_object.h"

namespace squid {
namespace {

std::string label(const Container& container, const std::string& key) {
  const auto found = container.labels.find(key);
  return found == container.labels.end() ? std::string() : found->second;
}

}  // namespace

Result<Description> parse_docker_config(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  const boost::json::object* root = document->if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};

  Description description;
  Container& container = description.container;
  container.name = string_at(*root, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  if (container.name.empty()) return Error{"has no Name"};
  if (const boost::json::object* config = object_at(*root, "Config")) {
    container.image = string_at(*config, "Image");
    if (const auto* labels = object_at(*config, "Labels")) take_labels(*labels, container.labels);
  }
  container.pod = label(container, "io.kubernetes.pod.name");
  container.kubernetes_namespace = label(container, "io.kubernetes.pod.namespace");
  description.serves_pod = label(container, "io.kubernetes.docker.type") == "podsandbox";
  container.named = true;
  return description;
}

}  // namespace squid
