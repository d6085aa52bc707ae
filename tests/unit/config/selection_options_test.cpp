#include "config/selection_options.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using Texts = std::vector<std::string>;

Result<std::variant<Options, Answer>> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "squid-bpf");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

Options options_of(std::vector<const char*> arguments) {
  return std::get<Options>(parse(std::move(arguments)).value());
}

TEST(SelectionOptions, AreRead) {
  const Options options =
      options_of({"--include", "web-*", "--include", "label:tier=a,b", "--exclude", "db", "--label-tags",
                  "tier,team", "--label-tags", "stage", "--graphite-tags", "--rules", "[]"});
  EXPECT_EQ(options.selection.include, (Texts{"web-*", "label:tier=a,b"}));
  EXPECT_EQ(options.selection.exclude, (Texts{"db"}));
  EXPECT_EQ(options.selection.label_tags, (Texts{"tier", "team", "stage"}));
  EXPECT_TRUE(options.selection.graphite_tags);
  EXPECT_EQ(options.selection.rules, "[]");
}

TEST(SelectionOptions, APrefixThatIsAnObjectIsARule) {
  const Options options = options_of({"--prefix", R"({"regexp": "a", "into": "b"})"});
  EXPECT_EQ(options.selection.prefix_rule, R"({"regexp": "a", "into": "b"})");
  EXPECT_EQ(options.prefix, "squid");
  EXPECT_EQ(options_of({"--prefix", "servers"}).prefix, "servers");
}

TEST(SelectionOptions, SayWhatIsWrong) {
  const auto error = [](std::vector<const char*> arguments) {
    return parse(std::move(arguments)).error().message;
  };
  EXPECT_EQ(error({"--prefix", "{}", "--rules", "[]"}),
            "--prefix with a rule and --rules exclude each other; write it as one of the rules");
  EXPECT_NE(error({"--rules", "[]", "--rules-file", "x"}).find("--rules"), std::string::npos);
  EXPECT_EQ(error({"--label-tags", "a,b,a"}), "--label-tags has the label 'a' twice or without a name");
  EXPECT_EQ(error({"--runtime-socket", std::string(108, 'x').c_str()}),
            "--runtime-socket has a path of 108 bytes; sockets can have 107");
  std::string many = "0";
  for (int i = 1; i < 33; ++i) many += "," + std::to_string(i);
  EXPECT_EQ(error({"--label-tags", many.c_str()}), "--label-tags has 33 labels; there may be 32");
}

}  // namespace
}  // namespace squid
