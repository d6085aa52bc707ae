#!/usr/bin/python3
"""CPU time of squid-bpf next to other collectors: the same real containers, the same interval of one second, one run.

Each runs in a cgroup of its own whose CPU time the kernel counts. To `docker stats` counts what dockerd, containerd and
the shims use beyond what they use in a window without it. Each has to have shown every container, or the run does not
count; what `docker stats` leaves out when it cannot keep up with its interval is not held against it. `lives of 200 ms`
is how many of twenty containers that live so long it has noticed; they are started after the window.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
import collectors  # noqa: E402
from support.cgroups import Cgroup  # noqa: E402
from support.docker import IMAGE, Docker  # noqa: E402
from support.waiting import wait_until  # noqa: E402

INTERVAL = 1.0
# Daemons that have just started containers tidy up for a while; idle is less than this, in microseconds per second.
IDLE_US = 10_000
STARTED_AT_A_TIME = 4
SHORT_LIVES = 20
# Until what it has seen of the last of them is told: two flushes of ten seconds.
SHORT_LIVES_TOLD = 21.0
PEERS = {"files": collectors.SquidFiles, "netdata": collectors.Netdata, "collectd": collectors.Collectd}


@dataclasses.dataclass
class Measured:
    label: str
    used_us: float
    rss: int | None
    short_lives: int | None
    note: str = ""


@dataclasses.dataclass
class ShortLived:
    name: str
    id: str


def start_containers(docker, count):
    names = [f"load-{number:03}" for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor(STARTED_AT_A_TIME) as pool:
        return list(pool.map(lambda name: docker.run(name, "sleep", "1000000"), names))


def run_short_lives(docker, label):
    """Containers that are gone when this returns."""
    lives = []
    for number in range(SHORT_LIVES):
        name = f"short-{''.join(c for c in label if c.isalpha())}-{number}"
        identity = docker.cli("run", "--detach", "--rm", "--network=none", f"--name={name}", IMAGE, "sleep", "0.2")
        lives.append(ShortLived(name, identity))
    return lives


def wait_for_all(collector, containers):
    try:
        wait_until(lambda: collector.count_shown(containers) == len(containers), "every container", timeout=60)
    except AssertionError:
        missing = len(containers) - collector.count_shown(containers)
        sys.exit(f"{collector.label} showed nothing of {missing} containers: the run does not count\n{collector.output()}")


def count_short_lives(collector, docker, options):
    if not options.short_lives:
        return None
    lives = run_short_lives(docker, collector.label)
    time.sleep(SHORT_LIVES_TOLD)
    return collector.count_shown(lives)


def measure(collector, docker, containers, options):
    with collector:
        time.sleep(collector.warm_up)
        used = collector.cgroup.used_us(options.window)
        if collector.process.poll() is not None:
            sys.exit(f"{collector.label} ended too early:\n{collector.output()}")
        rss = collector.rss_bytes()
        wait_for_all(collector, containers)
        return Measured(collector.label, used, rss, count_short_lives(collector, docker, options))


def measure_docker(docker, daemons, cgroup, containers, options):
    wait_until(lambda: daemons.used_us(1) < IDLE_US, "the daemons come to rest", timeout=120)
    idle = daemons.used_us(options.window)
    with collectors.DockerStats(cgroup, docker) as collector:
        time.sleep(collector.warm_up)
        before = cgroup.cpu_us()
        busy = daemons.used_us(options.window)
        client = cgroup.cpu_us() - before
        wait_for_all(collector, containers)
        short_lives = count_short_lives(collector, docker, options)
    above_idle = max(0, busy - idle)
    note = f"client {client / 1e3:.0f} ms, daemons {above_idle / 1e3:.0f} ms above the {idle / 1e3:.0f} ms when idle"
    return Measured(collector.label, client + above_idle, None, short_lives, note)


def report(count, measured, options):
    """Prints the table; returns the ratio to docker stats."""
    ours = measured[-1]
    samples = count * options.window / INTERVAL
    print(f"{count} containers, one sample a second, {options.window:g} s")
    print(f"  {'':<26} {'CPU ms':>9} {'% of a core':>12} {'us per sample':>14} {'times ours':>11} {'RSS':>9}"
          f"{'  lives of 200 ms' if options.short_lives else ''}")
    for one in measured:
        rss = f"{one.rss / 1e6:.1f} MB" if one.rss else "-"
        lives = f"{one.short_lives:>11} of {SHORT_LIVES}" if options.short_lives else ""
        print(f"  {one.label:<26} {one.used_us / 1e3:>9.2f} {one.used_us / options.window / 1e4:>12.4f} "
              f"{one.used_us / samples:>14.2f} {one.used_us / ours.used_us:>11.1f} {rss:>9}{lives}")
    for one in measured:
        if one.note:
            print(f"  {one.label}: {one.note}")
    ratio = measured[0].used_us / ours.used_us
    print(f"  ratio {ratio:.0f}, bar {options.bar:g}", flush=True)
    return ratio


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=lambda text: [int(number) for number in text.split(",")], default=[60],
                        metavar="N,...", help="how many, one table for each (60)")
    parser.add_argument("--window", type=float, default=30, metavar="S", help="seconds for each (30)")
    parser.add_argument("--bar", type=float, default=400, metavar="X", help="the ratio to docker stats that must be reached (400)")
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [], default=[],
                        metavar="NAME,...", help=f"others to measure as well: {', '.join(PEERS)}")
    parser.add_argument("--short-lives", action="store_true", help="also how many containers of 200 ms each one sees")
    options = parser.parse_args()
    unknown = set(options.peers) - set(PEERS)
    if unknown:
        parser.error(f"there is no peer '{min(unknown)}'; there are {', '.join(PEERS)}")
    return options


def measure_all(count, options):
    with Cgroup("daemons") as daemons, Cgroup("collector") as cgroup, Docker(cgroup=daemons) as docker:
        containers = start_containers(docker, count)
        measured = [measure_docker(docker, daemons, cgroup, containers, options)]
        for kind in [*(PEERS[name] for name in options.peers), collectors.Squid]:
            measured.append(measure(kind(cgroup), docker, containers, options))
        return measured


def main():
    options = parse_arguments()
    ratios = [report(count, measure_all(count, options), options) for count in options.containers]
    if min(ratios) < options.bar:
        sys.exit("the bar is missed")


if __name__ == "__main__":
    main()
