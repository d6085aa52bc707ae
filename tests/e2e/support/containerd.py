"""A containerd of our own, with its own image and no network. A containerd of the host is never touched."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from . import cgroups, image
from .program import PATH, program
from .server import Server
from .waiting import wait_until

IMAGE = "squid.test/busybox:1"


class Containerd(Server):
    """with Containerd() as containerd: containerd.run("default", "web", "sleep", "100")"""

    def __init__(self, config='version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'):
        if os.geteuid() != 0:
            raise PermissionError("only root can start a containerd of its own")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-containerd-"))
        self.socket = self.folder / "containerd.sock"
        self._config = config
        self._log = open(self.folder / "log", "wb")
        self._daemon = None
        self._tasks = []  # (namespace, id)

    def close(self):
        for namespace, task in self._tasks:
            self._try("--namespace", namespace, "task", "delete", "--force", task)
        if self._daemon:
            self._daemon.terminate()
            self._daemon.wait(15)
        self._log.close()
        for namespace, task in self._tasks:
            cgroups.remove_tree(f"{namespace}/{task}")
        # Also these, unless another containerd has containers in them.
        for namespace in {namespace for namespace, _ in self._tasks}:
            cgroups.remove(namespace)
        shutil.rmtree(self.folder, ignore_errors=True)

    def cli(self, *arguments, stdin=None):
        done = self._try(*arguments, stdin=stdin)
        if done.returncode:
            raise RuntimeError(f"ctr {' '.join(arguments)}: {done.stderr.decode().strip()}")

    def run(self, namespace, name, *command, annotations=(), runtime="runc"):
        """Starts a container that stays, and returns when its first process runs."""
        if namespace not in {used for used, _ in self._tasks}:
            self.import_image(namespace)
        self._tasks.append((namespace, name))
        options = [f"--annotation={key}={value}" for key, value in dict(annotations).items()]
        self.cli("--namespace", namespace, "run", "--detach", "--snapshotter=native", f"--runc-binary={program(runtime)}",
                 *options, IMAGE, name, *command)

    def remove(self, namespace, name):
        self.cli("--namespace", namespace, "task", "delete", "--force", name)
        self.cli("--namespace", namespace, "containers", "delete", name)

    def import_image(self, namespace):
        self.cli("--namespace", namespace, "images", "import", "--snapshotter=native", "-",
                 stdin=image.oci_layout(IMAGE))

    def start(self):
        config = self.folder / "containerd.toml"
        config.write_text(self._config)
        command = [program("containerd"), f"--config={config}", f"--address={self.socket}",
                   f"--root={self.folder}/root", f"--state={self.folder}/state", "--log-level=error"]
        self._daemon = subprocess.Popen(command, stdout=self._log, stderr=self._log,
                                        env={**os.environ, "PATH": PATH}, start_new_session=True)
        wait_until(lambda: self.socket.exists() or self._daemon.poll() is not None, f"{self.socket}")
        self.cli("version")

    def _try(self, *arguments, stdin=None):
        command = [program("ctr"), f"--address={self.socket}", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=60)
