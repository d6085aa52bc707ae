#!/usr/bin/python3
"""Hours of churn: containers that are born and end beside many that stand, statsd clients that never stop, a graphite server
that comes and goes. What grows in squid-bpf meanwhile, and what is lost.

Everything that happened is known from elsewhere: the CPU time of each life from the kernel's answer to its parent, the
lines that were sent from who sent them, and what arrived from the server itself."""

import argparse
import collections
import pathlib
import re
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.bpf_maps import fill_of_hashes  # noqa: E402
from support.faulty_proxy import reset  # noqa: E402
from support.lives import Lives  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.server import serve_each  # noqa: E402
from support.squid import Squid  # noqa: E402
from support.waiting import wait_until  # noqa: E402

FLUSH_SECONDS = 5
BURN_MS = 2
TICK_NS = 10e6  # the kernel charges CPU time at each tick and at each switch
SHORT_ID = 12
LINES_PER_PACKET = 40
LONGEST_WARM_UP = 600  # seconds; a third of a shorter time
# No runtime knows these containers, packets of the kernel itself are nobody's, and requests without a time are counted.
NO_LOSS = (b"name_failures", b"of_nobody", b"not_timed")
BARS = {"RSS growth, MB": 1.0, "descriptors more": 2, "fullest map, percent": 80}


class GraphiteServer:
    """Has each point once, however often it was sent; is away for `away` seconds of each `period`."""

    def __init__(self, period, away):
        self.points = {}
        self.outages = 0
        self._period, self._away = period, away
        self._clients = set()
        self._ends = threading.Event()
        self.port = 0
        self._listen()
        self._flapping = threading.Thread(target=self._flap, daemon=True)
        self._flapping.start()

    def stay(self):
        self._ends.set()
        self._flapping.join()

    def _listen(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        serve_each(self._listener, self._read)

    def _flap(self):
        while not self._ends.wait(self._period - self._away):
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for client in list(self._clients):
                reset(client)
            time.sleep(self._away)
            self.outages += 1
            self._listen()

    def _read(self, client):
        self._clients.add(client)
        rest = b""
        try:
            while data := client.recv(1 << 20):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    name, value, instant = line.split(b" ")
                    if not name.startswith(b"squid.soak.a"):  # those that stand
                        self.points[name, int(instant)] = float(value)
        except OSError:
            pass
        finally:
            self._clients.discard(client)

    def sum_of(self, pattern):
        sums = collections.Counter()
        for (name, _), value in list(self.points.items()):
            if found := re.fullmatch(pattern, name):
                sums[found[1].decode() if found.groups() else ""] += value
        return sums

    def last(self, name):
        newest = max((instant for known, instant in self.points if known == name), default=None)
        return self.points.get((name, newest))


class StatsdClient:
    """Counts up, at a pace that loses nothing."""

    def __init__(self, port, lines_per_second):
        self.sent = 0
        self._pause = LINES_PER_PACKET / lines_per_second
        self._packet = b"\n".join([b"soak.hits:1|c"] * (LINES_PER_PACKET - 1) + [b"soak.time:7|ms"])
        self._ends = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self):
        self._ends.set()
        self._thread.join()

    def _send(self):
        while not self._ends.wait(self._pause):
            self._socket.send(self._packet)
            self.sent += LINES_PER_PACKET - 1


