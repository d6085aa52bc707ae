"""When the kernel made cgroups, seen by a watch of our own: the truth about births."""

import ctypes
import os
import struct
import threading
import time

from . import cgroups

IN_CREATE = 0x100
_EVENT = struct.Struct("iIII")


class Births:
    """with Births("docker", "libpod_parent") as births: births.times is {name of the cgroup: Unix time}

    Of what is made right in these cgroups, which exist; where there are several hierarchies, the first counts."""

    def __init__(self, *parents):
        self.times = {}
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = libc.inotify_init1(os.O_CLOEXEC)
        folders = [root / parent for parent in parents for root in cgroups.hierarchies() if (root / parent).is_dir()]
        assert folders, f"none of {parents} is there"
        for folder in folders:
            if libc.inotify_add_watch(self._inotify, os.fsencode(folder), IN_CREATE) < 0:
                raise OSError(ctypes.get_errno(), str(folder))

    def __enter__(self):
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_):
        # The thread waits in read() and ends with the process: closing what it reads from would not wake it.
        pass

    def _read(self):
        while data := os.read(self._inotify, 65536):
            now = time.time()
            while data:
                _, _, _, length = _EVENT.unpack_from(data)
                name = data[_EVENT.size:_EVENT.size + length].rstrip(b"\0").decode()
                self.times.setdefault(name, now)
                data = data[_EVENT.size + length:]
