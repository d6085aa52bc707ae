"""A real redis-server of our own, for one test: it writes every command to disk before it answers, listens on
loopback and a Unix socket, and dies with the test.

    with Redis() as redis:
        redis.call("HGETALL", "key")     # texts are bytes, errors are raised
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile

from .carbon import free_ports
from .program import program
from .server import Server, die_with_parent
from .waiting import wait_until


class RedisError(Exception):
    pass


class Connection:
    """One client: writes commands, reads answers."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._file = self._socket.makefile("rb")

    def close(self):
        self._file.close()
        self._socket.close()

    def call(self, *arguments):
        encoded = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
        self._socket.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in encoded))
        return self.read()

    def read(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if int(rest) < 0 else self._file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return rest


class Redis(Server):
    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="squid-redis-")
        self.port, = free_ports(1)
        self.socket = os.path.join(self.folder, "redis.sock")
        self._options = options
        self._process = None

    def start(self):
        self._process = subprocess.Popen(
            [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket,
             "--dir", self.folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always", *self._options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
        wait_until(self._answers, "an answer of the Redis server")

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self):
        self._process.terminate()
        self._process.wait()

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def close(self):
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, *arguments):
        connection = Connection(self.port)
        try:
            return connection.call(*arguments)
        finally:
            connection.close()

    def subscribe(self, channel):
        connection = Connection(self.port)
        connection.call("SUBSCRIBE", channel)
        return connection

    def hash(self, key):
        flat = self.call("HGETALL", key)
        return {name.decode(): value.decode() for name, value in zip(flat[::2], flat[1::2])}

    def stream(self, key):
        """One dictionary for each entry, oldest first."""
        entries = self.call("XRANGE", key, "-", "+")
        return [dict(zip(fields[::2], fields[1::2])) for _, fields in entries]

    def _answers(self):
        try:
            return self.call("PING") == b"PONG"
        except (OSError, RedisError) as error:
            return "NOAUTH" in str(error)


def unpack(data):
    """MessagePack as statsquid's master reads it: a value, and the bytes behind it."""
    first, rest = data[0], data[1:]
    if first < 0x80:
        return first, rest
    if first >> 4 == 0x8:
        return _unpack_map(first & 15, rest)
    if first >> 4 == 0x9:
        return _unpack_items(first & 15, rest)
    if first >> 5 == 0x5:
        return rest[:first & 31].decode(), rest[first & 31:]
    if first == 0xDA:
        size = int.from_bytes(rest[:2], "big")
        return rest[2:2 + size].decode(), rest[2 + size:]
    size = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}[first]
    return int.from_bytes(rest[:size], "big"), rest[size:]


def _unpack_items(count, rest):
    items = []
    for _ in range(count):
        item, rest = unpack(rest)
        items.append(item)
    return items, rest


def _unpack_map(count, rest):
    items, rest = _unpack_items(2 * count, rest)
    return dict(zip(items[::2], items[1::2])), rest
