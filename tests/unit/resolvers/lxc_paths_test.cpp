// LXC, LXD, Incus and Proxmox: ids that are names or numbers, and whole systems below them.
#include "support/identity_case.h"

namespace squid {
namespace {

TEST(LxcPaths, Containers) {
  expect_identities("lxc", IdentityKind::kContainer,
                    {{"/lxc/mysql-primary-db", "mysql-primary-db"},
                     {"/lxc/web/init.scope", "web", kNested},
                     {"/lxc/web/lxc/inner", "inner"},
                     {kUser + "/lxc.payload.mine", "mine"},
                     {"/user/1000.user/c2.session/lxc/mine", "mine"},
                     {"/lxc.payload.first", "first"},
                     {"/lxc.payload/first", "first"},
                     {"/lxc.payload.first/lxc.payload.second/init", "second", kNested},
                     {"/lxc.payload.first/init.scope", "first", kNested},
                     {"/lxc.payload.first/system.slice/dev-hugepages.mount", "first", kNested},
                     {"/lxc.payload.first/system.slice/web.service/supervisor", "first", kNested},
                     {"/lxc.payload.gha-fleet_worker/system.slice/actions.runner.one-job.service",
                      "gha-fleet_worker", kNested},
                     {"/lxc/1", "1"}});
}

TEST(LxcPaths, Incus) {
  expect_identities("incus", IdentityKind::kContainer,
                    {{"/incus.slice/incus-web.scope", "web"},
                     {"/incus.slice/incus-web\\x2d1.scope", "web-1"},
                     {"/incus.slice/incus-web.scope/system.slice/ssh.service", "web", kNested}});
}

TEST(LxcPaths, Proxmox) {
  expect_identities("proxmox", IdentityKind::kContainer,
                    {{"/lxc/101", "101"}, {"/lxc/101/ns/system.slice/ssh.service", "101", kNested}});
  expect_identities("proxmox", IdentityKind::kMachine,
                    {{"/qemu.slice/101.scope", "101"}, {"/qemu.slice/101.scope/x", "101", kNested}});
}

TEST(LxcPaths, Nobody) {
  expect_nobody({"/lxc", "/lxc/", "/lxc.payload", "/lxc.payload.", "/lxc.monitor.first", "/lxc.monitor/101",
                 "/lxc.monitor.first/x", "/lxc.pivot", "/incus/web"});
}

}  // namespace
}  // namespace squid
