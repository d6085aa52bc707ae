#include "resolvers/oci_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resolvers/labels.h"
#include "support/hostile_names.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Case {
  std::string annotations;
  std::string name;
  std::string image;
  std::string pod;
  std::string kubernetes_namespace;
  bool serves_pod = false;
};

Result<Description> parse(const std::string& annotations) {
  return parse_oci_config(R"({"ociVersion":"1.1.0","process":{"env":["SECRET=1"]},"annotations":)" +
                          annotations + "}");
}

TEST(ParseOciConfig, TellsWhatTheAnnotationsTell) {
  const std::vector<Case> cases = {
      // containerd's CRI plugin: a container, and the process that holds its pod
      {R"({"io.kubernetes.cri.container-name":"nginx","io.kubernetes.cri.container-type":"container",
           "io.kubernetes.cri.image-name":"docker.io/library/nginx:1.25","io.kubernetes.cri.sandbox-id":"ab",
           "io.kubernetes.cri.sandbox-name":"shop-0","io.kubernetes.cri.sandbox-namespace":"prod"})",
       "nginx", "docker.io/library/nginx:1.25", "shop-0", "prod"},
      {R"({"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-name":"shop-0",
           "io.kubernetes.cri.sandbox-namespace":"prod"})",
       "shop-0", "", "shop-0", "prod", true},
      // CRI-O
      {R"({"io.kubernetes.container.name":"api","io.kubernetes.pod.name":"api-7","io.kubernetes.pod.namespace":"x",
           "io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.ImageName":"quay.io/api:2",
           "io.kubernetes.cri-o.Image":"0123"})",
       "api", "quay.io/api:2", "api-7", "x"},
      {R"({"io.kubernetes.container.name":"api","io.kubernetes.cri-o.Image":"0123"})", "api", "0123", "", ""},
      {R"({"io.kubernetes.container.name":"POD","io.kubernetes.pod.name":"api-7",
           "io.kubernetes.cri-o.ContainerType":"sandbox"})",
       "api-7", "", "api-7", "", true},
      // nerdctl
      {R"({"nerdctl/name":"redis","nerdctl/namespace":"default"})", "redis", "", "", ""},
      // Nothing, and not what was expected
      {"{}", "", "", "", ""},
      {"null", "", "", "", ""},
      {R"({"nerdctl/name":7,"io.kubernetes.pod.name":["a"],"io.kubernetes.cri-o.Labels":"{"})", "", "", "",
       ""},
  };
  for (const Case& expected : cases) {
    const auto found = parse(expected.annotations);
    ASSERT_TRUE(found.has_value()) << expected.annotations << found.error().message;
    EXPECT_EQ(found->container.name, expected.name) << expected.annotations;
    EXPECT_EQ(found->container.image, expected.image) << expected.annotations;
    EXPECT_EQ(found->container.pod, expected.pod) << expected.annotations;
    EXPECT_EQ(found->container.kubernetes_namespace, expected.kubernetes_namespace) << expected.annotations;
    EXPECT_EQ(found->serves_pod, expected.serves_pod) << expected.annotations;
    EXPECT_EQ(found->container.named, !expected.name.empty()) << expected.annotations;
  }
}

TEST(ParseOciConfig, CriOsLabelsAreJsonInAText) {
  const auto found = parse(R"({"io.kubernetes.cri-o.Labels":"{\"app\":\"shop\",\"n\":1}"})");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->container.labels, (std::map<std::string, std::string>{{"app", "shop"}}));
}

TEST(ParseOciConfig, ABundleWithoutAnnotationsIsNoFault) {
  const auto found = parse_oci_config(R"({"ociVersion":"1.1.0"})");
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->container.named);
}

TEST(ParseOciConfig, SaysWhatIsWrongAndQuotesNothing) {
  EXPECT_THAT(parse_oci_config("top-secret").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(parse_oci_config("top-secret").error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(parse_oci_config("[]").error().message, HasSubstr("object"));
  EXPECT_FALSE(parse_oci_config(std::string(100'000, '[')).has_value());
}

TEST(ParseOciHostname, OfAnInfraContainer) {
  EXPECT_EQ(parse_oci_hostname(R"({"hostname":"shop"})").value(), "shop");
  EXPECT_EQ(parse_oci_hostname("{}").value(), "");
  EXPECT_FALSE(parse_oci_hostname("[]").has_value());
}

}  // namespace
}  // namespace squid
