#include "resolvers/name_rules.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace squid {
namespace {

NameRules rule(std::string_view regexp, std::string_view into) {
  const boost::json::value json = {{{"regexp", regexp}, {"into", into}}};
  return NameRules::parse(boost::json::serialize(json)).value();
}

struct Case {
  const char* regexp;
  const char* into;
  const char* name;
  const char* expected;
};

TEST(NameRules, RewriteAsGoDoes) {
  const Case cases[] = {
      {"(.*)\\..*\\.(.*)\\..*", "$1.$2", "pid.bla.name.service", "pid.name"},
      {"(.*)\\..*\\.(.*)\\..*", "$1.$2", "my.container.name", "my.container.name"},
      {"web", "front", "a-web-b-web", "a-front-b-front"},
      {"^web$", "front", "web", "front"},
      {"^web", "x", "webweb", "xweb"},
      {"(web)-([0-9]+)", "$2.$1", "web-17-x", "17.web-x"},
      {"(web)", "${1}s", "web", "webs"},
      {"(web)", "$1s", "web-1", "-1"},
      {"(web)", "$1.s", "web", "web.s"},
      {"(?P<kind>web)-(?P<n>[0-9]+)", "$kind.${n}", "web-3", "web.3"},
      {"(?P<kind>web)", "$kinds.x", "web", ".x"},
      {"(web)", "$0$0", "web", "webweb"},
      {"(web)", "$2-$01-$9999999999", "web", "--"},
      {"web", "$$1", "web", "$1"},
      {"web", "$", "web", "$"},
      {"web", "a$-b${c", "web", "a$-b${c"},
      {"web", "${}", "web", "${}"},
      {"web", "\\1", "web", "\\1"},
      {"x*", "-", "abc", "-a-b-c-"},
      {"b*", "-", "abc", "-a-c-"},
      {"", "-", "ab", "-a-b-"},
      {"", "-", "\xc3\xa9", "-\xc3\xa9-"},
      {"$", "!", "web", "web!"},
      {"(a)|(b)", "[$1$2]", "ab", "[a][b]"},
      {"(?i)WEB", "x", "Web", "x"},
      {"web", "", "web-1", "web-1"},
      {".*", "$2", "web", "web"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(rule(c.regexp, c.into).rewrite(c.name).text, c.expected)
        << c.regexp << " into " << c.into << " of " << c.name;
}

TEST(NameRules, OnlyTheFirstThatMatchesCounts) {
  const NameRules rules = NameRules::parse(R"([
      {"regexp": "^web", "into": "front", "category": "web"},
      {"Regexp": "^w", "INTO": "never"},
      {"regexp": "db", "category": "data"},
      {"into": "rest.$0"}])")
                              .value();
  EXPECT_EQ(rules.rewrite("web-1").text, "front-1");
  EXPECT_EQ(rules.rewrite("web-1").category, "web");
  EXPECT_EQ(rules.rewrite("my-db").text, "my-db") << "it is counted under its own name";
  EXPECT_EQ(rules.rewrite("my-db").category, "data");
  EXPECT_EQ(rules.rewrite("w").text, "never");
  EXPECT_EQ(rules.rewrite("w").category, "");
  EXPECT_EQ(rules.rewrite("").text, "rest.") << "without an expression all names match";
  EXPECT_EQ(rules.categories(), (std::vector<std::string>{"data", "web"}));
}

TEST(NameRules, NoRuleNoChange) {
  EXPECT_TRUE(NameRules().empty());
  EXPECT_EQ(NameRules().rewrite("a.b").text, "a.b");
  EXPECT_TRUE(NameRules::parse("[]").value().empty());
}

TEST(NameRules, ASingleRuleAlwaysReplaces) {
  const NameRules rules = NameRules::parse_single(R"({"regexp": "^[a-z]+-", "into": ""})").value();
  EXPECT_EQ(rules.rewrite("project-web").text, "web");
  EXPECT_EQ(rules.rewrite("project-").text, "project-") << "an empty name is none";
  EXPECT_EQ(NameRules::parse_single("{}, {}").error().message, "is more than one rule");
}

TEST(NameRules, ANameThatWouldGrowBeyondTheLimitStays) {
  const std::string name(3000, 'a');
  EXPECT_EQ(rule("a", "aa").rewrite(name).text, name);
  EXPECT_EQ(rule("a", std::string(4096, 'b')).rewrite(name).text, name);
}

TEST(NameRules, SayWhatIsWrong) {
  const auto error = [](std::string_view json) {
    const auto rules = NameRules::parse(json);
    return rules ? std::string("accepted") : rules.error().message;
  };
  EXPECT_EQ(error("{}"), "is no list of rules; write [{\"regexp\": \"...\", \"into\": \"...\"}]");
  EXPECT_EQ(error("[{").substr(0, 12), "is not JSON:");
  EXPECT_EQ(error("[{}, 1]"), "rule 2 is no object; write {\"regexp\": \"...\", \"into\": \"...\"}");
  EXPECT_EQ(error("[{\"regex\": \"a\"}]"), "rule 1 has a key \"regex\"; there are regexp, into and category");
  EXPECT_EQ(error("[{\"into\": 1}]"), "rule 1 has a \"into\" that is no text");
  EXPECT_EQ(error("[{\"regexp\": \"a(b\"}]"), "rule 1 has a bad regexp 'a(b': missing ): a(b");
  EXPECT_EQ(error("[{\"category\": \"total\"}]"),
            "rule 1 has the category \"total\", which is the number of all containers");
  std::string many = "[{}";
  for (int i = 0; i < 256; ++i) many += ",{}";
  EXPECT_EQ(error(many + "]"), "has 257 rules; there may be 256");
  EXPECT_EQ(error(std::string((1 << 20) + 1, ' ')), "is longer than 1 MiB");
}

}  // namespace
}  // namespace squid
