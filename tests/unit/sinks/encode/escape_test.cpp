#include "sinks/encode/escape.h"

#include <gtest/gtest.h>

#include "support/hostile_names.h"

namespace squid {
namespace {

std::string component(std::string_view text) {
  std::string out;
  append_component(out, text);
  return out;
}

std::string path(std::string_view text) {
  std::string out;
  append_path(out, text);
  return out;
}

TEST(AppendComponent, KeepsWhatContainersAreCalled) {
  EXPECT_EQ(component("web-1_blue"), "web-1_blue");
  EXPECT_EQ(component("registry:5000"), "registry:5000");
  EXPECT_EQ(component("img@sha256:0f"), "img@sha256:0f");
  EXPECT_EQ(component("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(component("\xE6\xBC\xA2\xE5\xAD\x97"), "\xE6\xBC\xA2\xE5\xAD\x97");
}

TEST(AppendComponent, ReplacesWhatCarbonOrAQueryWouldMisread) {
  EXPECT_EQ(component("a.b"), "a_b");
  EXPECT_EQ(component(".."), "__");
  EXPECT_EQ(component("a/b c"), "a_b_c");
  EXPECT_EQ(component("a\nb 1 2"), "a_b_1_2");
  EXPECT_EQ(component("~(a;b=c)"), "__a_b_c_");
  EXPECT_EQ(component("{*?[]}"), "______");
  EXPECT_EQ(component("\"'\\"), "___");
  EXPECT_EQ(component("a\xC2\xA0"
                      "b"),
            "a_b");
  EXPECT_EQ(component("a\xE2\x80\xAE"
                      "b"),
            "a_b");
  EXPECT_EQ(component("bad\xC3"), "bad_");
  EXPECT_EQ(component(""), "_");
}

TEST(AppendComponent, CutsBetweenCharacters) {
  EXPECT_EQ(component(std::string(4096, 'x')), std::string(kComponentBytes, 'x'));
  std::string ideographs = "y";
  for (int i = 0; i < 100; ++i) ideographs += "\xE6\xBC\xA2";
  // One byte and 66 of three fill 199; the next would end at 202.
  EXPECT_EQ(component(ideographs), ideographs.substr(0, 199));
}

TEST(AppendComponent, MakesOneComponentOfAnything) {
  for (const std::string& name : hostile_names()) {
    const std::string out = component(name);
    EXPECT_FALSE(out.empty());
    EXPECT_LE(out.size(), kComponentBytes);
    EXPECT_EQ(out.find_first_of(". /\n\r\t;{}()\"'\\~*?[]$`<>"), std::string::npos) << out;
    EXPECT_EQ(component(out), out) << "escaping is not stable";
  }
}

TEST(AppendPath, KeepsDotsAndDropsEmptyComponents) {
  EXPECT_EQ(path("servers.dc1"), "servers.dc1");
  EXPECT_EQ(path(".a..b."), "a.b");
  EXPECT_EQ(path("a b.c/d"), "a_b.c_d");
  EXPECT_EQ(path(""), "_");
  EXPECT_EQ(path("..."), "_");
}

TEST(AppendPath, AppendsBehindWhatIsThere) {
  std::string out = "a.";
  append_path(out, "b.c");
  EXPECT_EQ(out, "a.b.c");
}

}  // namespace
}  // namespace squid
