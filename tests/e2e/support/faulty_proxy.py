"""A TCP proxy with the faults of networks and servers, between squid-bpf and a real receiver. A fault is a function of
one connection; each new connection takes the next one of the script, and when that has ended they are forwarded.

    with FaultyProxy(carbon.port, script=[reset_after(1000)] * 3) as proxy:
        ...                              # send to 127.0.0.1:proxy.port
        proxy.connections                # so far
"""

import contextlib
import socket
import ssl
import struct
import threading
import time

from .network_namespace import in_namespace
from .server import serve_each

# So small that what is not read stays with the sender, and is not taken for delivered.
SMALL_BUFFER = 2048


class FaultyProxy:
    def __init__(self, target_port, script=(), host="127.0.0.1", port=0, certificate=None, namespace=None,
                 buffer=SMALL_BUFFER):
        self.connections = 0
        self._script = list(script)
        self._target = ("127.0.0.1", target_port)
        self._address = (host, port)
        self._namespace = namespace
        self._buffer = buffer
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._listener = None
        self._open = set()
        self._lock = threading.Lock()
        self.listen()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.refuse()

    @property
    def port(self):
        return self._address[1]

    def listen(self):
        self._listener = in_namespace(self._namespace, self._make_listener)
        self._address = self._listener.getsockname()
        serve_each(self._listener, self._serve)

    def refuse(self):
        """Breaks off all connections and refuses new ones until listen()."""
        # close() alone would leave accept() waiting, and the port in use.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in list(self._open):
            reset(client)

    def _make_listener(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        listener.bind(self._address)
        listener.listen()
        return listener

    def _serve(self, client):
        with self._lock:
            self.connections += 1
            fault = self._script.pop(0) if self._script else forward
        self._open.add(client)
        with contextlib.suppress(OSError):
            if self._tls and fault is forward:
                self._open.discard(client)
                client = self._tls.wrap_socket(client, server_side=True)
                self._open.add(client)
            with socket.create_connection(self._target) as target:
                fault(client, target)
        self._open.discard(client)
        with contextlib.suppress(OSError):
            client.close()


def forward(client, target):
    """No fault: in both directions, until one end hangs up."""
    answers = threading.Thread(target=_pump, args=(target, client), daemon=True)
    answers.start()
    _pump(client, target)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
    answers.join()


def forward_and_keep(kept):
    """No fault, and what the client says is also appended there."""
    class Keeping:
        def __init__(self, target):
            self._target = target

        def sendall(self, data):
            kept.extend(data)
            self._target.sendall(data)

    def fault(client, target):
        with contextlib.suppress(OSError):
            _pump(client, Keeping(target))
    return fault


def never_read(seconds):
    """For so long; then the connection is broken off."""
    def fault(client, _target):
        time.sleep(seconds)
        reset(client)
    return fault


def say_nothing(seconds):
    """Reads what a client says first, such as the begin of a handshake, and never answers."""
    def fault(client, _target):
        client.recv(65536)
        time.sleep(seconds)
    return fault


def reset_after(size):
    """Reads and passes on so many bytes; the rest of what has arrived is lost."""
    def fault(client, target):
        left = size
        while left > 0:
            data = client.recv(left)
            if not data:
                return
            target.sendall(data)
            left -= len(data)
        reset(client)
    return fault


def close_after_one_read(client, target):
    target.sendall(client.recv(65536))


def one_byte_a_second(seconds):
    """For so long; then it reads as fast as others."""
    def fault(client, target):
        for _ in range(seconds):
            target.sendall(client.recv(1))
            time.sleep(1)
        forward(client, target)
    return fault


def reset(connection):
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Wakes whoever reads from it in another thread, and would keep it alive.
        connection.shutdown(socket.SHUT_RD)
        connection.close()


def _pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
