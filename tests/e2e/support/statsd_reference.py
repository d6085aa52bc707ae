"""The real statsd/statsd as one configures it: `with StatsdReference(port, flushInterval=1000) as reference:` listens
on that UDP port of loopback, and dies with the test."""

import json
import os
import pathlib
import subprocess
import tempfile

from .program import program
from .server import Server, die_with_parent

ROOT = pathlib.Path(os.environ.get("SQUID_SOURCE") or pathlib.Path(__file__).parents[3])
SCRIPT = ROOT / "build/statsd_reference/node_modules/statsd/stats.js"


class StatsdReference(Server):
    def __init__(self, port, **config):
        self.port = port
        self._folder = tempfile.TemporaryDirectory()
        # Its console cannot be switched off; what is no number is the path of a unix socket.
        self._config = {"address": "127.0.0.1", "port": port, "mgmt_port": f"{self._folder.name}/console",
                        "automaticConfigReload": False, **config}
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        if not SCRIPT.exists():
            raise RuntimeError(f"{SCRIPT} is missing; scripts/install-packages test installs it")
        config = pathlib.Path(self._folder.name, "config.js")
        config.write_text(json.dumps(self._config))
        with open(self._output(), "wb") as output:
            self._process = subprocess.Popen([program("node"), SCRIPT, config], stdin=subprocess.DEVNULL,
                                             stdout=output, stderr=output, preexec_fn=die_with_parent)

    def close(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def check(self):
        """AssertionError where it has crashed."""
        assert self._process.poll() is None, f"statsd/statsd ended: {self._output().read_text()[-2000:]}"

    def _output(self):
        return pathlib.Path(self._folder.name, "output")
