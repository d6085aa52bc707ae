#include "resolvers/machine_resolver.h"

#include <gtest/gtest.h>

#include "support/fake_host.h"

namespace squid {
namespace {

const std::string kFile =
    "# This is private data. Do not parse.\nNAME=jammy\nSCOPE=machine-jammy.scope\nCLASS=container\n"
    "ROOT=\"/var/lib/machines/jammy\"\nLEADER=4711\n";

TEST(ParseMachineFile, TakesNameAndRoot) {
  EXPECT_EQ(parse_machine_file(kFile), (MachineFile{.name = "jammy", .root = "/var/lib/machines/jammy"}));
  EXPECT_EQ(parse_machine_file("NAME=a\nROOT=/b"), (MachineFile{.name = "a", .root = "/b"}));
  for (const std::string text : {"", "\n\n", "=", "NAME", "NAME=\"", "ROOT=\"\""})
    EXPECT_TRUE(parse_machine_file(text).name.size() <= 1) << text;
}

TEST(MachineResolver, NamesAMachineWithItsRoot) {
  FakeHost host;
  host.write("/run/systemd/machines/jammy", kFile);
  host.write("/run/systemd/machines/qemu-1-web", "NAME=qemu-1-web\nSERVICE=libvirt-qemu\n");
  MachineResolver nspawn("systemd-nspawn", host.root());
  for (const std::string path :
       {"/machine.slice/machine-jammy.scope", "/machine.slice/systemd-nspawn@jammy.service",
        "/machine.slice/systemd-nspawn@jammy.service/payload"}) {
    const auto found = nspawn.describe("jammy", path);
    ASSERT_TRUE(found.has_value()) << path;
    EXPECT_EQ(found->container.name, "jammy") << path;
    EXPECT_EQ(found->container.image, "/var/lib/machines/jammy") << path;
  }
  MachineResolver libvirt("libvirt", host.root());
  const auto domain = libvirt.describe("web", R"(/machine.slice/machine-qemu\x2d1\x2dweb.scope/libvirt)");
  EXPECT_EQ(domain.value().container.name, "web");
  EXPECT_FALSE(libvirt.describe("web", "/docker").has_value());
}

TEST(MachineResolver, NoFileIsNoFailureAndNoNameIsAPath) {
  FakeHost host;
  host.write("/run/secret", "NAME=..\nROOT=stolen\n");
  host.write("/run/systemd/machines/other", kFile);
  MachineResolver nspawn("systemd-nspawn", host.root());
  for (const std::string id : {"gone", "..", "../../secret", "a\nb", "other"}) {
    const auto found = nspawn.describe(id, "/machine.slice/systemd-nspawn@" + id + ".service");
    if (!found) continue;  // a slash is no part of a name in a path
    EXPECT_EQ(found->container.name, id);
    EXPECT_EQ(found->container.image, "") << id;
  }
}

}  // namespace
}  // namespace squid
