"""When the kernel made cgroups and when squid-bpf named them, on one clock."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import typing

from . import cgroups
from .server import Server
from .squid import ask, binary
from .waiting import PATIENCE, wait_until

BORN = re.compile(r"^squid-bpf: debug: (?P<name>\S+) is born: (?P<runtime>\S+) (?P<id>\S+)$")


class Moment(typing.NamedTuple):
    time: float
    waited: float  # how long squid-bpf has waited for a CPU until then, ever


class Naming(typing.NamedTuple):
    at: Moment
    name: str


class Stopwatch(Server):
    """with Stopwatch("docker") as watch: watch.made is {path of the cgroup: Moment}, watch.named {id: Naming}

    Runs a squid-bpf with the usual interval. Of what is made right in these cgroups, which exist; where there are several
    hierarchies, the first counts. The clock is read by a process that takes its CPU from all others, so that a busy
    machine makes neither moment later than it was."""

    def __init__(self, *parents):
        self._folders = [(str(root / parent), parent) for parent in parents for root in cgroups.hierarchies()
                         if (root / parent).is_dir()]
        assert self._folders, f"none of {parents} is there"
        self.made = {}
        self.named = {}
        self._watches = False
        self._complaints = []

    def start(self):
        self._folder = tempfile.TemporaryDirectory()
        socket = str(pathlib.Path(self._folder.name, "status"))
        self._squid = subprocess.Popen(
            [binary(), "--log-level", "debug", "--sink", "stdout:json", "--state-dir", "", "--status-socket", socket],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._clock = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name("stopwatch_process.py"), str(self._squid.pid),
             json.dumps(self._folders)], stdin=self._squid.stderr, stdout=subprocess.PIPE, text=True)
        self._squid.stderr.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_until(lambda: self._watches, "the clock")
        # Who is born before it sees births is told of, but not as born.
        wait_until(lambda: ask("status", "--status-socket", socket).returncode == 0, lambda: f"squid-bpf at work: {self._complaints}")

    def close(self):
        self._squid.terminate()
        code = self._squid.wait(10 * PATIENCE)
        # It ends when nobody is left to say anything.
        self._clock.wait(10 * PATIENCE)
        self._reader.join()
        self._clock.stdout.close()
        self._folder.cleanup()
        assert (code, self._clock.returncode) == (0, 0), self._complaints

    def _read(self):
        for line in self._clock.stdout:
            noted = json.loads(line)
            moment = Moment(noted["time"], noted["waited"])
            if "watches" in noted:
                self._watches = True
            elif "made" in noted:
                self.made.setdefault(noted["made"], moment)
            elif match := BORN.match(noted["said"]):
                self.named.setdefault(match["id"], Naming(moment, match["name"]))
            elif ": debug:" not in noted["said"]:
                self._complaints.append(noted["said"])
