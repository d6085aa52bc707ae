"""The collectors that are measured side by side, each started as its users start it, in a cgroup of its own whose CPU
time the kernel counts. None is configured to do anything but watch containers once a second."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.ports import free_tcp_port  # noqa: E402
from support.program import program  # noqa: E402
from support.server import Server, die_with_parent, serve_each  # noqa: E402
from support.squid import binary  # noqa: E402


class GraphiteServer:
    """Has read(connection), which runs for each connection until it has ended."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        serve_each(self._server, self._read_and_close)

    def _read_and_close(self, connection):
        with connection:
            self.read(connection)


class Listener(GraphiteServer):
    """Remembers all that it was sent."""

    def __init__(self):
        self._received = bytearray()
        super().__init__()

    def read(self, connection):
        while chunk := connection.recv(1 << 20):
            self._received += chunk

    def text(self):
        return self._received.decode(errors="replace")


class Collector(Server):
    """command() says how it is started, told() is all that it has said so far."""

    warm_up = 4.0

    def __init__(self, cgroup):
        self.cgroup = cgroup
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squid-bench-"))
        self.process = None
        self._output = open(self.folder / "output", "wb")

    def start(self):
        self.process = subprocess.Popen(
            self.cgroup.inside(self.command()), stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output,
            preexec_fn=die_with_parent)

    def close(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        self._output.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self):
        return (self.folder / "output").read_text(errors="replace")

    def count_shown(self, containers):
        told = self.told()
        return sum(one.name in told or one.id[:12] in told for one in containers)

    def rss_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return 1024 * int(line.split()[1])
        raise ValueError(f"/proc/{self.process.pid}/status has no VmRSS")


class DockerStats(Collector):
    label = "docker stats"

    def __init__(self, cgroup, docker):
        super().__init__(cgroup)
        self._docker = docker

    def command(self):
        return self._docker.stats_command()

    def told(self):
        return self.output()


class Squid(Collector):
    label = "squid-bpf"
    arguments = ()

    def __init__(self, cgroup):
        super().__init__(cgroup)
        self._listener = Listener()

    def command(self):
        return [binary(), "--host", "bench", "--sink", f"graphite:127.0.0.1:{self._listener.port}", *self.arguments]

    def told(self):
        return self._listener.text()


class SquidFiles(Squid):
    label = "squid-bpf --source files"
    arguments = ("--source", "files")


NETDATA_CONF = """
[global]
    run as user = root
[db]
    mode = ram
    update every = 1
    retention = 300
[directories]
    config = {folder}
    lib = {folder}
    cache = {folder}
    log = {folder}
[logs]
    access = none
    debug = none
[web]
    bind to = 127.0.0.1:{port}
[health]
    enabled = no
[ml]
    enabled = no
[statsd]
    enabled = no
[plugins]
    enable running new plugins = no
    cgroups = yes
    {others} = no
[plugin:cgroups]
    update every = 1
    use unified cgroups = {unified}
"""
NETDATA_OTHERS = ("proc", "diskspace", "timex", "idlejitter", "tc", "netdata monitoring", "netdata monitoring extended",
                  "apps", "ebpf", "perf", "slabinfo", "ioping", "nfacct", "cups", "charts.d", "python.d", "go.d", "fping",
                  "debugfs")


class Netdata(Collector):
    """With its cgroups plugin alone."""

    label = "netdata, cgroups plugin"
    # It looks for new cgroups every ten seconds, and names a few of them each time.
    warm_up = 60.0

    def command(self):
        self._port = free_tcp_port()
        configuration = self.folder / "netdata.conf"
        is_hybrid = not os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        configuration.write_text(NETDATA_CONF.format(
            folder=self.folder, port=self._port, others=" = no\n    ".join(NETDATA_OTHERS),
            unified="no" if is_hybrid else "yes"))
        return [program("netdata"), "-D", "-c", str(configuration)]

    def told(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/charts", timeout=10) as answer:
            return " ".join(json.load(answer)["charts"])


COLLECTD_CONF = """
Hostname "bench"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/pid"
Interval 1
LoadPlugin cgroups
LoadPlugin write_graphite
<Plugin cgroups>
  IgnoreSelected true
</Plugin>
<Plugin write_graphite>
  <Node "bench">
    Host "127.0.0.1"
    Port "{port}"
    Protocol "tcp"
  </Node>
</Plugin>
"""


class Collectd(Collector):
    """Its cgroups plugin knows of CPU time, and of nothing else."""

    label = "collectd, CPU time only"

    def __init__(self, cgroup):
        super().__init__(cgroup)
        self._listener = Listener()

    def command(self):
        configuration = self.folder / "collectd.conf"
        configuration.write_text(COLLECTD_CONF.format(folder=self.folder, port=self._listener.port))
        return [program("collectd"), "-f", "-C", str(configuration)]

    def told(self):
        return self._listener.text()
