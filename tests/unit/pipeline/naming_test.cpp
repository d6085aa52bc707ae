#include "pipeline/naming.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace squid {
namespace {

TEST(ReadPolicy, IsWhatTheOptionsSay) {
  Options options;
  options.cgroups = CgroupChoice::kAll;
  options.selection.exclude = {"db"};
  options.selection.prefix_rule = R"({"regexp": "web"})";
  const auto policy = read_policy(options);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->mode, ContainerDirectory::Mode::kAll);
  Container container;
  container.name = "db";
  EXPECT_FALSE(policy->selection.admits(container));
  EXPECT_EQ(policy->rules.rewrite("a-web").text, "a-") << "a single rule takes away what matches";
}

TEST(ReadPolicy, ReadsRulesFromAFile) {
  const TempDir folder;
  Options options;
  options.selection.rules_file = folder.path() + "/rules.json";
  EXPECT_EQ(read_policy(options).error().message,
            "--rules-file " + folder.path() + "/rules.json: No such file or directory");
  std::ofstream(options.selection.rules_file) << R"([{"regexp": "web", "into": "x"}])";
  EXPECT_EQ(read_policy(options)->rules.rewrite("web").text, "x");
  std::ofstream(options.selection.rules_file) << "[{\"regexp\": \"(\"}]";
  EXPECT_EQ(read_policy(options).error().message,
            "--rules-file " + options.selection.rules_file + " rule 1 has a bad regexp '(': missing ): (");
  options.selection.rules_file = folder.path();
  EXPECT_EQ(read_policy(options).error().message, "--rules-file " + folder.path() + ": Is a directory");
}

TEST(ReadPolicy, NamesTheOptionThatIsWrong) {
  Options options;
  options.selection.rules = "{}";
  EXPECT_EQ(read_policy(options).error().message.substr(0, 23), "--rules is no list of r");
  options.selection.include = {"/(/"};
  EXPECT_EQ(read_policy(options).error().message, "--include '/(/' is no pattern: missing ): (");
}

TEST(CountCategories, CountsWhoIsToldOf) {
  const auto rules = NameRules::parse(R"([{"category": "web"}, {"category": "db"}])").value();
  std::vector<CgroupRoster::Entry> entries(4);
  for (std::size_t i = 0; i < 3; ++i) {
    auto container = std::make_shared<Container>();
    container->category = i == 2 ? "" : "web";
    container->selected = i != 1;
    entries[i].container = container;
  }
  EXPECT_EQ(count_categories(rules, entries), (std::map<std::string, double>{{"db", 0}, {"web", 1}}));
}

}  // namespace
}  // namespace squid
