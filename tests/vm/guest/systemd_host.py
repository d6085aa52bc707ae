#!/usr/bin/python3
"""What only a host shows whose first process is systemd and whose root may do everything: the package's service with
all its hardening, containers in systemd's scopes, and a container with --privileged.

For a machine that is thrown away afterwards: it installs the package that is its first argument. The second one is a
file with squid-bpf's image."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/e2e"))
from support import product_image  # noqa: E402
from support.docker import Docker  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import PATIENCE, wait_until  # noqa: E402

PACKAGE = sys.argv.pop(1)
IMAGE_FILE = sys.argv.pop(1)
CONFIG = pathlib.Path("/etc/squid-bpf/squid-bpf.json")
REPORTS = {"sink": ["stdout:json"], "interval": "500ms", "flush": "2s", "cost": True}
NEXT_TO_NOTHING = ("--interval", "500ms", "--flush", "2s", "--stats", "cpu.total=count")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * PATIENCE)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def points_in(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]


class Service(unittest.TestCase):
    def setUp(self):
        self.addCleanup(subprocess.run, ["dpkg", "--purge", "squid-bpf"], capture_output=True)
        # Where this host is a container itself, it keeps packages from starting services.
        pathlib.Path("/usr/sbin/policy-rc.d").unlink(missing_ok=True)
        run("dpkg", "--install", PACKAGE)

    def shown(self, name):
        return run("systemctl", "show", "--value", f"--property={name}", "squid-bpf").strip()

    def journal(self):
        return run("journalctl", "--unit=squid-bpf", "--output=cat", "--no-pager")

    def wait_for_point(self, metric):
        wait_until(lambda: [p for p in points_in(self.journal()) if p["metric"] == metric and p["value"] > 0], self.journal)

    def test_life(self):
        self.assertEqual((self.shown("UnitFileState"), self.shown("ActiveState")), ("enabled", "active"))
        CONFIG.write_text(json.dumps(REPORTS))
        run("systemctl", "restart", "squid-bpf")
        self.wait_for_point("squid.bpf.runs")
        said = "".join(line for line in self.journal().splitlines() if not line.startswith("{"))
        self.assertNotRegex(said, "not in use|not permitted|denied", "the unit takes too much away")

        CONFIG.write_text(json.dumps({**REPORTS, "percent": [50]}))
        run("systemctl", "reload", "squid-bpf")
        self.wait_for_point("squid.reload.ok")

        self.hang_until_the_watchdog_bites()
        run("systemctl", "stop", "squid-bpf")
        self.assertEqual(self.shown("Result"), "success")
        run("dpkg", "--purge", "squid-bpf")
        self.assertFalse(CONFIG.exists())
        self.assertFalse(pathlib.Path("/var/lib/squid-bpf").exists())

    def hang_until_the_watchdog_bites(self):
        folder = pathlib.Path("/run/systemd/system/squid-bpf.service.d")
        folder.mkdir(parents=True)
        folder.joinpath("soon.conf").write_text("[Service]\nWatchdogSec=8\nTimeoutAbortSec=1\nRestartSec=100ms\n")
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "squid-bpf")
        os.kill(int(self.shown("MainPID")), signal.SIGSTOP)
        wait_until(lambda: self.shown("NRestarts") == "1" and self.shown("ActiveState") == "active", "a new start")


class Containers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.docker = cls.enterClassContext(Docker(driver="systemd"))

    def test_docker_in_a_scope(self):
        with Squid(*NEXT_TO_NOTHING, "--groups", "slice") as squid:
            wait_until(lambda: squid.points, "a first report")
            web = self.docker.run("web", "sleep", "600")
            self.assertIn(f"/system.slice/docker-{web.id}.scope", pathlib.Path(f"/proc/{web.pid}/cgroup").read_text())
            squid.wait_for("web", "cpu.total", "count")
            self.assertTrue(squid.happened("web", "start"))
            web.remove()
            wait_until(lambda: squid.happened("web", "exit"), "its end")
        self.assertIn("system.slice", {point.get("name") for point in squid.points if point.get("group") == "slice"})

    def test_a_machine(self):
        root = pathlib.Path(os.environ["TMPDIR"], "machine")
        for folder in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr", "var"):
            (root / folder).mkdir(parents=True)
        run("cp", run("which", "busybox").strip(), str(root / "bin/sleep"))
        (root / "etc/os-release").write_text("ID=busybox\n")
        with Squid(*NEXT_TO_NOTHING) as squid:
            machine = subprocess.Popen(["systemd-nspawn", "--quiet", "--machine=web-1", f"--directory={root}",
                                        "/bin/sleep", "600"], stdin=subprocess.DEVNULL)
            try:
                squid.wait_for("web-1", "cpu.total", "count")
            finally:
                machine.terminate()
                machine.wait()

    def test_privileged(self):
        web = self.docker.run("plain", "sleep", "600")
        self.docker.cli("load", "--quiet", f"--input={IMAGE_FILE}")
        # Names are in docker's folder, which is not where it would be on a host of its own.
        options = ["--privileged", "--pid=host", "--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro",
                   "--network=none", "--read-only", f"--volume={self.docker.folder}:{self.docker.folder}:ro"]
        said = self.docker.cli("run", "--rm", *options, product_image.NAME, "check")
        self.assertIn("What could be better: nothing.", said)
        container_id = self.docker.cli("run", "--detach", "--name=squid", *options, product_image.NAME,
                                       "--sink", "stdout:json", *NEXT_TO_NOTHING)
        self.docker.ids.append(container_id)
        for name in ("squid", web.name):
            wait_until(lambda name=name: [p for p in points_in(self.docker.cli("logs", container_id))
                                          if p.get("container") == name], f"numbers of {name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
