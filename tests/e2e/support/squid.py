"""squid-bpf as a user runs it: started with arguments, read by what it prints, ended by SIGTERM."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

from .waiting import PATIENCE, wait_until

STOP_SECONDS = 2.0
# What squid-bpf says about itself belongs to no container.
SELF = ""


def binary():
    build = os.environ.get("SQUID_BUILD") or pathlib.Path(__file__).parents[3] / "build/release"
    return str(pathlib.Path(build) / "squid-bpf")


def ask(*arguments, before=(), timeout=20):
    """Runs it to its end; `before` is a command that runs it, such as setpriv or unshare."""
    command = [*before, binary(), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout * PATIENCE, stdin=subprocess.DEVNULL)


class Squid:
    """with Squid("--flush", "1s") as squid: squid.wait_for("web", "cpu.total", "mean")

    Prints stdout:json beside whatever other sinks are asked for (where a file names the sinks, that is one of them and
    `sink` is empty), and keeps what it cannot deliver in a directory of its
    own. Leaving the block is part of every test: SIGTERM must end it in two seconds with exit code 0."""

    def __init__(self, *arguments, before=(), pass_fds=(), sink=("--sink", "stdout:json")):
        self._said = ""
        self._stderr = tempfile.TemporaryFile("w+")
        self._state = tempfile.TemporaryDirectory()
        self.state = self._state.name
        state = () if "--state-dir" in arguments else ("--state-dir", self.state)
        command = [*before, binary(), *sink, *state, *arguments]
        self.started = time.time()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr, text=True,
            pass_fds=pass_fds)
        self.pid = self.process.pid
        # One dictionary for each line of JSON, appended by the reader.
        self.points = []
        self.events = []
        self.unreadable = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        code, seconds = self.stop()
        if failure is None:
            assert code == 0, f"exit code {code} after SIGTERM; stderr: {self.stderr()}"
            assert seconds < STOP_SECONDS * PATIENCE, f"took {seconds:.1f} s to stop"
            assert not self.unreadable, f"not JSON: {self.unreadable[0]!r}"

    def stop(self):
        """Returns the exit code and how long it took."""
        asked = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(4 * STOP_SECONDS * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        seconds = time.monotonic() - asked
        self._reader.join()
        self.process.stdout.close()
        self._said = self._read_stderr()
        self._stderr.close()
        self._state.cleanup()
        return self.process.returncode, seconds

    def stderr(self):
        return self._said if self._stderr.closed else self._read_stderr()

    def _read_stderr(self):
        # Where it stands in the file is squid-bpf's too.
        file = self._stderr.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def series(self, container, metric, stat):
        """[(time, value)] of one series so far, oldest first."""
        wanted = (container, metric, stat)
        return [(p["time"], p["value"]) for p in self.points if (p.get("container"), p["metric"], p["stat"]) == wanted]

    def wait_for(self, container, metric, stat, count=1, timeout=20.0):
        """Waits until the series has that many points, and returns all it has."""

        def enough():
            if self.process.poll() is not None:
                raise RuntimeError(f"squid-bpf ended with {self.process.returncode}: {self.stderr()}")
            points = self.series(container, metric, stat)
            return points if len(points) >= count else None

        return wait_until(enough, f"{count} points of {container} {metric} {stat}", timeout)

    def happened(self, container, event):
        """Events of that kind so far, oldest first."""
        return [e for e in self.events if (e["container"], e["event"]) == (container, event)]

    def containers(self):
        """None stands for lines about groups."""
        return {point.get("container") for point in self.points}

    def _read(self):
        for line in self.process.stdout:
            try:
                item = json.loads(line)
                (self.events if "event" in item else self.points).append(item)
            except ValueError:
                self.unreadable.append(line)
