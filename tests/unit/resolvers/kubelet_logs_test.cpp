#include "resolvers/kubelet_logs.h"

#include <gtest/gtest.h>

#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

TEST(ParseLogLink, TakesTheNameApart) {
  const std::string name = "web-5d4f-x7k_kube-system_side-car-" + kId + ".log";
  const auto link = parse_log_link(name);
  ASSERT_TRUE(link.has_value());
  EXPECT_EQ(link->pod, "web-5d4f-x7k");
  EXPECT_EQ(link->kubernetes_namespace, "kube-system");
  EXPECT_EQ(link->container, "side-car");
  EXPECT_EQ(link->id, kId);
}

TEST(ParseLogLink, AnythingElseIsNone) {
  for (const std::string& name :
       {std::string(), std::string(".log"), "pod_ns_c-" + kId, "pod_ns_c-" + kId.substr(1) + ".log",
        "pod_ns_" + kId + ".log", "pod_ns_-" + kId + ".log", "_ns_c-" + kId + ".log",
        "pod__c-" + kId + ".log", "pod_ns-" + kId + ".log", "a_b_c_d-" + kId + ".log",
        "pod-" + kId + "_ns_c.log", "../../pod_ns_c_" + kId + ".log"})
    EXPECT_FALSE(parse_log_link(name).has_value()) << name;
}

TEST(FindLogLink, NeitherFollowsTheLinkNorWaitsForIt) {
  FakeHost host;
  EXPECT_FALSE(find_log_link(host.root(), kId).has_value()) << "there is no such directory";
  host.link("/var/log/containers/shop-0_prod_nginx-" + kId + ".log", "/nowhere/0.log");
  host.link("/var/log/containers/other_prod_x-" + kOther + ".log", "/dev/zero");
  const auto found = find_log_link(host.root(), kId);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->container.name, "nginx");
  EXPECT_EQ(found->container.pod, "shop-0");
  EXPECT_EQ(found->container.kubernetes_namespace, "prod");
  EXPECT_TRUE(found->container.named);
  EXPECT_FALSE(find_log_link(host.root(), std::string(64, '0')).has_value());
}

TEST(FindLogLink, AFolderThatLeadsElsewhereIsNotLeftTheRoot) {
  FakeHost host;
  host.link("/var/log/containers", "/proc/self/fd");
  EXPECT_FALSE(find_log_link(host.root(), kId).has_value());
}

}  // namespace
}  // namespace squid
