"""Containers as the kernel sees them, in a helper of ours that makes their cgroups: many that live for a moment, beside
others that only stand there."""

import os
import pathlib
import subprocess


class Lives:
    """with Lives(200, per_second=50, burn_ms=20, standing=0) as lives: lives.run(), then lives.cpu_ns of each id"""

    def __init__(self, count, per_second, burn_ms, standing):
        build = pathlib.Path(os.environ.get("SQUID_BUILD") or pathlib.Path(__file__).parents[3] / "build/release")
        arguments = [count, per_second, burn_ms, standing]
        self._process = subprocess.Popen([build / "tests/squid_e2e_short_lives", *map(str, arguments)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cpu_ns = {}

    def __enter__(self):
        self._expect("ready")
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait() == 0

    def run(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline().split()) != ["done"]:
            assert line, "it ended early"
            self.cpu_ns[line[0]] = int(line[1])

    def _expect(self, line):
        said = self._process.stdout.readline().strip()
        assert said == line, said
