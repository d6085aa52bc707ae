#include "sinks/encode/name_tags.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sinks/encode/series_name.h"
#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace squid {
namespace {

Container web() {
  Container container;
  container.id = "0123456789abcdef0123";
  container.name = "web";
  container.runtime = "docker";
  container.image = "registry.example/nginx:1.25";
  container.labels = {{"tier", "front"}, {"app.kubernetes.io/name", "shop"}, {"host", "mine"}, {"empty", ""}};
  return container;
}

std::string name_of(const Container* container, const std::vector<std::string>& labels = {},
                    std::string_view prefix = "p") {
  const NameFrame frame =
      NameTags::of_labels(labels).value().render(prefix, "db1.example.com", container, {});
  return frame.head + "M" + frame.tail;
}

TEST(NameTags, TellFactsAboutTheHostRatherThanLabels) {
  const Container container = web();
  const HostFacts facts{{"datacenter", "fra 1"}, {"tier", "fact"}};
  const auto tail = [&](const Container* whose) {
    return NameTags::of_labels({"tier"}).value().render("p", "db1", whose, {}, facts).tail;
  };
  EXPECT_EQ(
      tail(&container),
      ";container=web;host=db1;datacenter=fra_1;tier=fact;image=registry.example/nginx:1.25;runtime=docker");
  EXPECT_EQ(tail(nullptr), ";host=db1;datacenter=fra_1;tier=fact");
}

TEST(NameTags, TellWhatThereIs) {
  Container container = web();
  EXPECT_EQ(name_of(&container),
            "p.M;container=web;host=db1.example.com;image=registry.example/nginx:1.25;runtime=docker");
  container.pod = "shop-0";
  container.kubernetes_namespace = "prod";
  container.image = "";
  EXPECT_EQ(name_of(&container),
            "p.M;container=web;host=db1.example.com;namespace=prod;pod=shop-0;runtime=docker");
  EXPECT_EQ(name_of(nullptr, {"tier"}), "p.M;host=db1.example.com") << "our own metrics";
  EXPECT_EQ(name_of(nullptr, {}, ""), "M;host=db1.example.com");
}

TEST(NameTags, TellTheChosenLabels) {
  Container container = web();
  container.image = container.runtime = "";
  EXPECT_EQ(name_of(&container, {"tier", "none", "empty", "app.kubernetes.io/name", "host"}),
            "p.M;container=web;host=db1.example.com;tier=front;app.kubernetes.io/name=shop;label_host=mine");
}

TEST(NameTags, AreEscapedByGraphitesRules) {
  Container container = web();
  container.image = container.runtime = "";
  container.name = "~a;b=c d\n!^";
  container.labels = {{"k;e!y^=", "~;\t="}};
  EXPECT_EQ(name_of(&container, {"k;e!y^="}), "p.M;container=_a_b_c_d___;host=db1.example.com;k_e_y__=____");
  for (const std::string& name : hostile_names()) {
    container.name = container.image = container.pod = name;
    container.labels = {{"tier", name}};
    const std::string series = name_of(&container, {"tier"});
    const auto tags = static_cast<std::size_t>(std::ranges::count(series, ';'));
    EXPECT_EQ(tags, name.empty() ? 2U : 5U) << series;
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(series, '=')), tags) << series;
    EXPECT_EQ(series.find_first_of(std::string_view("\n\r\t ~!^\x1b\0", 9)), std::string::npos) << series;
    EXPECT_LE(series.size(), 5 * 220U);
  }
}

TEST(NameTags, RefuseTwoLabelsThatBecomeOneTag) {
  EXPECT_EQ(NameTags::of_labels({"a b", "a_b"}).error().message,
            "--label-tags: 'a b' and 'a_b' would both be the tag 'a_b'");
}

TEST(NameTags, TellContainersOfOneNameApart) {
  SeriesNamer namer(NameTags::of_labels({}).value(), "p");
  const Report report = ReportBuilder().container("a", "111").container("a", "222").build();
  namer.begin(report);
  EXPECT_EQ(namer.frame(report.subjects[0]).tail, ";container=a;host=db1;runtime=docker");
  EXPECT_EQ(namer.frame(report.subjects[1]).tail, ";container=a_222;host=db1;runtime=docker");
  EXPECT_EQ(namer.told_apart(), 1U);
}

TEST(NameTags, AGroupHasItsKindInTheNameAndAsATag) {
  const Report report = ReportBuilder()
                            .pod()
                            .group(GroupKind::kSlice, "system.slice", "/system.slice", "systemd")
                            .group(GroupKind::kCompose, "a;b c", "docker/shop", "docker")
                            .build();
  const auto name = [&](std::size_t subject) { return name_of(report.subjects[subject].container.get()); };
  EXPECT_EQ(name(0), "p.pod.M;host=db1.example.com;namespace=prod;pod=shop-0;runtime=kubernetes");
  EXPECT_EQ(name(1), "p.slice.M;host=db1.example.com;slice=system.slice;runtime=systemd");
  EXPECT_EQ(name(2), "p.compose.M;host=db1.example.com;compose=a_b_c;runtime=docker");
  EXPECT_EQ(name_of(report.subjects[0].container.get(), {}, ""),
            "pod.M;host=db1.example.com;namespace=prod;pod=shop-0;runtime=kubernetes");
}

TEST(NameTags, TellGroupsOfOneNameApart) {
  SeriesNamer namer(NameTags::of_labels({}).value(), "p");
  const Report report = ReportBuilder()
                            .group(GroupKind::kSlice, "a.slice", "/a.slice", "systemd")
                            .group(GroupKind::kSlice, "a.slice", "/b/a.slice", "systemd")
                            .build();
  namer.begin(report);
  EXPECT_EQ(namer.frame(report.subjects[0]).tail, ";host=db1;slice=a.slice;runtime=systemd");
  EXPECT_EQ(namer.frame(report.subjects[1]).tail, ";host=db1;slice=a.slice__b_a_slice;runtime=systemd");
}

}  // namespace
}  // namespace squid
