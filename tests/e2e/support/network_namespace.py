"""Network namespaces, as `ip netns` keeps them."""

import ctypes
import os
import subprocess


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def delete(name):
    """If it is there; with the interfaces in it, and their other ends."""
    subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def in_namespace(name, action):
    """action() in a network namespace of `ip netns`. A socket stays in the one it was made in."""
    if name is None:
        return action()
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", encoding="ascii") as ours, open(f"/run/netns/{name}", encoding="ascii") as theirs:
        for_network = 0x40000000
        if libc.setns(theirs.fileno(), for_network) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            return action()
        finally:
            libc.setns(ours.fileno(), for_network)
