#!/usr/bin/python3
"""What a busy Redis server on loopback loses beside squid-bpf with everything that is on by default: redis-benchmark
with and without it in turns, the medians compared. Every request is four packets that our programs count."""

import argparse
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.cgroups import Cgroup  # noqa: E402
from support.program import program  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

BAR_PERCENT = 2.0
REST_SECONDS = 0.5


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31, help="of both, in turns (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=50_000, help="in each round, with and without (default: %(default)s)")
    parser.add_argument("--bar", type=float, default=BAR_PERCENT, help="loss in percent that fails (default: %(default)s)")
    options = parser.parse_args()
    without, beside, ratios = [], [], []
    with Cgroup("redis") as cgroup, Redis(cgroup) as redis:
        redis.requests_per_second(options.requests)
        for _ in range(options.rounds):
            # After the same rest, or the machine is another one.
            time.sleep(REST_SECONDS)
            without.append(redis.requests_per_second(options.requests))
            with Squid("--flush", "1s") as squid:
                wait_until(lambda: squid.points or squid.process.poll() is not None, "a first report", timeout=30)
                time.sleep(REST_SECONDS)
                beside.append(redis.requests_per_second(options.requests))
            ratios.append(beside[-1] / without[-1])
    loss = 100 * (1 - statistics.median(ratios))
    print(f"redis-benchmark: {statistics.median(without):.0f} requests/s, beside squid-bpf {statistics.median(beside):.0f}: "
          f"loss {loss:.1f} %, bar {options.bar:g}")
    return 0 if loss <= options.bar else 1


sys.exit(main())
