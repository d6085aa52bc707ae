#!/usr/bin/python3
"""Lines that one second of CPU time is enough for: the real statsd/statsd, squid-bpf, and a loop that only receives and
discards, one after the other. The packets come as fast as the receiver takes them, and none may be lost. No flush falls
into the measurement. Then squid-bpf gets twice what it can take, and every packet and line has to be accounted for."""

import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.ports import free_port  # noqa: E402
from support.server import Server, die_with_parent  # noqa: E402
from support.squid import SELF, Squid  # noqa: E402
from support.statsd_reference import StatsdReference  # noqa: E402
from support.waiting import wait_until  # noqa: E402

TRAFFIC = pathlib.Path(os.environ.get("SQUID_BUILD") or pathlib.Path(__file__).parents[2] / "build/release",
                       "tests/squid_bench_statsd_traffic")
ROUNDS = 5  # of which the best counts: a neighbour on the machine makes it slower, and nothing makes it faster
TIMES_BAR = 15.0  # lines per CPU second, above those of statsd/statsd: 40 lines in a packet, 1,000 keys
DISCARD_BAR = 1.25  # CPU time, above that of the loop: one line in a packet
# What packets cost depends on who shares a CPU's cache with whom.
SENDER_CPU, SERVER_CPU = (choose(os.sched_getaffinity(0)) for choose in (min, max))
SHAPES = [(kind, keys, lines) for kind in ("c", "ms") for keys in (1_000, 100_000) for lines in (1, 40)]


@dataclasses.dataclass(frozen=True)
class Amount:
    """Lines in one round, with one in a packet and with many; how many bytes may wait in the socket, and whether the
    server is stopped until they do."""
    few: int
    many: int
    room: int
    stops: bool

    def packets(self, lines):
        return (self.few if lines == 1 else self.many) // lines


class Discard(Server):
    def __init__(self, port):
        self.port = port
        self._process = None

    def start(self):
        self._process = subprocess.Popen([TRAFFIC, "discard", str(self.port)], preexec_fn=die_with_parent)
        self.pid = self._process.pid

    def close(self):
        self._process.kill()
        self._process.wait()


def squid(port, *options):
    return Squid("--interval", "1h", "--flush", "1h", "--cgroups", "none", "--statsd", str(port), *options)


def reference(port):
    # Without a graphite server it has nobody to ship to; it is not to flush anyway.
    return StatsdReference(port, flushInterval=3_600_000)


# The receive buffer of the first is that of the system; it always has something to do.
REFERENCE, OURS, LOOP = "statsd/statsd", "squid-bpf", "discarding loop"
SERVERS = {REFERENCE: (reference, Amount(few=120_000, many=400_000, room=32 << 10, stops=False)),
           OURS: (squid, Amount(few=600_000, many=4_000_000, room=2 << 20, stops=True)),
           LOOP: (Discard, Amount(few=600_000, many=4_000_000, room=2 << 20, stops=True))}


def send(port, kind, keys, lines, packets, room=0, how=()):
    """Packets sent, packets per second, packets that the kernel has dropped since the socket was opened."""
    words = map(str, (port, kind, keys, lines, packets, room, *how))
    done = subprocess.run([TRAFFIC, "send", *words], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr)
    sent, seconds, drops = done.stdout.split()
    return int(sent), int(sent) / float(seconds), int(drops)


def cpu_seconds(pid):
    """User and system time of all threads of a process, whose clock has this number in Linux."""
    return time.clock_gettime((~pid << 3) | 2)


def is_bound(port):
    wanted = f": 0100007F:{port:04X} "
    return wanted in pathlib.Path("/proc/net/udp").read_text()


