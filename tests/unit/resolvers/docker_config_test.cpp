#include "resolvers/docker_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using testing::HasSubstr;

TEST(ParseDockerConfig, TakesNameImageAndLabels) {
  const auto container = parse_docker_config(
      R"({"ID":"abc","Name":"/web.1","Driver":"overlay2","State":{"Running":true},
          "Config":{"Hostname":"h","Image":"nginx:1.25","Env":["SECRET=1"],
                    "Labels":{"com.docker.compose.project":"shop","empty":""}}})");
  ASSERT_TRUE(container.has_value()) << container.error().message;
  EXPECT_EQ(container->container.name, "web.1");
  EXPECT_EQ(container->container.image, "nginx:1.25");
  EXPECT_TRUE(container->container.named);
  EXPECT_EQ(container->container.labels,
            (std::map<std::string, std::string>{{"com.docker.compose.project", "shop"}, {"empty", ""}}));
}

TEST(ParseDockerConfig, ANameIsEnough) {
  for (const char* text :
       {R"({"Name":"web"})", R"({"Name":"/web","Config":null})", R"({"Name":"/web","Config":[1]})",
        R"({"Name":"/web","Config":{"Image":7,"Labels":null}})",
        R"({"Name":"/web","Config":{"Labels":{"a":1,"b":null}}})"}) {
    const auto container = parse_docker_config(text);
    ASSERT_TRUE(container.has_value()) << text;
    EXPECT_EQ(container->container.name, "web");
    EXPECT_TRUE(container->container.labels.empty());
  }
}

TEST(ParseDockerConfig, WhileItRunsItTellsWhenItStarted) {
  const auto started = [](const std::string& state) {
    return parse_docker_config(R"({"Name":"/web","State":)" + state + "}")->container.started_s;
  };
  EXPECT_EQ(started(R"({"Running":true,"StartedAt":"2023-11-14T22:13:20.123456789Z"})"), 1'700'000'000);
  EXPECT_EQ(started(R"({"Running":true,"StartedAt":"2024-02-29T00:00:00Z"})"), 1'709'164'800);
  // Of the life before this one.
  EXPECT_EQ(started(R"({"Running":false,"StartedAt":"2023-11-14T22:13:20Z"})"), 0);
  EXPECT_EQ(started(R"({"StartedAt":"2023-11-14T22:13:20Z"})"), 0);
  EXPECT_EQ(started("{}"), 0);
  for (const char* time : {"0001-01-01T00:00:00Z", "", "Z", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
                           "2023-02-30T22:13:20Z", "2023-11-14 22:13:20Z", "2o23-11-14T22:13:20Z"})
    EXPECT_EQ(started(std::string(R"({"Running":true,"StartedAt":")") + time + "\"}"), 0) << time;
}

TEST(ParseDockerConfig, WithoutANameItSaysWhatIsWrong) {
  EXPECT_THAT(parse_docker_config("").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(parse_docker_config(R"({"Name":"/web")").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(parse_docker_config("[]").error().message, HasSubstr("object"));
  EXPECT_THAT(parse_docker_config("{}").error().message, HasSubstr("Name"));
  EXPECT_THAT(parse_docker_config(R"({"Name":"/"})").error().message, HasSubstr("Name"));
  EXPECT_THAT(parse_docker_config(R"({"Name":5})").error().message, HasSubstr("Name"));
}

TEST(ParseDockerConfig, AnErrorNeverQuotesTheFile) {
  EXPECT_THAT(parse_docker_config("top-secret").error().message, testing::Not(HasSubstr("secret")));
}

TEST(ParseDockerConfig, StrangeBytesDoNotHideTheName) {
  const auto invalid = parse_docker_config("{\"Name\":\"/w\xff\",\"Config\":{\"Env\":[\"A=\xfe\"]}}");
  ASSERT_TRUE(invalid.has_value());
  EXPECT_EQ(invalid->container.name, "w\xff");
  const auto control = parse_docker_config(R"({"Name":"/a\nb\u0000c"})");
  ASSERT_TRUE(control.has_value());
  EXPECT_EQ(control->container.name, std::string("a\nb\0c", 5));
}

TEST(ParseDockerConfig, KubernetesTellsByLabels) {
  const auto container = parse_docker_config(
      R"({"Name":"/k8s_web","Config":{"Labels":{"io.kubernetes.pod.name":"shop-0",
          "io.kubernetes.pod.namespace":"prod","io.kubernetes.docker.type":"container"}}})");
  ASSERT_TRUE(container.has_value());
  EXPECT_EQ(container->container.pod, "shop-0");
  EXPECT_EQ(container->container.kubernetes_namespace, "prod");
  EXPECT_FALSE(container->serves_pod);
  EXPECT_TRUE(parse_docker_config(
                  R"({"Name":"/k8s_POD","Config":{"Labels":{"io.kubernetes.docker.type":"podsandbox"}}})")
                  ->serves_pod);
}

TEST(ParseDockerConfig, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_FALSE(parse_docker_config(std::string(100'000, '[')).has_value());
}

TEST(ParseDockerConfig, LabelsHaveLimits) {
  std::string labels = R"("long":")" + std::string(kLongestLabelBytes, 'x') + "\"";
  for (int i = 0; i < 300; ++i) labels += ",\"k" + std::to_string(i) + "\":\"v\"";
  const auto container = parse_docker_config(R"({"Name":"/web","Config":{"Labels":{)" + labels + "}}}");
  ASSERT_TRUE(container.has_value());
  EXPECT_EQ(container->container.labels.size(), kMostLabels);
  EXPECT_FALSE(container->container.labels.contains("long"));
}

}  // namespace
}  // namespace squid
