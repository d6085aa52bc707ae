"""A server that takes carbon's lines or pickle frames, never answers, and hangs up at one record each time it comes: at
the first one that has a certain name, and whatever else of that time and in that record.

    with PickyServer("squid.h.squid.pass.count.last", records=lines) as picky:
        picky.taken()                    # {(name, time)} of what it has taken
        picky.culprit                    # (name, time), once it came

HangingUp is one that reads, and hangs up so many seconds after the first byte.
"""

import contextlib
import socket
import struct
import threading
import time

from carbon.util import get_unpickler

from .server import Server, serve_each


def lines(data):
    """[[(name, time)]] of whole lines, and the bytes behind them."""
    *whole, rest = data.split(b"\n")
    fields = [line.decode().split(" ") for line in whole]
    return [[(name, int(time))] for name, _, time in fields], rest


def frames(data):
    """The same of pickle frames."""
    found = []
    while len(data) >= 4 and len(data) >= 4 + struct.unpack("!L", data[:4])[0]:
        size, = struct.unpack("!L", data[:4])
        found.append([(name, time) for name, (time, _) in get_unpickler(insecure=False).loads(data[4:4 + size])])
        data = data[4 + size:]
    return found, data


class Listening(Server):
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def start(self):
        serve_each(self._listener, self._serve)

    def close(self):
        # close() alone would leave accept() waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class HangingUp(Listening):
    def __init__(self, seconds):
        super().__init__()
        self._seconds = seconds

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            client.recv(1)
            end = time.monotonic() + self._seconds
            while (left := end - time.monotonic()) > 0:
                client.settimeout(left)
                if not client.recv(1 << 20):
                    return


class PickyServer(Listening):
    def __init__(self, name, records):
        super().__init__()
        self.culprit = None
        self.hang_ups = 0
        self._name = name
        self._records = records
        self._taken = set()
        self._lock = threading.Lock()

    def taken(self):
        with self._lock:
            return set(self._taken)

    def _serve(self, client):
        rest = b""
        with client, contextlib.suppress(OSError):
            while data := client.recv(1 << 20):
                records, rest = self._records(rest + data)
                if not all(map(self._take, records)):
                    return

    def _take(self, record):
        with self._lock:
            named = [point for point in record if point[0] == self._name]
            if named and not self.culprit:
                self.culprit = named[0]
            if self.culprit in record:
                self.hang_ups += 1
                return False
            self._taken.update(record)
            return True
