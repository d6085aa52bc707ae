"""A Docker of one's own: containerd and dockerd started by hand, in a folder of their own, ended by pid.

It never touches a Docker that runs on the host, needs no registry (its one image is busybox, imported) and no
network, and removes the cgroups that its containers may leave behind.
"""

import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from . import cgroups, image
from .program import PATH, program
from .server import Server
from .waiting import wait_until

IMAGE = "squid-busybox"


class Container:
    def __init__(self, docker, name, container_id):
        self.docker = docker
        self.name = name
        self.id = container_id
        self.pid = int(docker.cli("inspect", "--format", "{{.State.Pid}}", container_id))

    def pids(self):
        """All its processes, as the host numbers them: those in the cgroup of the first one, or below."""
        mine = _cgroup_of(self.pid)
        return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and _cgroup_of(int(entry)) == mine]

    def remove(self):
        self.docker.cli("rm", "--force", self.id)


def _cgroup_of(pid):
    """The path in the pids hierarchy, or in the unified one where that is the only one."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    paths = dict(line.split(":", 2)[1:] for line in lines)
    return paths.get("pids", paths.get(""))


class Docker(Server):
    """with Docker() as docker: docker.run("web", "sleep", "100")

    The daemons and all that they start, except for the containers, run in `cgroup` if one is given."""

    def __init__(self, cgroup=None, driver="cgroupfs", runtimes=()):
        if os.geteuid() != 0:
            raise PermissionError("only root can start a Docker of its own")
        self._cgroup = cgroup
        self._driver = driver
        self._runtimes = runtimes  # beside runc, for `docker run --runtime`
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-docker-"))
        self.data_root = self.folder / "data"
        self.socket = self.folder / "docker.sock"
        self.ids = []
        self._daemons = []  # in the order of their start
        self._log = open(self.folder / "log", "wb")

    def start(self):
        self._start_containerd()
        self._start_dockerd()
        self.import_image(IMAGE, image.archive(), "ENV PATH=/bin")

    def close(self):
        if self._alive() and self.ids:
            # In one go: each removal on its own takes as long as all of them together.
            subprocess.run(self.command("rm", "--force", *self.ids), capture_output=True)
        for daemon in reversed(self._daemons):
            self._end(daemon)
        self._log.close()
        self._unmount()
        self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cli(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def run(self, name, *command, options=()):
        """Starts a container and returns when its first process runs."""
        container_id = self.cli("run", "--detach", "--network=none", f"--name={name}", *options, IMAGE, *command)
        self.ids.append(container_id)
        return Container(self, name, container_id)

    def cgroup_of(self, container_id):
        return f"system.slice/docker-{container_id}.scope" if self._driver == "systemd" else f"docker/{container_id}"

    def stats_command(self):
        return self.command("stats", "--no-trunc")

    @property
    def daemon_pids(self):
        return [daemon.pid for daemon in self._daemons]

    def command(self, *arguments):
        return [program("docker"), "--host", f"unix://{self.socket}", *arguments]

    def _alive(self):
        return len(self._daemons) == 2 and all(daemon.poll() is None for daemon in self._daemons)

    def _spawn(self, *command):
        environment = {**os.environ, "PATH": PATH}
        if self._cgroup:
            command = self._cgroup.inside(command)
        daemon = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=environment, start_new_session=True)
        self._daemons.append(daemon)
        return daemon

    def _wait_for(self, daemon, name, path):
        def ready():
            if daemon.poll() is not None:
                raise RuntimeError(f"{name} ended with {daemon.returncode}: {self._log_end()}")
            return path.exists()

        wait_until(ready, f"{name} makes {path}")

    def _log_end(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def _start_containerd(self):
        config = self.folder / "containerd.toml"
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        socket = self.folder / "containerd.sock"
        daemon = self._spawn(
            program("containerd"), f"--config={config}", f"--address={socket}",
            f"--root={self.folder}/containerd", f"--state={self.folder}/containerd-state", "--log-level=error")
        self._wait_for(daemon, "containerd", socket)

    def _start_dockerd(self):
        daemon = self._spawn(
            program("dockerd"), f"--data-root={self.data_root}", f"--exec-root={self.folder}/exec",
            f"--host=unix://{self.socket}", f"--pidfile={self.folder}/dockerd.pid",
            f"--containerd={self.folder}/containerd.sock", "--bridge=none", "--iptables=false", "--ip6tables=false",
            f"--config-file={self._daemon_config()}", "--log-level=error")
        self._wait_for(daemon, "dockerd", self.socket)
        self.cli("version")

    def _daemon_config(self):
        # Else dockerd would read the host's /etc/docker/daemon.json.
        config = self.folder / "daemon.json"
        config.write_text(json.dumps({"exec-opts": [f"native.cgroupdriver={self._driver}"],
                                      "runtimes": {name: {"path": program(name)} for name in self._runtimes}}))
        return config

    def import_image(self, name, archive, change):
        """`archive` is its file system as bytes of tar, `change` a line of a Dockerfile."""
        command = self.command("import", "--change", change, "-", name)
        subprocess.run(command, input=archive, capture_output=True, check=True)

    def _end(self, daemon):
        daemon.terminate()
        try:
            daemon.wait(15)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _unmount(self):
        """What a killed daemon leaves mounted, the innermost first."""
        mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in reversed(mounts):
            if mount.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", mount], capture_output=True)

    def _remove_cgroups(self):
        for container_id in self.ids:
            cgroups.remove_tree(f"docker/{container_id}")
        # Also ours, unless another Docker has containers in it.
        cgroups.remove("docker")
