#!/usr/bin/python3
"""Nothing is lost, counted twice or leaps where the ground moves: CPUs go offline and come back, the numbers of those
that are left have a gap, and a process goes from one cgroup to another.

For a machine of its own with three CPUs and pure cgroup v2."""

import pathlib
import socket
import subprocess
import sys
import time
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/e2e"))
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

CGROUPS = pathlib.Path("/sys/fs/cgroup")
CPUS = pathlib.Path("/sys/devices/system/cpu")
OPTIONS = ("--cgroups", "all", "--interval", "200ms", "--flush", "1s", "--stats", "none", "--stats", "cpu.total=count",
           "--stats", "cpu.percent_of_core=lower,upper", "--stats", "sockets.tx_packets=count")
WORKERS = 2
# Counts and burns CPU until it is told to stop. A word on its standard input is an order: "socket" makes a new one.
WORK = """
import select, socket, sys
sender, sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
while True:
    if select.select([sys.stdin], [], [], 0)[0]:
        if sys.stdin.readline() != "socket\\n":
            break
        print(sent, flush=True)
        sender, sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
    sent += sender.sendto(b"x", ("127.0.0.1", int(sys.argv[1]))) == 1
    sum(range(2000))
print(sent)
"""


def switch(cpu, online):
    (CPUS / f"cpu{cpu}/online").write_text(str(int(online)))


def cpu_ns(cgroup):
    return 1000 * int((cgroup / "cpu.stat").read_text().split()[1])


class Moves(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        receiver = cls.enterClassContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        receiver.bind(("127.0.0.1", 0))
        cls.port = receiver.getsockname()[1]
        switch(1, False)
        assert (CPUS / "online").read_text() == "0,2\n", "the machine has three CPUs"
        cls.squid = cls.enterClassContext(Squid(*OPTIONS))
        wait_until(lambda: cls.squid.points, "a first report")

    def cgroup(self, name):
        path = CGROUPS / name
        path.mkdir()
        self.addCleanup(path.rmdir)
        return path

    def work_in(self, cgroup):
        worker = subprocess.Popen(
            ["sh", "-c", f'echo $$ > {cgroup}/cgroup.procs && exec "$@"', "sh", sys.executable, "-c", WORK, str(self.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(worker.kill)
        return worker

    def values(self, cgroup, metric, stat):
        return [value for _, value in self.squid.series(f"/{cgroup.name}", metric, stat)]

    def assert_counted(self, cgroup, sent):
        """To the last microsecond that the kernel counted, and to the last packet that was sent."""
        def told():
            return (sum(self.values(cgroup, "cpu.total", "count")),
                    sum(self.values(cgroup, "sockets.tx_packets", "count")))

        used = cpu_ns(cgroup)
        self.assertGreater(used, 2e8)
        self.assertGreater(sent, 100)
        wait_until(lambda: abs(told()[0] - used) < 1e6 and told()[1] == sent,
                   lambda: f"{used} ns and {sent} packets in {cgroup.name}; told are {told()}", 10)

    def assert_no_leaps(self, cgroup):
        uppers = self.values(cgroup, "cpu.percent_of_core", "upper")
        self.assertGreater(len(uppers), 3)
        self.assertLess(max(uppers), 100 * WORKERS * 1.25)
        self.assertGreaterEqual(min(self.values(cgroup, "cpu.percent_of_core", "lower")), 0)

    def test_cpus_come_and_go(self):
        """One of them is missing when squid-bpf begins."""
        busy = self.cgroup("busy")
        workers = [self.work_in(busy) for _ in range(WORKERS)]
        wait_until(lambda: len(self.values(busy, "cpu.total", "count")) > 1, "numbers")
        for cpu, online in ((1, True), (2, False), (1, False), (2, True), (1, True)):
            switch(cpu, online)
            time.sleep(0.7)
        sent = sum(int(worker.communicate("stop\n")[0]) for worker in workers)
        self.assert_counted(busy, sent)
        self.assert_no_leaps(busy)

    def test_a_process_changes_its_cgroup(self):
        left, right = self.cgroup("left"), self.cgroup("right")
        worker = self.work_in(left)
        wait_until(lambda: sum(self.values(left, "cpu.total", "count")) > 3e8, "numbers")
        (right / "cgroup.procs").write_text(str(worker.pid))
        # The kernel counts what a socket sends where the socket was made.
        worker.stdin.write("socket\n")
        worker.stdin.flush()
        in_left = int(worker.stdout.readline())
        wait_until(lambda: sum(self.values(right, "cpu.total", "count")) > 3e8, "numbers")
        in_right = int(worker.communicate("stop\n")[0])
        self.assert_counted(left, in_left)
        self.assert_counted(right, in_right)


if __name__ == "__main__":
    unittest.main(verbosity=2)
