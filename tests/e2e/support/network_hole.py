"""A network of our own, a pair of virtual interfaces, that can be made a black hole: packets vanish, and nobody says so.

    with NetworkHole() as hole:
        ...                              # listen on hole.address in the namespace hole.name
        hole.open()
        hole.close()
"""

import os
import subprocess

from .network_namespace import delete, ip


class NetworkHole:
    def __init__(self):
        number = os.getpid() % 250
        self.name = f"squid-hole-{os.getpid()}"
        self.address = f"198.18.{number}.2"
        self._near = f"sqhole{number}"
        self._near_address = f"198.18.{number}.1/30"

    def __enter__(self):
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self._near, "type", "veth", "peer", "name", "far", "netns", self.name)
            self._inside("link", "set", "far", "address", "02:00:00:00:00:02", "up")
            self.close()
            ip("address", "add", self._near_address, "dev", self._near)
            ip("link", "set", self._near, "up")
            # Without it the host would notice that nobody answers, and say so.
            ip("neighbour", "add", self.address, "lladdr", "02:00:00:00:00:02", "dev", self._near)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # At once, where the namespace stays for as long as a socket in it.
        subprocess.run(["ip", "link", "delete", self._near], check=False, capture_output=True)
        delete(self.name)

    def open(self):
        self._inside("address", "delete", f"{self.address}/30", "dev", "far")

    def close(self):
        self._inside("address", "add", f"{self.address}/30", "dev", "far")

    def _inside(self, *arguments):
        ip("-netns", self.name, *arguments)
