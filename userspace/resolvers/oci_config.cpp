#include "resolvers/oci_config.h"

#include <initializer_list>
#include <string>

#include "resolvers/json_object.h"
#include "resolvers/labels.h"

namespace squid {
namespace {

namespace json = boost::json;

// The first that is there.
std::string first_of(const json::object& annotations, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (std::string text = string_at(annotations, key); !text.empty()) return text;
  return {};
}

Description describe_annotations(const json::object& annotations) {
  Description description;
  Container& container = description.container;
  container.name = first_of(
      annotations, {"io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name"});
  container.image =
      first_of(annotations, {"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName",
                             "io.kubernetes.cri-o.SomeNameOfTheImage", "io.kubernetes.cri-o.Image"});
  container.pod = first_of(annotations, {"io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"});
  container.kubernetes_namespace =
      first_of(annotations, {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"});
  const std::string type =
      first_of(annotations, {"io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"});
  description.serves_pod = type == "sandbox";
  if (description.serves_pod) container.name = container.pod;
  // CRI-O puts the labels into a text that is JSON of its own.
  const auto labels = parse_json(string_at(annotations, "io.kubernetes.cri-o.Labels"));
  const json::object* label_object = labels ? labels->if_object() : nullptr;
  if (label_object != nullptr) take_labels(*label_object, container.labels);
  container.named = !container.name.empty();
  return description;
}

}  // namespace

Result<Description> parse_oci_config(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  const json::object* root = document->if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};
  const json::object* annotations = object_at(*root, "annotations");
  return annotations == nullptr ? Description() : describe_annotations(*annotations);
}

Result<std::string> parse_oci_hostname(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  const json::object* root = document->if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};
  return string_at(*root, "hostname");
}

}  // namespace squid
