#!/usr/bin/python3
"""A graphite server that is away for minutes: how many points are lost, how long the last one takes once it is back, and
how much memory the waiting costs."""

import argparse
import collections
import pathlib
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.faulty_proxy import reset  # noqa: E402
from support.gauges import send_gauges  # noqa: E402
from support.server import serve_each  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

BAR_SECONDS = 30.0
QUEUE_MIB = 32
# Beyond the queue: a report that is being encoded, and one that is read back from disk.
REST_MIB = 8


class Receiver:
    """Reads lines as fast as they come, and remembers who had a point when."""

    def __init__(self):
        self.names_at = collections.defaultdict(set)  # of gauges, by time
        self.last_arrival = 0.0
        self.reached = 0.0
        self._names = {}
        self._clients = []
        self.port = 0
        self.listen()

    def listen(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        serve_each(self._listener, self._read)

    def go_away(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            reset(client)
        self._clients.clear()

    def _read(self, client):
        self.reached = time.monotonic()
        self._clients.append(client)
        rest = b""
        while True:
            try:
                data = client.recv(1 << 20)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(b"stats.gauges.gauge."):
                    self._take(line)

    def _take(self, line):
        name, _, instant = line.split(b" ")
        known = self.names_at[int(instant)]
        if name not in known:
            known.add(self._names.setdefault(name, name))
            self.last_arrival = time.monotonic()


def memory_mb(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) * 1024 / 1e6


def measure(options, receiver, squid):
    """(points that were made until the server was back, lost ones, seconds until it was reached and until the last of them,
    MB before, most MB)."""
    def complete():
        return [instant for instant, names in receiver.names_at.items() if len(names) == options.series]

    wait_until(lambda: len(complete()) >= 2, "two whole reports", 4 * options.flush + 20)
    first = min(complete())
    before = memory_mb(squid.pid, "VmRSS")
    receiver.go_away()
    time.sleep(60 * options.minutes)
    back, now = time.monotonic(), time.time()
    receiver.listen()
    made = range(first, int(now) + 1, options.flush)
    deadline = back + 4 * BAR_SECONDS
    while set(made) - set(complete()) and time.monotonic() < deadline:
        time.sleep(0.01)
    lost = sum(options.series - len(receiver.names_at[instant]) for instant in made)
    return (len(made) * options.series, lost, receiver.reached - back, receiver.last_arrival - back, before,
            memory_mb(squid.pid, "VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="without a server (default: %(default)s)")
    parser.add_argument("--series", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--flush", type=int, default=10, help="seconds between two reports (default: %(default)s)")
    parser.add_argument("--bar", type=float, default=BAR_SECONDS,
                        help="seconds until the last point arrived that fail (default: %(default)s)")
    options = parser.parse_args()
    receiver = Receiver()
    with tempfile.TemporaryDirectory(prefix="squid-outage-") as folder:
        with Squid("--flush", f"{options.flush}s", "--cgroups", "none", "--statsd", f"unix:{folder}/socket", "--queue-mib",
                   str(QUEUE_MIB), sink=("--sink", f"graphite:127.0.0.1:{receiver.port}")) as squid:
            send_gauges(f"{folder}/socket", options.series)
            points, lost, reached, seconds, before, most = measure(options, receiver, squid)
    budget = before + (QUEUE_MIB + REST_MIB) * 1024 * 1024 / 1e6
    print(f"{options.series} series every {options.flush} s, {options.minutes:g} min without a server\n"
          f"  {lost} of {points} points lost\n"
          f"  {reached:.1f} s from its return until it was reached, {seconds:.1f} s until the last of them arrived, "
          f"bar {options.bar:g}\n"
          f"  RSS {before:.1f} MB before, {most:.1f} MB at most, bar {budget:.1f}")
    return 0 if lost == 0 and seconds <= options.bar and most <= budget else 1


sys.exit(main())