class Watch:
    """What squid-bpf holds, again and again."""

    def __init__(self, pid, warm_up):
        self.rss_mb, self.descriptors, self.fill = [], [], 0.0
        self._pid, self._begin = pid, time.monotonic() + warm_up
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self):
        self._ends.set()
        self._thread.join()

    def _look(self):
        while not self._ends.wait(1):
            self.fill = max([self.fill, *(entries / most for entries, most in fill_of_hashes(self._pid).values())])
            if time.monotonic() < self._begin:
                continue
            status = pathlib.Path(f"/proc/{self._pid}/status").read_text()
            self.rss_mb.append(int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[1]) * 1024 / 1e6)
            self.descriptors.append(len(list(pathlib.Path(f"/proc/{self._pid}/fd").iterdir())))

    def growth(self, values):
        """From the mean of the first tenth to that of the last, for it goes up and down with what waits."""
        part = max(1, len(values) // 10)
        return sum(values[-part:]) / part - sum(values[:part]) / part


def lost_lives(lives, server):
    """Those that were not told, and those whose CPU time is wrong."""
    told = server.sum_of(rb"squid\.soak\.(b\w+)\.cpu\.total\.count")
    missing = [life for life in lives.cpu_ns if life[:SHORT_ID] not in told]
    wrong = [life for life, truth in lives.cpu_ns.items()
             if abs(told[life[:SHORT_ID]] - truth) > max(0.02 * truth, TICK_NS)]
    return len(missing), len(wrong)


def soak(options, server, statsd_port):
    seconds = 60 * options.minutes
    births = int(seconds * options.births)
    with Lives(births, options.births, BURN_MS, options.standing) as lives:
        with Squid("--host", "soak", "--interval", "1s", "--flush", f"{FLUSH_SECONDS}s", "--stats", "none", "--stats",
                   "cpu.total=count", "--statsd", str(statsd_port), "--status-socket", "",
                   sink=("--sink", f"graphite:127.0.0.1:{server.port}")) as squid:
            wait_until(lambda: server.last(b"squid.soak.squid.containers.watched.last"), "a first report", 30)
            client = StatsdClient(statsd_port, options.lines)
            watch = Watch(squid.pid, min(seconds / 3, LONGEST_WARM_UP))
            lives.run()
            client.stop()
            watch.stop()
            server.stay()

            def complete():
                return (server.sum_of(rb"stats_counts\.soak\.hits")[""] >= client.sent
                        and lost_lives(lives, server) == (0, 0))

            try:
                wait_until(complete, "all of it", 60)
            except AssertionError:
                pass  # it is told below
            time.sleep(2 * FLUSH_SECONDS)
    return lives, client, watch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120, help="(default: %(default)s)")
    parser.add_argument("--standing", type=int, default=1000, help="containers (default: %(default)s)")
    parser.add_argument("--births", type=int, default=20, help="a second (default: %(default)s)")
    parser.add_argument("--lines", type=int, default=4000, help="of statsd, a second (default: %(default)s)")
    parser.add_argument("--period", type=float, default=30, help="of the server, in seconds (default: %(default)s)")
    parser.add_argument("--away", type=float, default=10, help="seconds of each period (default: %(default)s)")
    options = parser.parse_args()
    server = GraphiteServer(options.period, options.away)
    lives, client, watch = soak(options, server, free_port())

    missing, wrong = lost_lives(lives, server)
    arrived = server.sum_of(rb"stats_counts\.soak\.hits")[""]
    losses = {name.decode(): value for name, value in
              ((name, server.last(name)) for name in {known for known, _ in server.points if b".squid.loss." in known
                                                      or b".dropped_" in known or b".statsd.loss." in known
                                                      or b"statsd.bad." in known})
              if value and not any(harmless in name for harmless in NO_LOSS)}
    grown = {"RSS growth, MB": watch.growth(watch.rss_mb), "descriptors more": watch.growth(watch.descriptors),
             "fullest map, percent": 100 * watch.fill}
    print(f"{options.minutes:g} min, {len(lives.cpu_ns)} lives beside {options.standing}, {client.sent} statsd lines, "
          f"{server.outages} outages of {options.away:g} s")
    print(f"  lives not told {missing}, with the wrong CPU time {wrong}; lines lost {client.sent - arrived:g}")
    print(f"  counted as lost: {losses or 'nothing'}")
    print(f"  RSS {watch.rss_mb[0]:.1f} to {watch.rss_mb[-1]:.1f} MB, {max(watch.rss_mb):.1f} at most")
    for name, value in grown.items():
        print(f"  {name}: {value:.2f}, bar {BARS[name]:g}")
    is_well = not missing and not wrong and arrived == client.sent and not losses
    return 0 if is_well and all(value <= BARS[name] for name, value in grown.items()) else 1


sys.exit(main())
