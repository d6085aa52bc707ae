#include "resolvers/container_selection.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

Container web() {
  Container container;
  container.id = "0123456789abcdef";
  container.name = "web-1";
  container.image = "registry.example/nginx:1.25";
  container.runtime = "docker";
  container.pod = "shop-0";
  container.kubernetes_namespace = "prod";
  container.labels = {{"tier", "front"}, {"com.example/empty", ""}};
  return container;
}

bool matches(const std::string& pattern, const Container& container = web()) {
  const auto parsed = ContainerPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern << ": " << parsed.error().message;
  return parsed && parsed->matches(container);
}

std::string error_of(const std::string& pattern) {
  const auto parsed = ContainerPattern::parse(pattern);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(ContainerPattern, MatchesWhatItSays) {
  for (const char* pattern : {"web-1",
                              "web-*",
                              "*",
                              "w?b-?",
                              "name=web-*",
                              "/^web/",
                              "/-1$/",
                              "name=/EB|eb/",
                              "/(?i)WEB/",
                              "id=0123*",
                              "image=*/nginx:*",
                              "image=/nginx/",
                              "runtime=docker",
                              "pod=shop-*",
                              "namespace=prod",
                              "label:tier=front",
                              "label:tier=/^(front|back)$/",
                              "label:tier",
                              "label:tier=",
                              "label:com.example/empty"})
    EXPECT_TRUE(matches(pattern)) << pattern;
  for (const char* pattern :
       {"web", "web-", "eb-1", "WEB-1", "web-1?", "web.1", "/^eb/", "image=nginx", "runtime=podman",
        "pod=shop", "label:tier=back", "label:nothing", "label:tier=/^ront/", "label:com.example/empty=*x"})
    EXPECT_FALSE(matches(pattern)) << pattern;
}

TEST(ContainerPattern, WhatIsNotThereMatchesNothing) {
  const Container nameless;
  for (const char* pattern : {"*", "/.*/", "image=*", "pod=*", "namespace=*", "label:tier=*", "id=*"})
    EXPECT_FALSE(matches(pattern, nameless)) << pattern;
}

TEST(ContainerPattern, NoByteEscapesFromAStar) {
  Container container = web();
  for (const std::string name : {"web-\n", "web-\xff\xfe", "web-\xe2\x80\xae", "web-*", "web-/", "web-="}) {
    container.name = name;
    EXPECT_TRUE(matches("web-*", container)) << name;
  }
  container.name = std::string("web-\0x", 6);
  EXPECT_TRUE(matches("web-*", container));
}

TEST(ContainerPattern, MayHaveAnyCharacterThatNamesMayHave) {
  Container container = web();
  container.name = "a.b+(c)[d]{e}^$|\\=";
  EXPECT_TRUE(matches("name=a.b+(c)[d]{e}^$|\\=", container));
  EXPECT_TRUE(matches("/[=]/", container)) << "an expression may have a =";
}

TEST(ContainerPattern, SaysWhatIsWrong) {
  EXPECT_EQ(
      error_of("nmae=web"),
      "'nmae=web' asks for 'nmae', which containers do not have; there are name, id, image, runtime, pod, "
      "namespace and label:KEY");
  EXPECT_EQ(error_of(""), "'' is empty; write for example web-* or image=nginx:*");
  EXPECT_EQ(error_of("image="), "'image=' is empty; write for example web-* or image=nginx:*");
  EXPECT_EQ(error_of("label:=x"), "'label:=x' does not say which label");
  EXPECT_EQ(error_of("/a(b/"), "'/a(b/' is no pattern: missing ): a(b");
  EXPECT_EQ(error_of(std::string(5000, 'x')), "has a pattern of 5000 bytes; write at most 4096");
  EXPECT_NE(error_of("/((a{100}){100}){100}/").find("is no pattern"), std::string::npos) << "too large";
}

TEST(ContainerSelection, IncludesWhatAnyPatternMatchesAndExcludeWins) {
  const auto admits = [](const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
    return ContainerSelection::parse(include, exclude).value().admits(web());
  };
  EXPECT_TRUE(admits({}, {}));
  EXPECT_TRUE(admits({"web-*"}, {}));
  EXPECT_TRUE(admits({"db-*", "image=*nginx*"}, {}));
  EXPECT_FALSE(admits({"db-*"}, {}));
  EXPECT_FALSE(admits({}, {"web-*"}));
  EXPECT_FALSE(admits({"web-1"}, {"label:tier=front"})) << "whatever the order";
  EXPECT_TRUE(admits({"web-*"}, {"db-*", "runtime=podman"}));
}

TEST(ContainerSelection, NamesTheOption) {
  EXPECT_EQ(ContainerSelection::parse({"a", ""}, {}).error().message,
            "--include '' is empty; write for example web-* or image=nginx:*");
  EXPECT_EQ(ContainerSelection::parse({}, {"x=y"}).error().message.substr(0, 24), "--exclude 'x=y' asks for");
  EXPECT_EQ(ContainerSelection::parse(std::vector<std::string>(257, "a"), {}).error().message,
            "--include is given 257 times; there may be 256 patterns at most");
}

}  // namespace
}  // namespace squid
