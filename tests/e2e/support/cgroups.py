"""Cgroups that a runtime leaves behind, in every hierarchy. What is not empty, or not there, stays as it is."""

import os
import pathlib


def hierarchies():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.split()[0] in ("cgroup", "cgroup2"):
            yield pathlib.Path(fields.split()[4])


def remove_tree(path):
    for root in hierarchies():
        for where, _, _ in os.walk(root / path, topdown=False):
            _remove(pathlib.Path(where))


def remove(path):
    for root in hierarchies():
        _remove(root / path)


def _remove(cgroup):
    try:
        cgroup.rmdir()
    except OSError:
        pass
