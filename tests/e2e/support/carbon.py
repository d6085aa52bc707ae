"""A real carbon-cache of our own, for one test: private configuration, storage and loopback ports.

    with Carbon() as carbon:
        ...                              # send to 127.0.0.1:carbon.port
        carbon.wait_for("a.b.c", lambda points: len(points) >= 3)
        carbon.points("a.b.c")           # {timestamp: value}

It runs as whoever runs the test, and dies with it. Needs Debian's graphite-carbon and python3-whisper.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import whisper

from .server import Server, die_with_parent
from .waiting import wait_until

_CONF = """\
[cache]
STORAGE_DIR = {root}/storage
LOCAL_DATA_DIR = {root}/storage/whisper
CONF_DIR = {root}/conf
LOG_DIR = {root}/log
PID_DIR = {root}
USER =
DATABASE = whisper
ENABLE_LOGROTATION = False
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle_port}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query_port}
LOG_CREATES = True
WHISPER_SPARSE_CREATE = True
ENABLE_TAGS = False
TAG_HASH_FILENAMES = False
"""

_SCHEMAS = """\
[everything]
pattern = .*
retentions = {retentions}
"""


def free_ports(count):
    """Loopback TCP ports that nobody listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Carbon(Server):
    # One point per second, so that no two timestamps of a test share a slot.
    def __init__(self, retentions="1s:2h"):
        self.root = tempfile.mkdtemp(prefix="squid-carbon-")
        self.port, self.pickle_port, self.query_port = free_ports(3)
        self._process = None
        for folder in ("conf", "log", "storage/whisper"):
            os.makedirs(os.path.join(self.root, folder))
        self._write("conf/carbon.conf", _CONF.format(**vars(self)))
        self._write("conf/storage-schemas.conf", _SCHEMAS.format(retentions=retentions))

    @property
    def pid(self):
        return self._process.pid

    def start(self, timeout=20):
        """Returns when the line receiver accepts connections."""
        assert self._process is None, "carbon runs already"
        with open(self.output_path(), "ab") as output:
            self._process = subprocess.Popen(
                ["/usr/bin/carbon-cache", f"--config={self.root}/conf/carbon.conf",
                 f"--pidfile={self.root}/carbon.pid", "--nodaemon", "start"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.root,
                preexec_fn=die_with_parent)
        wait_until(self._accepts, lambda: f"carbon-cache accepts connections; it said:\n{self.output()}", timeout)

    def stop(self, timeout=20):
        """As an administrator would: carbon writes what it has cached."""
        self._end(signal.SIGTERM, timeout)

    def kill(self):
        """As the OOM killer would: what carbon had cached is lost."""
        self._end(signal.SIGKILL, 10)

    def restart(self):
        self.stop()
        self.start()

    def pause(self):
        """Carbon stops reading, while its kernel still accepts connections and bytes."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def close(self):
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def names(self):
        """Every series that has a whisper file."""
        top = os.path.join(self.root, "storage/whisper")
        found = []
        for folder, _, files in os.walk(top):
            for file in files:
                path = os.path.relpath(os.path.join(folder, file), top)
                if path.endswith(".wsp"):
                    found.append(path[:-len(".wsp")].replace(os.sep, "."))
        return sorted(found)

    def points(self, name):
        """{timestamp: value} of what is on disk; empty where there is no such series."""
        path = os.path.join(self.root, "storage/whisper", *name.split(".")) + ".wsp"
        now = int(time.time())
        try:
            # carbon may be in the middle of creating it.
            oldest = now - whisper.info(path)["maxRetention"]
            (start, _, step), values = whisper.fetch(path, oldest, now, now)
        except (FileNotFoundError, TypeError, struct.error, whisper.CorruptWhisperFile):
            return {}
        return {start + i * step: value for i, value in enumerate(values) if value is not None}

    def wait_for(self, name, condition=bool, timeout=30):
        """The points of `name` as soon as condition(points) holds."""
        def matching():
            points = self.points(name)
            return (points,) if condition(points) else None

        def what():
            return f"points of {name} as wanted; it has {self.points(name)}, and carbon has {self.names()}"

        return wait_until(matching, what, timeout)[0]

    def output_path(self):
        return os.path.join(self.root, "output")

    def output(self):
        """What carbon wrote to its log, invalid lines included."""
        with open(self.output_path(), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _write(self, path, text):
        with open(os.path.join(self.root, path), "w", encoding="utf-8") as file:
            file.write(text)

    def _accepts(self):
        assert self._process.poll() is None, f"carbon-cache ended at once; it said:\n{self.output()}"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _end(self, signal_number, timeout):
        process, self._process = self._process, None
        process.send_signal(signal_number)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            # carbon refuses to start while it is there.
            if os.path.exists(os.path.join(self.root, "carbon.pid")):
                os.unlink(os.path.join(self.root, "carbon.pid"))
