#!/usr/bin/python3
"""What others lose beside squid-bpf with everything that is on by default: a busy Redis server, of which every request is
four packets that our programs count, on loopback and between two containers on a bridge; and whoever makes and removes
cgroups.

From one second to the next a machine differs by more than we cost. So Redis is busy without a pause, and meanwhile the
programs that see packets are attached and detached many times a second; next to them a pair that does nothing, which tells
what the kernel itself takes for calling any.
"""

import argparse
import contextlib
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "e2e"))
sys.path.insert(0, str(HERE))
from networks import between_containers, on_loopback  # noqa: E402
from packet_programs import empty_pair, pair_of  # noqa: E402
from support.cgroups import Cgroup, unified_root  # noqa: E402
from support.network_namespace import in_namespace  # noqa: E402
from support.ports import free_tcp_port  # noqa: E402
from support.program import program  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

BAR_PERCENT = 2.0
# What the kernel does after an attachment, such as patching its own code, is over by then.
SETTLE_SECONDS = 0.01
SLOT_SECONDS = 0.04
REST_SECONDS = 0.5
CHURN_SECONDS = 1.0


def pinned(cpu, command):
    """Two busy processes that the scheduler moves about would be most of what is measured."""
    return [program("taskset"), "--cpu-list", str(cpu % os.cpu_count()), *command]


class BusyRedis:
    """A server of our own, in a cgroup as a container's would be, that keeps nothing on disk and is never idle."""

    def __init__(self, cgroup, network):
        self._folder = tempfile.TemporaryDirectory(prefix="squid-redis-")
        self._network, self._port = network, str(free_tcp_port())
        server = [program("redis-server"), "--bind", network.address, "--port", self._port, "--save", "", "--dir",
                  self._folder.name, "--protected-mode", "no"]
        self._server = subprocess.Popen(cgroup.inside(network.inside(network.server, pinned(0, server))),
                                        stdout=subprocess.DEVNULL)
        self._console = wait_until(lambda: in_namespace(network.server, self._connect), "an answer of the Redis server")
        load = [program("redis-benchmark"), "-h", network.address, "-p", self._port, "-t", "get", "-n", str(10**10), "-c",
                "20", "-q"]
        self._load = subprocess.Popen(network.inside(network.client, pinned(1, load)), stdout=subprocess.DEVNULL)

    def __enter__(self):
        wait_until(lambda: self.requests_per_second(SLOT_SECONDS) > 1000, "requests")
        return self

    def __exit__(self, *_):
        self._console.close()
        for process in (self._load, self._server):
            process.kill()
            process.wait()
        self._folder.cleanup()

    def requests_per_second(self, seconds):
        requests, start = self._requests(), time.perf_counter()
        time.sleep(seconds)
        return (self._requests() - requests) / (time.perf_counter() - start)

    def _requests(self):
        self._console.sendall(b"INFO stats\r\n")
        answer = b""
        while b"instantaneous_ops_per_sec" not in answer:
            answer += self._console.recv(65536)
        return int(answer.split(b"total_commands_processed:")[1].split(b"\r")[0])

    def _connect(self):
        connection = socket.socket()
        if connection.connect_ex((self._network.address, int(self._port))) == 0:
            return connection
        return connection.close()


def measure_redis(network, seconds):
    """{who is attached: requests per second in each slot}, the slots of a round beside each other."""
    with Cgroup("redis") as cgroup, Squid("--flush", "1s", "--status-socket", "") as squid:
        wait_until(lambda: squid.points or squid.process.poll() is not None, "a first report", timeout=30)
        pairs = {"nobody": None, "an empty pair": empty_pair(), "squid-bpf": pair_of(squid)}
        rates = {name: [] for name in pairs}
        with BusyRedis(cgroup, network) as redis:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for name in random.sample(list(pairs), len(pairs)):
                    with pairs[name].attached() if pairs[name] else contextlib.nullcontext():
                        time.sleep(SETTLE_SECONDS)
                        rates[name].append(redis.requests_per_second(SLOT_SECONDS))
        for pair in filter(None, pairs.values()):
            pair.close()
    return rates


def tell_redis(where, rates):
    """Prints what each costs, and returns the percentage that squid-bpf does."""
    bare = rates.pop("nobody")
    print(f"redis-benchmark {where}: {statistics.mean(bare):.0f} requests/s, {len(bare)} slots of "
          f"{1000 * SLOT_SECONDS:.0f} ms each")
    for name, beside in rates.items():
        losses = [100 * (1 - with_it / without) for with_it, without in zip(beside, bare)]
        loss = 100 * (1 - statistics.mean(beside) / statistics.mean(bare))
        error = statistics.stdev(losses) / len(losses) ** 0.5
        ns = 1e9 / statistics.mean(beside) - 1e9 / statistics.mean(bare)
        print(f"  {name:14} loss {loss:5.2f} % (standard error {error:.2f}), {ns:4.0f} ns of a request's four packets",
              flush=True)
    return loss


def cgroups_per_second(seconds):
    """Made and removed again, as a runtime does it for each container; each is a birth and a death to tell of."""
    path = unified_root() / f"squid-bench-{os.getpid()}-churn"
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        path.mkdir()
        path.rmdir()
        count += 1
    return count / (time.perf_counter() - start)


def tell_churn(rounds):
    """In turns; each after the same rest, or the machine is another one."""
    bare, beside = [], []
    for _ in range(rounds):
        time.sleep(REST_SECONDS)
        bare.append(cgroups_per_second(CHURN_SECONDS))
        with Squid("--flush", "1s", "--status-socket", "") as squid:
            wait_until(lambda: squid.points or squid.process.poll() is not None, "a first report", timeout=30)
            time.sleep(REST_SECONDS)
            beside.append(cgroups_per_second(CHURN_SECONDS))
    without, ours = 1e6 / statistics.median(bare), 1e6 / statistics.median(beside)
    print(f"mkdir and rmdir of a cgroup: {without:.1f} us, beside squid-bpf {ours:.1f} us: "
          f"{ours - without:+.1f} us for a life that is told")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120,
                        help="of Redis being busy, in each network (default: %(default)g)")
    parser.add_argument("--rounds", type=int, default=11, help="of making cgroups, in turns (default: %(default)s)")
    parser.add_argument("--bar", type=float, default=BAR_PERCENT,
                        help="percent of Redis's requests, lost, that fail (default: %(default)s)")
    options = parser.parse_args()
    losses = []
    for where, how in {"on loopback": on_loopback, "between containers on a bridge": between_containers}.items():
        with how() as network:
            losses.append(tell_redis(where, measure_redis(network, options.seconds)))
    tell_churn(options.rounds)
    return 0 if max(losses) <= options.bar else 1


sys.exit(main())
