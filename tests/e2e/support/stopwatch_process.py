"""The clock of stopwatch.py: says when cgroups are made, and when squid-bpf, whose stderr is our stdin, says something.

In a process of its own, and before all others on its CPU: what is measured is not how long we wait for one."""

import ctypes
import json
import os
import pathlib
import select
import struct
import sys
import time

IN_CREATE = 0x100
EVENT = struct.Struct("iIII")


class Watch:
    """What is made in folders, as inotify tells."""

    def __init__(self, folders):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        self._parents = {}
        for folder, parent in folders:
            watch = libc.inotify_add_watch(self.descriptor, os.fsencode(folder), IN_CREATE)
            if watch < 0:
                raise OSError(ctypes.get_errno(), folder)
            self._parents[watch] = parent

    def read(self):
        data = os.read(self.descriptor, 65536)
        while data:
            watch, _, _, length = EVENT.unpack_from(data)
            name = data[EVENT.size:EVENT.size + length].rstrip(b"\0").decode()
            yield f"{self._parents[watch]}/{name}".lstrip("/")
            data = data[EVENT.size + length:]


def note(statistics, kind, texts):
    now = time.monotonic()
    try:
        waited = int(statistics.read_text().split()[1]) / 1e9
    except OSError:  # it has ended
        waited = 0
    for text in texts:
        print(json.dumps({"time": now, "waited": waited, kind: text}), flush=True)


def main():
    statistics = pathlib.Path("/proc", sys.argv[1], "schedstat")
    watch = Watch(json.loads(sys.argv[2]))
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    note(statistics, "watches", [True])
    said = b""
    while True:
        ready, _, _ = select.select([watch.descriptor, sys.stdin.fileno()], [], [])
        if watch.descriptor in ready:
            note(statistics, "made", watch.read())
        if sys.stdin.fileno() in ready:
            data = os.read(sys.stdin.fileno(), 65536)
            if not data:
                return
            *lines, said = (said + data).split(b"\n")
            note(statistics, "said", [line.decode() for line in lines])


main()
