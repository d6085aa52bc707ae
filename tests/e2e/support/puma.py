"""puma, with what support/backstop.ru makes of it.

    with Puma(login="joe:secret", prefix="docker") as puma:
        puma.url("/publish/docker")
        puma.lines()                       # what carbon would have, as "name value time"
"""

import os
import pathlib
import socket
import subprocess
import tempfile

from .ports import free_tcp_port
from .program import program
from .server import Server, die_with_parent
from .waiting import wait_until

APPLICATION = pathlib.Path(__file__).parent / "backstop.ru"


class Puma(Server):
    def __init__(self, login="joe:secret", prefix="docker"):
        self.port = free_tcp_port()
        self._login = login
        self._prefix = prefix
        self._folder = tempfile.TemporaryDirectory(prefix="squid-puma-")
        self._lines = pathlib.Path(self._folder.name) / "lines"
        self._output = pathlib.Path(self._folder.name) / "output"
        self._process = None

    def start(self):
        environment = os.environ | {"LINES": str(self._lines), "LOGIN": self._login, "PREFIX": self._prefix}
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [program("puma"), "--bind", f"tcp://127.0.0.1:{self.port}", APPLICATION], env=environment,
                stdout=output, stderr=output, preexec_fn=die_with_parent)
        wait_until(self._listens, lambda: f"puma does not listen: {self._output.read_text()}", timeout=60)

    def close(self):
        if self._process:
            self._process.terminate()
            self._process.wait()
        self._folder.cleanup()

    def url(self, path):
        return f"http://{self._login}@127.0.0.1:{self.port}{path}"

    def lines(self):
        return self._lines.read_text("utf-8").splitlines()

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
