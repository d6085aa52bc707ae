"""Containers of LXC and machines of systemd-nspawn, of our own: each with a root of its own, and no network."""

import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from . import cgroups, image
from .program import program
from .server import Server
from .waiting import PATIENCE, wait_until

SLEEP = ("/bin/sleep", "600")
LXC_CONFIG = """\
lxc.rootfs.path = dir:{root}
lxc.uts.name = box
lxc.net.0.type = empty
lxc.apparmor.profile = unconfined
lxc.init.cmd = {command}
"""


class _Machines(Server):
    def start(self):
        if os.geteuid() != 0:
            raise PermissionError("only root can make cgroups for containers")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-machines-"))

    def make_root(self, name):
        root = self.folder / f"root-of-{name}"
        with tarfile.open(fileobj=io.BytesIO(image.archive())) as archive:
            archive.extractall(root)
        for folder in ("dev", "etc", "proc", "run", "sys", "tmp", "usr", "var"):
            (root / folder).mkdir()
        (root / "etc/os-release").write_text("ID=busybox\n")
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
            words = " ".join(command or SLEEP)
            (folder / "config").write_text(LXC_CONFIG.format(root=self.make_root(name), command=words))
        self._call("start", name)
        self._running.add(name)

    def stop(self, name):
        self._call("stop", name, "--kill")
        self._running.remove(name)

    def rename(self, old, new):
        """As lxc-copy --rename does it, which needs rsync besides."""
        (self.folder / "containers" / old).rename(self.folder / "containers" / new)

    def close(self):
        for name in list(self._running):
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
        """Returns at once: its scope is made a moment later, where systemd makes it."""
        root = self.folder / f"root-of-{name}"
        if not root.exists():
            self.make_root(name)
        spawn = [program("systemd-nspawn"), "--quiet", f"--machine={name}", f"--directory={root}"]
        if not cgroups.ARE_SYSTEMDS:
            spawn = self._inside_of_scope(name, [*spawn, "--register=no", "--keep-unit"])
        self._processes[name] = subprocess.Popen([*spawn, *(command or SLEEP)], stdin=subprocess.DEVNULL,
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self, name):
        """Returns when its scope is gone."""
        machine = self._processes.pop(name)
        machine.terminate()
        machine.wait(20 * PATIENCE)
        wait_until(lambda: self._has_no_scope(name), f"the end of {name}")

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

    def _has_no_scope(self, name):
        if not cgroups.ARE_SYSTEMDS:
            cgroups.remove_tree(self.cgroup_of(name))
        return not any((root / self.cgroup_of(name)).exists() for root in cgroups.hierarchies())
