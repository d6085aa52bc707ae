// systemd's units, where nobody else is at home.
#include "support/identity_case.h"

namespace squid {
namespace {

TEST(UnitPaths, Units) {
  expect_identities(
      "systemd", IdentityKind::kUnit,
      {{"/system.slice", "system.slice"},
       {"/system.slice/ssh.service", "ssh.service"},
       {"/system.slice/system-postgresql.slice/postgresql@9.4-main.service", "postgresql@9.4-main.service"},
       {"/system.slice/system-serial\\x2dgetty.slice", "system-serial-getty.slice"},
       {"/system.slice/dbus.socket", "dbus.socket"},
       {"/system.slice/containerd.service/shim", "containerd.service", kNested},
       {"/system.slice/kepler.service/runtime", "kepler.service", kNested},
       {"/user.slice/user-0.slice/session-14.scope", "session-14.scope"},
       {kUser, "user@1000.service"},
       {kUser + "/app.slice/app-gnome-firefox-4321.scope", "app-gnome-firefox-4321.scope"},
       {"/system.slice/_cpu.service", "cpu.service"},
       {"/system.slice/a\\x00b.service", std::string("a\0b.service", 11)},
       {"/system.slice/a\\xzz\\x2.service", "a\\xzz\\x2.service"},
       {"/runtime.slice/kubelet.service", "kubelet.service"},
       {"/azure.slice/walinuxagent.service", "walinuxagent.service"},
       {"/supervisor.slice/supervisor", "supervisor.slice", kNested}});
}

TEST(UnitPaths, Nobody) {
  expect_nobody({"", "/", "//", "/..", "/../..", "/init", "/init.scope", "/init.scope/x",
                 kUser + "/init.scope", "/.service", "/_.service", "/system/dashboard", "/service",
                 "/system.slice/dev-hugepages.mount",
                 "/system.slice/var-lib-docker-containers-" + kId + "-shm.mount",
                 "/system.slice/dev-sda2.swap", "/system.slice/kepler.service/supervisor"});
}

TEST(HelperPaths, Nobody) {
  const std::string pod_slice = "/kubepods.slice/kubepods-pod" + kPodInSlice + ".slice";
  expect_nobody({"/machine.slice/libpod-conmon-" + kId + ".scope", "/libpod_parent/libpod-conmon-" + kId,
                 kUser + "/user.slice/libpod-conmon-" + kId + ".scope",
                 "/machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-conmon-" + kId + ".scope",
                 "/system.slice/crio-conmon-" + kId + ".scope", pod_slice + "/crio-conmon-" + kId + ".scope",
                 "/kubepods/pod" + kPod + "/crio-conmon-" + kId, pod_slice + "/var-x.mount",
                 kUser + "/user.slice/podman-pause-1f2e3d4c.scope"});
}

}  // namespace
}  // namespace squid
