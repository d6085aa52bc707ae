"""Many series at once: gauges of statsd, which stay until squid-bpf ends."""

import socket

from .waiting import wait_until


def send_gauges(path, count):
    """To a Unix socket of --statsd, which takes all it is sent. Their names have 80 characters."""
    lines = "".join(f"gauge.{number:05}.{'x' * 68}:{number}|g\n" for number in range(count))
    with wait_until(lambda: _connect(path), f"a connection to {path}") as client:
        client.sendall(lines.encode())


def _connect(path):
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(path)
    except OSError:
        client.close()
        return None
    return client
