"""Containers of LXC and machines of systemd-nspawn, of our own: each with a root of its own, and no network."""

import contextlib
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

from . import cgroups
from .program import program
from .server import Server
from .waiting import PATIENCE, wait_until

SLEEP = ("/bin/sleep", "600")
LXC_CONFIG = """\
lxc.rootfs.path = dir:{root}
lxc.uts.name = box
lxc.net.0.type = empty
lxc.apparmor.profile = unconfined
lxc.init.cmd = /bin/sh /begin
"""


class _Machines(Server):
    def start(self):
        if os.geteuid() != 0:
            raise PermissionError("only root can make cgroups for containers")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-machines-"))
        self._busybox = shutil.copy(program("busybox"), self.folder)

    def root_of(self, name):
        return self.folder / "roots" / name

    def make_root(self, name):
        root = self.root_of(name)
        for folder in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr", "var"):
            (root / folder).mkdir(parents=True)
        (root / "etc/os-release").write_text("ID=busybox\n")
        os.link(self._busybox, root / "bin/busybox")
        for applet in ("sh", "sleep"):
            (root / "bin" / applet).symlink_to("busybox")
        return root

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Lxc(_Machines):
    """with Lxc() as lxc: lxc.run("box-1"); lxc.stop("box-1"); lxc.rename("box-1", "crate"); lxc.run("crate")"""

    def __init__(self):
        self._running = set()

    @staticmethod
    def cgroup_of(name):
        return f"lxc.payload.{name}"

    def run(self, name, *command):
        """Starts it, made anew unless it was there before; the command is the one it was made with."""
        folder = self.folder / "containers" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            root = self.make_root(name)
            # LXC does not know quotes.
            (root / "begin").write_text(f"exec {shlex.join(command or SLEEP)}\n")
            (folder / "config").write_text(LXC_CONFIG.format(root=root))
        self._call("start", name)
        self._running.add(name)

    def stop(self, name):
        self._running.remove(name)
        self._call("stop", name, "--kill")

    def rename(self, old, new):
        """As lxc-copy --rename does it, which needs rsync besides."""
        (self.folder / "containers" / old).rename(self.folder / "containers" / new)

    def close(self):
        for name in list(self._running):
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self.stop(name)
        # Where stopped ones wait for their end.
        cgroups.remove("lxc.pivot")
        super().close()

    def _call(self, command, name, *arguments):
        done = subprocess.run([program(f"lxc-{command}"), "-P", self.folder / "containers", "-n", name, *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30 * PATIENCE)
        if done.returncode:
            raise RuntimeError(f"lxc-{command} {name}: {done.stderr}")


class Nspawn(_Machines):
    """with Nspawn() as nspawn: nspawn.run("web-1"); nspawn.stop("web-1")

    Where systemd does not run, we stand in for it, and make the scope in which a machine lives."""

    def __init__(self):
        self._processes = {}

    @staticmethod
    def cgroup_of(name):
        escaped = name.replace("-", r"\x2d")
        return f"machine.slice/machine-{escaped}.scope"

    def run(self, name, *command):
        """Returns when its scope is there, whoever makes it."""
        root = self.root_of(name)
        if not root.exists():
            self.make_root(name)
        spawn = [program("systemd-nspawn"), "--quiet", f"--machine={name}", f"--directory={root}"]
        if not cgroups.ARE_SYSTEMDS:
            spawn = self._inside_of_scope(name, [*spawn, "--register=no", "--keep-unit"])
        self._processes[name] = subprocess.Popen([*spawn, *(command or SLEEP)], stdin=subprocess.DEVNULL,
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self._has_scope(name), f"the scope of {name}")
        # One that is told to end before it is complete leaves its scope behind.
        if cgroups.ARE_SYSTEMDS:
            wait_until(lambda: self._runs_inside(name), f"a program in {name}")

    def rename(self, old, new):
        self.root_of(old).rename(self.root_of(new))

    def stop(self, name):
        """Returns when its scope is gone."""
        machine = self._processes.pop(name)
        machine.terminate()
        machine.wait(20 * PATIENCE)
        wait_until(lambda: self._scope_ended(name), f"the end of {name}")

    def close(self):
        for name in list(self._processes):
            self.stop(name)
        if not cgroups.ARE_SYSTEMDS:
            cgroups.remove("machine.slice")
        super().close()

    def _inside_of_scope(self, name, command):
        enter = ""
        for root in cgroups.hierarchies():
            scope = root / self.cgroup_of(name)
            scope.mkdir(parents=True)
            # A new cpuset of v1 takes no process before it has CPUs and memory.
            if not (scope / "cpuset.cpus").exists():
                enter += f"echo $$ > '{scope}/cgroup.procs'; "
        return ["sh", "-c", enter + 'exec "$@"', "sh", *command]

    def _has_scope(self, name):
        return any((root / self.cgroup_of(name)).exists() for root in cgroups.hierarchies())

    def _runs_inside(self, name):
        try:
            inside = (cgroups.unified_root() / self.cgroup_of(name) / "payload/cgroup.procs").read_text().split()
            return any(os.readlink(f"/proc/{process}/exe").endswith("/busybox") for process in inside)
        except FileNotFoundError:  # not yet
            return False

    def _scope_ended(self, name):
        if not cgroups.ARE_SYSTEMDS:
            cgroups.remove_tree(self.cgroup_of(name))
        return not self._has_scope(name)
