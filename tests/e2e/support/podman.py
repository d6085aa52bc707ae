"""A podman of our own: its own storage, its own image, no network. A podman of the host is never touched."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from . import cgroups, image
from .program import PATH, program
from .server import Server
from .waiting import wait_until

IMAGE = "localhost/squid-busybox"
# The limits are lower than ours may be, so that a container may set them without any capability.
CONTAINERS_CONF = """
[engine]
cgroup_manager = "{manager}"
runtime = "{runtime}"
tmp_dir = "{folder}/tmp"
events_logger = "none"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
"""
STORAGE_CONF = """
[storage]
driver = "vfs"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""


MANAGER = "systemd" if cgroups.ARE_SYSTEMDS else "cgroupfs"


def _runtime():
    """crun, which podman would choose, refuses hosts that have v1 and v2."""
    return "runc" if any(cgroups.hierarchies(("cgroup",))) else "crun"


def find_conmons(folder):
    """Those of the podman that keeps its files there."""
    found = []
    for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = cmdline.read_bytes().split(b"\0")
        except OSError:
            continue
        if arguments[0].endswith(b"conmon") and any(os.fsencode(folder) in argument for argument in arguments):
            found.append(cmdline.parent.name)
    return found


class Podman(Server):
    """with Podman() as podman: podman.run("web", "sleep", "100")"""

    def __init__(self):
        if os.geteuid() != 0:
            raise PermissionError("only root can make cgroups for containers")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-podman-"))
        (self.folder / "containers.conf").write_text(CONTAINERS_CONF.format(folder=self.folder, manager=MANAGER, runtime=_runtime()))
        (self.folder / "storage.conf").write_text(STORAGE_CONF.format(folder=self.folder))
        self._ids = []

    def start(self):
        self.cli("import", "--change", "ENV PATH=/bin", "--change", 'CMD ["sleep","600"]', "-", IMAGE,
                 stdin=image.archive())

    def close(self):
        for command in (("pod", "rm", "--all", "--force", "--time=0"), ("rm", "--all", "--force", "--time=0")):
            subprocess.run(self._command(*command), capture_output=True, env=self._environment())
        for path in self._ids:
            cgroups.remove_tree(f"libpod_parent/{path}")
        # Also ours, unless another podman has containers in it. A conmon ends a moment after its container.
        wait_until(lambda: not find_conmons(self.folder), "the end of every conmon")
        cgroups.remove("libpod_parent/conmon")
        cgroups.remove("libpod_parent")
        shutil.rmtree(self.folder, ignore_errors=True)

    def cli(self, *arguments, stdin=None):
        command = self._command(*arguments)
        done = subprocess.run(command, input=stdin, capture_output=True, env=self._environment(), timeout=60)
        if done.returncode:
            raise RuntimeError(f"podman {' '.join(arguments)}: {done.stderr.decode().strip()}")
        return done.stdout.decode().strip()

    def run(self, name, *command, options=()):
        """Starts a container and returns its id."""
        container_id = self.cli("run", "--detach", f"--name={name}", *options, IMAGE, *command)
        self._ids.append(f"libpod-{container_id}")
        return container_id

    def create_pod(self, name):
        pod_id = self.cli("pod", "create", f"--name={name}", f"--infra-image={IMAGE}", "--network=none")
        self._ids.append(pod_id)
        return pod_id

    @staticmethod
    def cgroup_of(container_id):
        if MANAGER == "systemd":
            return f"/machine.slice/libpod-{container_id}.scope"
        return f"/libpod_parent/libpod-{container_id}"

    @staticmethod
    def _command(*arguments):
        return [program("podman"), *arguments]

    def _environment(self):
        return {**os.environ, "PATH": PATH, "CONTAINERS_CONF": str(self.folder / "containers.conf"),
                "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf")}
