#!/usr/bin/python3
"""Containers of docker and containerd by crun, and docker's own cgroupfs driver, go by their names: what hosts with
cgroup v1 as well cannot show, for crun refuses them. The arguments are classes, all of them without; podman takes long
where it is emulated."""

import pathlib
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/e2e"))
from support.containerd import Containerd  # noqa: E402
from support.docker import Docker  # noqa: E402
from support.podman import Podman  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

NAMESPACE, ID = "squid-test", "ab" * 32
SLEEP = ("sleep", "600")
NAMES = {"", "docker-by-runc", "docker-by-crun", "containerd-by-crun", "podman-by-crun"}


class Runtimes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.squid = cls.enterClassContext(Squid("--interval", "500ms", "--flush", "2s", "--stats", "cpu.total=count"))
        wait_until(lambda: cls.squid.points, "a first report")

    def assert_is_told(self, name):
        """Its birth and its numbers, and of nobody else: no other name, no id, no cgroup inside of it."""
        self.squid.wait_for(name, "cpu.total", "count")
        self.assertTrue(self.squid.happened(name, "start"))
        self.assertLessEqual(self.squid.containers(), NAMES)


class DockerAndContainerd(Runtimes):
    def test_docker_with_the_cgroupfs_driver(self):
        docker = self.enterContext(Docker(driver="cgroupfs", runtimes=["crun"]))
        by_runc = docker.run("docker-by-runc", *SLEEP)
        by_crun = docker.run("docker-by-crun", *SLEEP, options=("--runtime=crun",))
        for container in (by_runc, by_crun):
            self.assertIn(f"0::/docker/{container.id}\n", pathlib.Path(f"/proc/{container.pid}/cgroup").read_text())
            self.assert_is_told(container.name)
        by_crun.remove()
        wait_until(lambda: self.squid.happened(by_crun.name, "exit"), "its end")

    def test_containerd(self):
        containerd = self.enterContext(Containerd())
        containerd.run(NAMESPACE, ID, *SLEEP, annotations={"nerdctl/name": "containerd-by-crun"}, runtime="crun")
        self.assert_is_told("containerd-by-crun")


class PodmanToo(Runtimes):
    def test_podman(self):
        podman = self.enterContext(Podman())
        podman.run("podman-by-crun", *SLEEP)
        self.assert_is_told("podman-by-crun")


if __name__ == "__main__":
    unittest.main(verbosity=2)
