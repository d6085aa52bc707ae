"""Ports that nobody uses at the moment."""

import socket


def free_port():
    """On UDP."""
    return free_ports(1)[0]


def free_ports(count):
    """On UDP, no two of them alike."""
    probes = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(count)]
    for probe in probes:
        probe.bind(("::", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def free_tcp_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
