"""Cgroups of our own, and those that a runtime leaves behind."""

import contextlib
import os
import pathlib
import time

from .waiting import wait_until

# Who makes cgroups for containers: systemd, or else their runtime.
ARE_SYSTEMDS = pathlib.Path("/run/systemd/system").exists()


def hierarchies(kinds=("cgroup", "cgroup2")):
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.split()[0] in kinds:
            yield pathlib.Path(fields.split()[4])


def unified_root():
    for root in hierarchies(("cgroup2",)):
        return root
    raise RuntimeError("no cgroup2 file system is mounted")


def remove_tree(path):
    """In every hierarchy. What is not empty, or not there, stays as it is."""
    for root in hierarchies():
        for where, _, _ in os.walk(root / path, topdown=False):
            _remove(pathlib.Path(where))


def remove(path):
    for root in hierarchies():
        _remove(root / path)


def _remove(cgroup):
    try:
        cgroup.rmdir()
    except OSError:
        pass


def cpu_ns(path):
    """What has run in it, since it was made."""
    for root in hierarchies(("cgroup",)):
        if (root / path / "cpuacct.usage").exists():
            return int((root / path / "cpuacct.usage").read_text())
    return 1000 * _usage_us(unified_root() / path)


def _usage_us(cgroup_v2):
    fields = dict(line.split() for line in (cgroup_v2 / "cpu.stat").read_text().splitlines())
    return int(fields["usage_usec"])


@contextlib.contextmanager
def everywhere(name):
    """A cgroup at the same path in every hierarchy."""
    path = f"squid-test-{os.getpid()}-{name}"
    try:
        for root in hierarchies():
            (root / path).mkdir()
        yield path
    finally:
        remove(path)


class Cgroup:
    """A cgroup in the v2 hierarchy, which counts CPU time in microseconds also where v1 has the controllers."""

    def __init__(self, name):
        self.path = unified_root() / f"squid-bench-{os.getpid()}-{name}"

    def __enter__(self):
        self.path.mkdir()
        return self

    def __exit__(self, *_):
        # The kernel lets go of it a moment after its last process.
        wait_until(self._removed, f"{self.path} to become empty")

    def inside(self, command):
        """The command that runs `command` in here."""
        return ["sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$@"', "sh", *command]

    def cpu_us(self):
        return _usage_us(self.path)

    def used_us(self, seconds):
        before = self.cpu_us()
        time.sleep(seconds)
        return self.cpu_us() - before

    def _removed(self):
        try:
            self.path.rmdir()
        except OSError:
            return False
        return True
