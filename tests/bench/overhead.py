#!/usr/bin/python3
"""CPU time of squid-bpf next to `docker stats`: the same real containers, the same interval of one second, one run.

Each side runs in a cgroup of its own whose CPU time the kernel counts: dockerd, containerd and the shims (minus what
they use in a window without `docker stats`) plus the client on one side, squid-bpf with the graphite sink on the other.
Both have to have shown every container, or the run does not count. What `docker stats` leaves out when it cannot keep
up with its interval is not held against it.
"""

import argparse
import concurrent.futures
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.cgroups import Cgroup  # noqa: E402
from support.docker import Docker  # noqa: E402
from support.squid import binary  # noqa: E402
from support.waiting import wait_until  # noqa: E402

INTERVAL = 1.0
WARM_UP = 4.0
# Daemons that have just started containers tidy up for a while; idle is less than this, in microseconds per second.
IDLE_US = 10_000
STARTED_AT_A_TIME = 4


class Discard:
    """A server that remembers only which containers it was told about."""

    def __init__(self, prefix):
        self.seen = set()
        self._prefix = prefix
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        connection, _ = self._server.accept()
        with connection, connection.makefile() as lines:
            for line in lines:
                if line.startswith(self._prefix) and ".cpu.total.mean " in line:
                    self.seen.add(line[len(self._prefix):].split(".")[0])


def start_containers(docker, count):
    names = [f"load-{number:03}" for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor(STARTED_AT_A_TIME) as pool:
        list(pool.map(lambda name: docker.run(name, "sleep", "1000000"), names))
    return set(names)


def measure_docker(docker, daemons, client, window):
    """(client, daemons above idle, daemons idle) in microseconds."""
    wait_until(lambda: daemons.used_us(1) < IDLE_US, "the daemons come to rest", timeout=60)
    idle = daemons.used_us(window)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(client.inside(docker.stats_command()), stdout=output, stderr=subprocess.STDOUT)
        try:
            time.sleep(WARM_UP)
            before = client.cpu_us()
            busy = daemons.used_us(window)
            used = client.cpu_us() - before
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        output.seek(0)
        text = output.read()
    missing = [one for one in docker.ids if one not in text]
    if missing:
        sys.exit(f"docker stats showed nothing of {len(missing)} containers: the run does not count")
    return used, max(0, busy - idle), idle


def rss_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"/proc/{pid}/status has no VmRSS")


def measure_squid(cgroup, names, window, arguments):
    """(microseconds, resident bytes)."""
    server = Discard("squid.bench.")
    command = [binary(), "--host", "bench", "--sink", f"graphite:127.0.0.1:{server.port}", *arguments]
    process = subprocess.Popen(cgroup.inside(command), stdin=subprocess.DEVNULL)
    try:
        time.sleep(WARM_UP)
        used = cgroup.used_us(window)
        if process.poll() is not None:
            sys.exit("squid-bpf ended too early; its message is above")
        rss = rss_bytes(process.pid)
        wait_until(lambda: names <= server.seen, "squid-bpf to ship every container", timeout=30)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    return used, rss


def row(label, used_us, options):
    samples = options.containers * options.window / INTERVAL
    percent = used_us / options.window / 1e4
    return f"  {label:<40} {used_us / 1e3:>11.2f} {percent:>13.4f} {used_us / samples:>13.2f}"


def report(options, docker_us, squid_us, rss):
    client, busy, idle = docker_us
    ratio = (client + busy) / squid_us
    print(f"{options.containers} containers, one sample a second, {options.window:g} s")
    print(f"  {'':<40} {'CPU ms':>11} {'% of a core':>13} {'us per sample':>13}")
    print(row("docker stats", client + busy, options))
    print(row("  of this the client", client, options))
    print(row("  dockerd, containerd, shims above idle", busy, options))
    print(row("  (idle, not counted)", idle, options))
    print(row("squid-bpf", squid_us, options))
    print(f"  ratio {ratio:.0f}, bar {options.bar:g}; squid-bpf holds {rss / 1e6:.1f} MB")
    return ratio


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=60, metavar="N", help="how many to start (60)")
    parser.add_argument("--window", type=float, default=30, metavar="S",
                        help="seconds for each measurement, a multiple of the 10 s between two flushes (30)")
    parser.add_argument("--bar", type=float, default=400, metavar="X", help="fail below this ratio (400)")
    parser.add_argument("squid", nargs="*", metavar="-- SQUID-BPF ARGUMENTS")
    return parser.parse_args()


def main():
    options = parse_arguments()
    with Cgroup("daemons") as daemons, Cgroup("client") as client, Cgroup("squid") as squid:
        with Docker(cgroup=daemons) as docker:
            names = start_containers(docker, options.containers)
            docker_us = measure_docker(docker, daemons, client, options.window)
            squid_us, rss = measure_squid(squid, names, options.window, options.squid)
    if report(options, docker_us, squid_us, rss) < options.bar:
        sys.exit("the bar is missed")


if __name__ == "__main__":
    main()