def measure(start, amount, kind, keys, lines):
    """CPU seconds for each line."""
    port = free_port()
    with start(port) as server:
        wait_until(lambda: is_bound(port), f"something on port {port}")
        for thread in os.listdir(f"/proc/{server.pid}/task"):
            os.sched_setaffinity(int(thread), {SERVER_CPU})
        how = (server.pid,) if amount.stops else ()
        # All keys are known then, and what is compiled while it runs is compiled.
        send(port, kind, keys, lines, max(amount.packets(lines) // 4, keys // lines), amount.room, how)
        before = cpu_seconds(server.pid)
        sent, _, drops = send(port, kind, keys, lines, amount.packets(lines), amount.room, how)
        used = cpu_seconds(server.pid) - before
    if drops:
        raise RuntimeError(f"{drops} packets were lost: these are no figures")
    return used / (sent * lines)


def row(shape, rounds):
    """{server: CPU seconds for each line}"""
    costs = {who: [] for who in SERVERS}
    for _ in range(rounds):
        for who, (start, amount) in SERVERS.items():
            costs[who].append(measure(start, amount, *shape))
    return {who: min(values) for who, values in costs.items()}


def print_row(kind, keys, lines, costs):
    per_second = {who: 1 / cost for who, cost in costs.items()}
    print(f"{'counters' if kind == 'c' else 'timers':<9}{keys:>8,}{lines:>6}"
          + "".join(f"{per_second[who]:>16,.0f}" for who in SERVERS)
          + f"{costs[REFERENCE] / costs[OURS]:>8.1f}{costs[OURS] / costs[LOOP]:>14.2f}", flush=True)


def compare(shapes, rounds, times_bar, discard_bar):
    """Prints a table; returns what misses its bar."""
    print(f"lines per CPU second, best of {rounds}\n{'':9}{'keys':>8}{'lines':>6}"
          + "".join(f"{who:>16}" for who in SERVERS) + f"{'times':>8}{'of the loop':>14}")
    missed = []
    for shape in shapes:
        costs = row(shape, rounds)
        print_row(*shape, costs)
        _, keys, lines = shape
        times, of_loop = costs[REFERENCE] / costs[OURS], costs[OURS] / costs[LOOP]
        if (keys, lines) == (1000, 40) and times < times_bar:
            missed.append(f"{times:.1f} times the lines of statsd/statsd, bar {times_bar:g}")
        if (keys, lines) == (1000, 1) and of_loop > discard_bar:
            missed.append(f"{of_loop:.2f} times the CPU time of the loop, bar {discard_bar:g}")
    return missed


def account(seconds):
    """Twice the packets that it can take, each with one line that is none and one key too many."""
    port, lines, keys = free_port(), 40, 1000
    daemon = squid(port, "--statsd-max-keys", str(keys))
    with daemon:
        wait_until(lambda: is_bound(port), "squid-bpf")
        # Its keys first, so that others are beyond its limit.
        first, sustainable, _ = send(port, "c", keys, lines, 200_000, 1 << 20)
        sent, rate, _ = send(port, "mixed", keys, lines, int(2 * sustainable * seconds),
                             how=(f"{2 * sustainable}/s",))

    def last(name):
        return int(daemon.series(SELF, f"squid.statsd.{name}", "last")[-1][1])

    received, drops = last("packets"), last("loss.kernel_drops")
    mixed = received - first
    print(f"twice the sustainable {sustainable:,.0f} packets/s for {seconds} s ({rate / sustainable:.2f} times): "
          f"{first + sent:,} sent = {received:,} received + {drops:,} dropped by the kernel\n"
          f"  {last('lines'):,} lines = {last('values'):,} values + {last('bad.no_value'):,} bad + "
          f"{last('loss.refused'):,} refused")
    wanted = {"packets": first + sent - drops, "lines": received * lines,
              "values": first * lines + mixed * (lines - 2), "bad.no_value": mixed, "loss.refused": mixed}
    return [f"{name} is {last(name)} and not {count}" for name, count in wanted.items() if last(name) != count]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=3, help="of too much traffic")
    parser.add_argument("--short", action="store_true", help="only what has a bar, twice, with room for noise")
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {SENDER_CPU})
    if wanted.short:
        shapes = [("c", 1000, 1), ("c", 1000, 40)]
        missed = compare(shapes, 2, TIMES_BAR / 1.5, DISCARD_BAR * 1.5) + account(1)
    else:
        missed = compare(SHAPES, wanted.rounds, TIMES_BAR, DISCARD_BAR) + account(wanted.seconds)
    for text in missed:
        print(f"missed: {text}")
    sys.exit(1 if missed else 0)


main()
