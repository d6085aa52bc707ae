"""The hash maps that a process holds in the kernel, and how full they are."""

import json
import pathlib
import subprocess

from .program import program

BPF_MAP_TYPE_HASH = 1  # one that forgets nothing by itself


def fill_of_hashes(pid):
    """{id: (entries, most entries)}"""
    fills = {}
    for entry in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            fields = dict(line.split(":\t", 1) for line in entry.read_text().splitlines() if ":\t" in line)
        except FileNotFoundError:  # closed meanwhile
            continue
        if int(fields.get("map_type", 0)) == BPF_MAP_TYPE_HASH:
            fills[int(fields["map_id"])] = (_count(fields["map_id"]), int(fields["max_entries"]))
    return fills


def _count(map_id):
    done = subprocess.run([program("bpftool"), "--json", "map", "dump", "id", map_id], capture_output=True, text=True,
                          check=True)
    return len(json.loads(done.stdout))
