"""Where a server and its client meet.

    with between_containers() as network:
        ...                              # run network.inside(network.server, command), and connect to network.address
"""

import contextlib
import dataclasses
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.network_namespace import delete, ip  # noqa: E402
from support.program import program  # noqa: E402


@dataclasses.dataclass
class Network:
    server: str | None  # the network namespaces; None: the host's
    client: str | None
    address: str  # of the server

    @staticmethod
    def inside(namespace, command):
        return [program("ip"), "netns", "exec", namespace, *command] if namespace else command


@contextlib.contextmanager
def on_loopback():
    yield Network(None, None, "127.0.0.1")


@contextlib.contextmanager
def between_containers():
    """Two namespaces on a bridge, which is in a third one."""
    server, client, switch = (f"squid-{os.getpid()}-{role}" for role in ("server", "client", "switch"))
    with contextlib.ExitStack() as stack:
        for name in (switch, server, client):
            ip("netns", "add", name)
            stack.callback(delete, name)
        ip("-netns", switch, "link", "add", "bridge", "type", "bridge")
        ip("-netns", switch, "link", "set", "bridge", "up")
        for name, plug, address in (server, "plug0", "198.18.0.1"), (client, "plug1", "198.18.0.2"):
            ip("-netns", switch, "link", "add", plug, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-netns", switch, "link", "set", plug, "master", "bridge", "up")
            ip("-netns", name, "address", "add", f"{address}/24", "dev", "eth0")
            # Whoever talks to an address of his own does so by loopback.
            for interface in ("lo", "eth0"):
                ip("-netns", name, "link", "set", interface, "up")
        yield Network(server, client, "198.18.0.1")
