#!/usr/bin/python3
"""What others lose beside squid-bpf with everything that is on by default, with and without it in turns: a busy Redis
server on loopback, of which every request is four packets that our programs count; and whoever makes and removes
cgroups."""

import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.cgroups import Cgroup, unified_root  # noqa: E402
from support.program import program  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

BAR_PERCENT = 1.0
REST_SECONDS = 0.5
CHURN_SECONDS = 1.0


class Redis:
    """A server of our own, in a cgroup as a container's would be, that keeps nothing on disk."""

    def __init__(self, cgroup):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="squid-redis-")
        self._process = subprocess.Popen(
            cgroup.inside([program("redis-server"), "--port", str(self.port), "--save", "", "--dir", self._folder.name]),
            stdout=subprocess.DEVNULL)

    def __enter__(self):
        wait_until(self._answers, "an answer of the Redis server")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def _answers(self):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def requests_per_second(self, requests):
        command = [program("redis-benchmark"), "-p", str(self.port), "-t", "get", "-n", str(requests), "-c", "20", "--csv"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.splitlines()[-1].split(",")[1].strip('"'))


def cgroups_per_second(seconds):
    """Made and removed again, as a runtime does it for each container; each is a birth and a death to tell of."""
    path = unified_root() / f"squid-bench-{os.getpid()}-churn"
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        path.mkdir()
        path.rmdir()
        count += 1
    return count / (time.perf_counter() - start)


def measure(work, rounds):
    """Medians of the work's figure without us and beside us, and of the ratio within each round."""
    without, beside = [], []
    work()
    for _ in range(rounds):
        # After the same rest, or the machine is another one.
        time.sleep(REST_SECONDS)
        without.append(work())
        with Squid("--flush", "1s") as squid:
            wait_until(lambda: squid.points or squid.process.poll() is not None, "a first report", timeout=30)
            time.sleep(REST_SECONDS)
            beside.append(work())
    ratio = statistics.median(ours / bare for ours, bare in zip(beside, without))
    return statistics.median(without), statistics.median(beside), ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31, help="of both, in turns (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=50_000, help="in each round, with and without (default: %(default)s)")
    parser.add_argument("--bar", type=float, default=BAR_PERCENT,
                        help="percent of Redis's requests, lost, that fail (default: %(default)s)")
    options = parser.parse_args()
    with Cgroup("redis") as cgroup, Redis(cgroup) as redis:
        bare, ours, ratio = measure(lambda: redis.requests_per_second(options.requests), options.rounds)
    loss = 100 * (1 - ratio)
    print(f"redis-benchmark: {bare:.0f} requests/s, beside squid-bpf {ours:.0f}: loss {loss:.1f} %, bar {options.bar:g}",
          flush=True)
    bare, ours, _ = measure(lambda: cgroups_per_second(CHURN_SECONDS), options.rounds)
    print(f"mkdir and rmdir of a cgroup: {1e6 / bare:.1f} us, beside squid-bpf {1e6 / ours:.1f} us: "
          f"{1e6 / ours - 1e6 / bare:+.1f} us for a life that is told")
    return 0 if loss <= options.bar else 1


sys.exit(main())
