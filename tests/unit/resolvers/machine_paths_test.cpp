// Machines of systemd and libvirt.
#include "support/identity_case.h"

namespace squid {
namespace {

constexpr IdentityKind kMachine = IdentityKind::kMachine;

TEST(MachinePaths, Nspawn) {
  expect_identities(
      "systemd-nspawn", kMachine,
      {{"/machine.slice/systemd-nspawn@jammy.service", "jammy"},
       {"/machine.slice/systemd-nspawn@jammy.service/payload", "jammy", kNested},
       {"/machine.slice/systemd-nspawn@jammy.service/payload/init.scope", "jammy", kNested},
       {"/machine.slice/systemd-nspawn@my\\x2dbox.service", "my-box"},
       {"/machine.slice/machine-jammy.scope", "jammy"},
       {"/machine.slice/machine-my\\x2dbox.scope/payload/system.slice/ssh.service", "my-box", kNested},
       {"/machine.slice/machine-qemu.scope", "qemu"}});
}

TEST(MachinePaths, Libvirt) {
  expect_identities(
      "libvirt", kMachine,
      {{"/machine.slice/machine-qemu\\x2d1\\x2dopnsense.scope", "opnsense"},
       {"/machine.slice/machine-qemu\\x2d1\\x2dopnsense.scope/libvirt/vcpu0", "opnsense", kNested},
       {"/machine.slice/machine-qemu\\x2d1\\x2dopnsense.scope/libvirt/emulator", "opnsense", kNested},
       {"/machine.slice/machine-qemu\\x2d12\\x2dweb\\x2d1.scope", "web-1"},
       {"/machine.slice/machine-qemu\\x2dweb.scope", "web"},
       {"/machine.slice/machine-lxc\\x2d4711\\x2dbox.scope", "box"},
       {"/machine/vm-one.libvirt-qemu", "vm-one"},
       {"/machine/vm-one.libvirt-qemu/vcpu1", "vm-one", kNested},
       {"/machine/qemu-3-vm-one.libvirt-qemu", "vm-one"},
       {"/machine/box.libvirt-lxc", "box"},
       {"/libvirt/qemu/web", "web"},
       {"/system.slice/libvirtd.service/libvirt/lxc/box", "box"}});
}

TEST(MachinePaths, Nobody) {
  expect_nobody({"/machine", "/machine/.libvirt-qemu", "/libvirt", "/libvirt/qemu", "/libvirt/vcpu0",
                 "/machine.slice/systemd-nspawn@jammy.service/supervisor",
                 "/machine.slice/machine-jammy.scope/supervisor",
                 "/machine.slice/machine-jammy.scope/supervisor/below"});
}

TEST(MachinePaths, Units) {
  expect_identities("systemd", IdentityKind::kUnit,
                    {{"/machine.slice", "machine.slice"},
                     {"/machine.slice/machine-.scope", "machine-.scope"},
                     {"/qemu.slice", "qemu.slice"},
                     {"/qemu.slice/web.scope", "web.scope"},
                     {"/machine.slice/systemd-nspawn@.service", "systemd-nspawn@.service"}});
}

}  // namespace
}  // namespace squid
