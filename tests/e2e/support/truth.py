"""What a container really does, asked of its processes instead of its cgroup."""

import bisect
import pathlib
import threading
import time


def anonymous_bytes(pids):
    return 1024 * sum(_smaps_kib(pid, "Anonymous") for pid in pids)


def _smaps_kib(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/smaps_rollup has no {field}")


class CpuTruth:
    """Follows the CPU time of processes that start no others, to the nanosecond as the scheduler counts it."""

    PAUSE = 0.02

    def __init__(self, pids):
        self._pids = pids
        self._samples = []  # (time, ns)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def growth(self, begin, end):
        """CPU nanoseconds used between two instants, both within what was followed."""
        return self._at(end) - self._at(begin)

    def _at(self, instant):
        position = bisect.bisect(self._samples, (instant,))
        if not 0 < position < len(self._samples):
            raise ValueError(f"{instant} is not among the instants that were followed")
        (before, low), (after, high) = self._samples[position - 1 : position + 1]
        return low + (high - low) * (instant - before) / (after - before)

    def _sample(self):
        used = sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in self._pids)
        self._samples.append((time.time(), used))

    def _follow(self):
        while not self._ended.wait(self.PAUSE):
            self._sample()
