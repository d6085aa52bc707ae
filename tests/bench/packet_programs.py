"""Programs at the root of all cgroups that see every packet: those of a running squid-bpf, or a pair that does nothing.
They can be attached and detached in an instant, while all else stays as it is.

    with pair_of(squid).attached(): ...
"""

import contextlib
import ctypes
import json
import os
import platform
import struct
import subprocess
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support.cgroups import unified_root  # noqa: E402
from support.program import program  # noqa: E402

_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_PROG_LOAD, _PROG_GET_FD_BY_ID, _LINK_CREATE = 5, 13, 28
_PROG_TYPE_CGROUP_SKB = 8
_INGRESS, _EGRESS = 0, 1
_RETURN_ONE = struct.pack("<BBhiBBhi", 0xB7, 0, 0, 1, 0x95, 0, 0, 0)
_NAMES = {"packet_received": _INGRESS, "packet_sent": _EGRESS}


def _bpf(command, attributes):
    memory = ctypes.create_string_buffer(attributes, 128)
    result = ctypes.CDLL(None, use_errno=True).syscall(_BPF, command, memory, len(memory))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"bpf command {command}: {os.strerror(number)}")
    return result


def _bpftool(*arguments):
    done = subprocess.run([program("bpftool"), "--json", *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class Pair:
    """One program for what comes in, one for what goes out."""

    def __init__(self, descriptors):
        self._descriptors = descriptors
        self._root = os.open(unified_root(), os.O_RDONLY)

    def close(self):
        for descriptor in (self._root, *self._descriptors.values()):
            os.close(descriptor)

    @contextlib.contextmanager
    def attached(self):
        """By links, which end with whoever holds them."""
        with contextlib.ExitStack() as links:
            for direction, descriptor in self._descriptors.items():
                link = _bpf(_LINK_CREATE, struct.pack("<4I", descriptor, self._root, direction, 0))
                links.callback(os.close, link)
            yield


def empty_pair():
    code = ctypes.create_string_buffer(_RETURN_ONE, len(_RETURN_ONE))
    licence = ctypes.create_string_buffer(b"GPL")
    return Pair({direction: _bpf(_PROG_LOAD, struct.pack(
        "<IIQQIIQII16sII", _PROG_TYPE_CGROUP_SKB, len(_RETURN_ONE) // 8, ctypes.addressof(code),
        ctypes.addressof(licence), 0, 0, 0, 0, 0, b"empty", 0, direction)) for direction in (_INGRESS, _EGRESS)})


def pair_of(squid):
    """What that squid-bpf has attached is detached for good; the maps of its programs stay in use."""
    ours = {number: _bpftool("prog", "show", "id", str(number))["name"] for number in _held_by(squid.pid, "prog_id")}
    ours = {number: name for number, name in ours.items() if name in _NAMES}
    assert sorted(ours.values()) == sorted(_NAMES), f"programs of squid-bpf: {ours}"
    pair = Pair({_NAMES[name]: _bpf(_PROG_GET_FD_BY_ID, struct.pack("<I", number)) for number, name in ours.items()})
    for link in _held_by(squid.pid, "link_id"):
        if _bpftool("link", "show", "id", str(link))["prog_id"] in ours:
            _bpftool("link", "detach", "id", str(link))
    return pair


def _held_by(pid, field):
    """Numbers of the programs or links of a process."""
    lines = [line for entry in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir() for line in entry.read_text().splitlines()]
    return {int(line.split()[1]) for line in lines if line.startswith(f"{field}:")}
