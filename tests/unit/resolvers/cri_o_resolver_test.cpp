#include "resolvers/cri_o_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

using testing::HasSubstr;

const std::string kPath = "/kubepods/pod" + kPod + "/crio-" + kId;
const std::string kBundle = "/overlay-containers/" + kId + "/userdata/config.json";

TEST(CriOResolver, NamesContainersFromTheirBundles) {
  FakeHost host;
  CriOResolver resolver(host.root());
  for (const std::string storage : {"/var/lib/containers/storage", "/run/containers/storage"}) {
    host.write(storage + kBundle, R"({"annotations":{"io.kubernetes.container.name":"in)" + storage +
                                      R"(","io.kubernetes.pod.name":"api-7","io.kubernetes.pod.namespace":"x",
                                          "io.kubernetes.cri-o.ImageName":"quay.io/api:2"}})");
    const auto found = resolver.describe(kId, kPath);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(found->container.name, "in" + storage);
    EXPECT_EQ(found->container.pod, "api-7");
    EXPECT_EQ(found->container.kubernetes_namespace, "x");
    EXPECT_EQ(found->container.image, "quay.io/api:2");
  }
  EXPECT_EQ(resolver.match(kPath)->id, kId);
}

TEST(CriOResolver, WithoutABundleTheKubeletsLogs) {
  FakeHost host;
  CriOResolver resolver(host.root());
  EXPECT_THAT(resolver.describe(kId, kPath).error().message, HasSubstr("CRI-O keeps no bundle"));
  host.link("/var/log/containers/api-7_x_api-" + kId + ".log", "/nowhere");
  EXPECT_EQ(resolver.describe(kId, kPath).value().container.name, "api");
  host.write("/run/containers/storage" + kBundle, "[");
  EXPECT_THAT(resolver.describe(kId, kPath).error().message, HasSubstr("is not JSON"));
  EXPECT_FALSE(resolver.describe("../x", kPath).has_value());
}

}  // namespace
}  // namespace squid
