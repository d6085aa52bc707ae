#include "sinks/encode/series_name.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace squid {
namespace {

// The name of metric M of a container, as `pattern` makes it.
std::string name_of(std::string_view pattern, const Container* container, std::string_view prefix = "p",
                    std::string_view host = "h") {
  const auto names = NameTemplate::parse(pattern);
  if (!names) return names.error().message;
  const NameFrame frame = names->render(prefix, host, container, {});
  return frame.head + "M" + frame.tail;
}

Container web() {
  Container container;
  container.id = "0123456789abcdef0123";
  container.name = "web";
  container.runtime = "docker";
  container.image = "nginx:1.25";
  return container;
}

TEST(NameTemplate, RendersTheDefault) {
  const Container container = web();
  EXPECT_EQ(name_of("", &container), "p.h.web.M");
  EXPECT_EQ(name_of("{prefix}.{host}.{container}.{metric}", &container), "p.h.web.M");
}

TEST(NameTemplate, HasPlacesForFactsAboutTheHost) {
  const Container container = web();
  const auto names = NameTemplate::parse("{datacenter}.{zone}.{host}.{container}.{metric}.{ipv4}").value();
  const auto name = [&](const Container* whose, const HostFacts& facts) {
    const NameFrame frame = names.render("p", "h", whose, {}, facts);
    return frame.head + "M" + frame.tail;
  };
  EXPECT_EQ(name(&container, {{"datacenter", "fra.1"}, {"ipv4", "10.0.0.1"}}), "fra_1.h.web.M.10_0_0_1");
  EXPECT_EQ(name(nullptr, {{"zone", "a"}}), "a.h.M") << "our own metrics";
  EXPECT_EQ(name(&container, {}), "h.web.M");
}

TEST(NameTemplate, RendersEveryField) {
  Container container = web();
  container.pod = "pod-7";
  container.kubernetes_namespace = "prod\n1";
  EXPECT_EQ(
      name_of("{prefix}.{host}.{runtime}.{namespace}.{pod}.{image}.{container}.{id}.{metric}", &container),
      "p.h.docker.prod_1.pod-7.nginx:1_25.web.0123456789ab.M");
}

TEST(NameTemplate, NoFieldAddsALineOrAComponent) {
  for (const std::string& name : hostile_names()) {
    if (name.empty()) continue;
    Container container = web();
    for (std::string* text : {&container.pod, &container.kubernetes_namespace, &container.image})
      *text = name;
    const std::string series = name_of("{namespace}.{pod}.{image}.{container}.{metric}", &container);
    EXPECT_EQ(std::count(series.begin(), series.end(), '.'), 4) << series;
    EXPECT_EQ(series.find_first_of(std::string_view("\n\r\t ;\x1b\0", 7)), std::string::npos) << series;
  }
}

TEST(NameTemplate, MixesLiteralsAndFields) {
  const Container container = web();
  EXPECT_EQ(name_of("stats.{runtime}-{container}.{metric}", &container), "stats.docker-web.M");
  EXPECT_EQ(name_of("{metric}.of.{container}", &container), "M.of.web");
  EXPECT_EQ(name_of("{metric}.{host}.{container}", &container), "M.h.web");
}

TEST(NameTemplate, LeavesEmptyComponentsOutWithTheirDot) {
  const Container container = web();
  EXPECT_EQ(name_of("", &container, ""), "h.web.M");
  EXPECT_EQ(name_of("{prefix}.{pod}.{container}.{metric}", &container, ""), "web.M");
  EXPECT_EQ(name_of("{metric}.pod-{pod}.{container}", &container), "M.web");
  EXPECT_EQ(name_of(".{prefix}..{container}.{metric}.", &container), "p.web.M");
}

TEST(NameTemplate, KnowsLabels) {
  Container container = web();
  container.labels = {{"com.example.tier", "a.b c"}, {"empty", ""}};
  EXPECT_EQ(name_of("{label:com.example.tier}.{container}.{metric}", &container), "a_b_c.web.M");
  EXPECT_EQ(name_of("t-{label:com.example.tier}.{container}.{metric}", &container), "t-a_b_c.web.M");
  EXPECT_EQ(name_of("{label:empty}.{label:none}.x-{label:none}.{container}.{metric}", &container), "web.M")
      << "what has no such label has no such component";
  EXPECT_EQ(name_of("{label:empty}.{container}.{metric}", nullptr), "M");
}

TEST(NameTemplate, ARewrittenNameMayBeSeveralComponents) {
  Container container = web();
  container.series_name = "front..a b.1.";
  EXPECT_EQ(name_of("", &container), "p.h.front.a_b.1.M");
  container.series_name = "..";
  EXPECT_EQ(name_of("", &container), "p.h._.M");
}

TEST(NameTemplate, LeavesTheContainerOutOfOurOwnMetrics) {
  EXPECT_EQ(name_of("", nullptr), "p.h.M");
  EXPECT_EQ(name_of("{prefix}.{host}.{runtime}-{container}.{metric}", nullptr), "p.h.M");
  EXPECT_EQ(name_of("{container}.{metric}.{id}", nullptr), "M");
}

TEST(NameTemplate, KeepsOnlyTheDotsOfThePrefix) {
  Container container = web();
  container.name = "my.web.1";
  EXPECT_EQ(name_of("", &container, "servers.dc1", "db1.example.com"),
            "servers.dc1.db1_example_com.my_web_1.M");
  EXPECT_EQ(name_of("", &container, "bad prefix..x/y"), "bad_prefix.x_y.h.my_web_1.M");
}

TEST(NameTemplate, HasAPlaceholderForWhatMustNotBeEmpty) {
  Container container = web();
  container.name = "";
  EXPECT_EQ(name_of("", &container, "p", ""), "p._._.M");
}

TEST(NameTemplate, RefusesWhatWouldMixSeries) {
  const auto error = [](std::string_view pattern) {
    const auto names = NameTemplate::parse(pattern);
    return names ? std::string("accepted") : names.error().message;
  };
  EXPECT_EQ(error("{host}.{container}"),
            "the name template must have {metric} exactly once, else metrics overwrite each other");
  EXPECT_EQ(error("{container}.{metric}.{metric}"),
            "the name template must have {metric} exactly once, else metrics overwrite each other");
  EXPECT_EQ(error("{container}.x{metric}"),
            "in the name template, {metric} must stand alone between two dots");
  EXPECT_EQ(error("{host}.{metric}"),
            "the name template needs {container} or {id}, else containers overwrite each other");
  EXPECT_EQ(
      error("{container}.{metric}.{nmae}"),
      "the name template has an unknown field {nmae}; there are {prefix}, {host}, {container}, {id}, "
      "{metric}, {runtime}, {pod}, {namespace}, {image}, {datacenter}, {region}, {zone}, {cluster}, {ipv4}, "
      "{ipv6}, {label:KEY}");
  EXPECT_EQ(error("{container}.{metric"),
            "the name template has a field without an end: '{metric'; write {name}");
  EXPECT_EQ(error("a b.{container}.{metric}"),
            "the name template has 'a b', which cannot stand in a name; use letters, digits and _ - : + @ %");
}

class SeriesNamerTest : public testing::Test {
 protected:
  std::vector<std::string> heads(const Report& report) {
    namer_.begin(report);
    std::vector<std::string> result;
    for (const Subject& subject : report.subjects) result.push_back(namer_.frame(subject).head);
    return result;
  }
  SeriesNamer namer_{*NameTemplate::parse("{container}.{metric}"), ""};
};

TEST_F(SeriesNamerTest, TellsContainersOfOneNameApart) {
  const Report report = ReportBuilder()
                            .container("a.b", "1111111111111111")
                            .container("a_b", "2222222222222222")
                            .container("a/b", "333")
                            .container("c", "444")
                            .build();
  EXPECT_EQ(heads(report), (std::vector<std::string>{"a_b.", "a_b_222222222222.", "a_b_333.", "c."}));
  // The next report knows nothing of this one.
  EXPECT_EQ(heads(report), (std::vector<std::string>{"a_b.", "a_b_222222222222.", "a_b_333.", "c."}));
}

TEST_F(SeriesNamerTest, ASubjectMayHaveAPrefixOfItsOwn) {
  const Container container = web();
  Subject subject{.container = std::make_shared<Container>(container), .points = {}};
  subject.prefix = std::make_shared<const std::string>("sums.a");
  const Report report = ReportBuilder().build();
  SeriesNamer namer(NameTemplate::parse("{prefix}.{container}.{metric}").value(), "p");
  namer.begin(report);
  EXPECT_EQ(namer.frame(subject).head, "sums.a.web.");
  EXPECT_EQ(namer.frame({.container = nullptr, .points = {}}).head, "p.");
}

TEST_F(SeriesNamerTest, TellsIdsOfOneStartApart) {
  const Report report = ReportBuilder()
                            .container("a", "000000000000-1")
                            .container("a", "000000000000-2")
                            .container("a", "000000000000-3")
                            .build();
  EXPECT_EQ(heads(report), (std::vector<std::string>{"a.", "a_000000000000.", "a_000000000000_2."}));
}

TEST_F(SeriesNamerTest, CountsWhomItTellsApart) {
  const Report report =
      ReportBuilder().container("a", "111").container("a", "222").container("a", "333").build();
  heads(report);
  EXPECT_EQ(namer_.told_apart(), 2U);
  EXPECT_EQ(namer_.told_apart_example(), "a_333.*");
  heads(ReportBuilder().container("a", "111").build());
  EXPECT_EQ(namer_.told_apart(), 0U);
}

TEST(SeriesNamer, TagsAndATemplateExcludeEachOther) {
  SinkConfig config{.graphite_tags = true};
  EXPECT_TRUE(SeriesNamer::of(config));
  config.name_template = "{container}.{metric}";
  EXPECT_EQ(SeriesNamer::of(config).error().message,
            "--graphite-tags and --name-template exclude each other: tags have no hierarchy");
}

TEST_F(SeriesNamerTest, TwoLivesOfOneContainerAreOneSeries) {
  const Report report = ReportBuilder().container("a", "111").container("a", "111").build();
  EXPECT_EQ(heads(report), (std::vector<std::string>{"a.", "a."}));
}

TEST_F(SeriesNamerTest, CutNamesStayDifferent) {
  const std::string start(300, 'x');
  const Report report = ReportBuilder().container(start + "1", "111").container(start + "2", "222").build();
  const std::string cut(200, 'x');
  EXPECT_EQ(heads(report), (std::vector<std::string>{cut + ".", cut + "_222."}));
}

Container slice_named(std::string name) {
  Container slice;
  slice.group = GroupKind::kSlice;
  slice.name = std::move(name);
  slice.id = "/system.slice";
  slice.runtime = "systemd";
  return slice;
}

TEST(NameTemplate, AGroupHasItsKindBeforeItsName) {
  Container slice = slice_named("system.slice");
  EXPECT_EQ(name_of("", &slice), "p.h.slice.system_slice.M");
  EXPECT_EQ(name_of("{metric}.{host}.x-{container}", &slice), "M.h.slice.x-system_slice");
  EXPECT_EQ(name_of("{host}.{id}.{metric}", &slice), "h.slice._system_slice.M");
  slice.series_name = "";
  slice.group = GroupKind::kCompose;
  EXPECT_EQ(name_of("", &slice), "p.h.compose.system_slice.M");
  Container pod = slice_named("prod_shop-0");
  pod.group = GroupKind::kPod;
  pod.pod = "shop-0";
  pod.kubernetes_namespace = "prod";
  EXPECT_EQ(name_of("{namespace}.{pod}.{container}.{metric}", &pod), "prod.shop-0.pod.prod_shop-0.M");
}

TEST(NameTemplate, AGroupsNameIsOneComponentWhateverItHolds) {
  for (const std::string& name : hostile_names()) {
    const Container slice = slice_named(name);
    const std::string series = name_of("", &slice);
    EXPECT_EQ(std::count(series.begin(), series.end(), '.'), 4) << series;
    EXPECT_EQ(series.find_first_of(std::string_view("\n\r\t ;\x1b\0", 7)), std::string::npos) << series;
  }
}

TEST_F(SeriesNamerTest, AGroupAndAContainerNeverShareAName) {
  auto rewritten = std::make_shared<Container>();
  rewritten->id = "0123";
  rewritten->series_name = "slice.web";
  const Report report = ReportBuilder()
                            .group(GroupKind::kSlice, "web", "/web.slice", "systemd")
                            .group(GroupKind::kCompose, "web", "docker/web", "docker")
                            .group(GroupKind::kCompose, "web", "podman/web", "podman")
                            .container("web", "111")
                            .container_of(rewritten)
                            .build();
  EXPECT_EQ(heads(report), (std::vector<std::string>{"slice.web.", "compose.web.", "compose.web_podman_web.",
                                                     "web.", "slice.web_0123."}));
  EXPECT_EQ(namer_.told_apart(), 2U);
}

}  // namespace
}  // namespace squid
