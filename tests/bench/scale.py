#!/usr/bin/python3
"""What squid-bpf costs as a whole when there are many cgroups, or when it samples often.

Makes idle cgroups in every hierarchy that accounts for something, lets squid-bpf watch them all with a graphite sink
that is read and thrown away, and prints its own numbers (squid.pass.cpu_ns) next to what the kernel says it used.
The rest of the CPU time is the flush: aggregation, encoding and sending.
"""

import argparse
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from collectors import GraphiteServer  # noqa: E402
from support.squid import binary  # noqa: E402
from support.waiting import wait_until  # noqa: E402

FLUSH = 10.0
STARTS = 3  # of which the median counts
CONTROLLERS = {"cpu", "cpuacct", "memory", "pids"}
# (cgroups, interval in milliseconds, most milliseconds to the first sample, most percent of a core for sampling, most
# megabytes)
CASES = [(100, 10, 300.0, 5.0, None), (100, 1000, 300.0, None, None), (1000, 1000, 300.0, None, 24.0),
         (10000, 1000, None, 4.0, None)]


def hierarchies():
    """Root directories of cgroup v2 and of the v1 hierarchies that squid-bpf reads."""
    roots = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and CONTROLLERS & set(re.split("[ ,]", options))):
            roots.append(pathlib.Path(left.split()[4]))
    return roots


class Cgroups:
    def __init__(self, count):
        self._parents = [root / f"squid-scale-{os.getpid()}" for root in hierarchies()]
        self._count = count

    def __enter__(self):
        for parent in self._parents:
            parent.mkdir()
            controllers = parent.parent / "cgroup.controllers"
            if controllers.exists():
                for name in CONTROLLERS & set(controllers.read_text().split()):
                    (parent / "cgroup.subtree_control").write_text(f"+{name}")
            for number in range(self._count):
                (parent / f"idle-{number:05}").mkdir()
        return self

    def __exit__(self, *_):
        for parent in self._parents:
            for number in range(self._count):
                (parent / f"idle-{number:05}").rmdir()
            parent.rmdir()


class OwnNumbers(GraphiteServer):
    """Keeps what squid-bpf says about itself, of the last one that connected."""

    def __init__(self):
        self.own = {}
        super().__init__()

    def read(self, connection):
        self.own.clear()
        tail = b""
        while chunk := connection.recv(1 << 20):
            text = tail + chunk
            tail = text[text.rfind(b"\n") + 1:]
            for name, value in re.findall(rb"^squid\.bench\.(squid\.\S+)\.last (\S+) ", text, re.MULTILINE):
                self.own[name.decode()] = float(value)


def status_bytes(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)[1])


def cpu_ns(pid):
    return sum(int(task.joinpath("schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def start(command):
    """The daemon, and after how many milliseconds it had its first sample."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    first = re.search(r"([\d.]+) ms after start", process.stderr.readline())
    if first is None:
        end(process)
        sys.exit("squid-bpf did not start as it should")
    return process, float(first[1])


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def measure(count, interval_ms, window, arguments):
    with Cgroups(count):
        server = OwnNumbers()
        command = [binary(), "--host", "bench", "--cgroups", "all", "--interval", f"{interval_ms}ms",
                   "--flush", f"{FLUSH:g}s", "--log-level", "debug", "--sink", f"graphite:127.0.0.1:{server.port}", *arguments]
        first_ms = []
        for _ in range(STARTS - 1):
            process, elapsed = start(command)
            end(process)
            first_ms.append(elapsed)
        process, elapsed = start(command)
        first_ms.append(elapsed)
        try:
            # From one flush to another, so that each window has as many flushes as it is long.
            wait_until(lambda: "squid.pass.cpu_ns" in server.own, "a first report", timeout=4 * FLUSH)
            before = cpu_ns(process.pid)
            started = time.monotonic()
            time.sleep(window)
            used = cpu_ns(process.pid) - before
            seconds = time.monotonic() - started
            rss = status_bytes(process.pid, "VmRSS")
        finally:
            end(process)
        own = server.own
    watched = own["squid.containers.watched"]
    if watched < count:
        sys.exit(f"only {watched:.0f} of {count} cgroups were watched: the run does not count")
    return {
        "cgroups": watched,
        "first_ms": statistics.median(first_ms),
        "pass_us": own["squid.pass.cpu_ns"] / 1e3,
        "sampling": own["squid.pass.cpu_ns"] / (interval_ms * 1e6) * 100,
        "total": used / (seconds * 1e9) * 100,
        "missed": own["squid.pass.missed"],
        "rss_mb": rss / 1e6,
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--window", type=float, default=20, metavar="S", help="seconds for each case (20)")
    parser.add_argument("--slack", type=float, default=1, metavar="X", help="multiply every bar by this (1)")
    parser.add_argument("squid", nargs="*", metavar="-- SQUID-BPF ARGUMENTS")
    return parser.parse_args()


def main():
    options = parse_arguments()
    print(f"{'cgroups':>8} {'interval':>9} {'first sample':>13} {'pass':>10} {'per cgroup':>11} {'sampling':>10} "
          f"{'flush':>8} {'RSS':>9}  bars")
    missed_bars = []
    for count, interval_ms, *limits in CASES:
        got = measure(count, interval_ms, options.window, options.squid)
        measured = (("first sample", got["first_ms"], "ms"), ("sampling", got["sampling"], "%"), ("RSS", got["rss_mb"], "MB"))
        bars = [(f"{name} {limit:g} {unit}", value, limit)
                for (name, value, unit), limit in zip(measured, limits) if limit is not None]
        broken = [name for name, value, bar in bars if value > bar * options.slack]
        missed_bars += broken
        print(f"{got['cgroups']:>8.0f} {interval_ms:>6} ms {got['first_ms']:>10.0f} ms {got['pass_us']:>7.0f} us "
              f"{got['pass_us'] / got['cgroups']:>8.2f} us {got['sampling']:>8.2f} % "
              f"{max(0.0, got['total'] - got['sampling']):>6.2f} % {got['rss_mb']:>6.1f} MB  "
              f"{', '.join(name for name, _, _ in bars)}{': MISSED ' + ', '.join(broken) if broken else ''}", flush=True)
    print("pass, sampling: CPU time from the walk to the aggregator; flush: the rest, encoding and sending included")
    if missed_bars:
        sys.exit("a bar is missed")


if __name__ == "__main__":
    main()
