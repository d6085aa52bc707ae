"""squid-bpf's own image, from the Dockerfile of the project, on a base of our own: there is no registry.

The quick way takes the stage `runtime` of the Dockerfile and adds the program that is built already. Its base has the
libraries of this host, and an apt-get that has nothing left to do. The full way builds all of the Dockerfile on a
Debian made by debootstrap: minutes, and only asked for by `scripts/image-test --full`.
"""

import io
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import time

from . import image, squid
from .program import program

PROJECT = pathlib.Path(__file__).resolve().parents[3]
NAME = "squid-bpf"
PATH = "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin"
MOST_ADDED_MB = 60


def build(docker):
    """The image's name, and lines about size and time."""
    return _build_all(docker) if os.environ.get("SQUID_IMAGE_FULL") else _build_quickly(docker)


def _build_quickly(docker):
    docker.import_image("squid-base", _base_of_this_host(), PATH)
    docker.cli("build", "--network=none", "--target=runtime", "--build-arg=BASE=squid-base", "--tag=squid-runtime",
               str(PROJECT))
    with tempfile.TemporaryDirectory() as context:
        subprocess.run(["strip", "-o", f"{context}/squid-bpf", squid.binary()], check=True)
        pathlib.Path(context, "Dockerfile").write_text(
            "FROM squid-runtime\nCOPY squid-bpf /usr/bin/squid-bpf\n")
        docker.cli("build", "--network=none", f"--tag={NAME}", context)
    return NAME, []


def _build_all(docker):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [program("debootstrap"), "--variant=minbase",
             "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg", "bookworm", folder, _mirror()],
            check=True, capture_output=True)
        packed = subprocess.run(["tar", "-C", folder, "-c", "."], check=True, capture_output=True).stdout
    docker.import_image("debian:12-slim", packed, PATH)
    started = time.monotonic()
    docker.cli("build", "--network=host", f"--tag={NAME}", str(PROJECT))
    seconds = time.monotonic() - started
    base, whole = (int(docker.cli("image", "inspect", "--format={{.Size}}", name)) for name in ("debian:12-slim", NAME))
    added = (whole - base) / 1e6
    if added > MOST_ADDED_MB:
        raise AssertionError(f"the image adds {added:.1f} MB to its base, the limit is {MOST_ADDED_MB}")
    return NAME, [f"docker build took {seconds:.0f} s; the image has {whole / 1e6:.1f} MB, "
                  f"{added:.1f} MB more than its base"]


def _mirror():
    sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
    found = re.search(r"^URIs:\s*(\S+)", sources.read_text(), re.MULTILINE) if sources.exists() else None
    return found[1] if found else "http://deb.debian.org/debian"


def _base_of_this_host():
    """Busybox, a shell for scripts/packages, and what squid-bpf is linked with."""
    packed = io.BytesIO(image.archive())
    with tarfile.open(fileobj=packed, mode="a") as tar:
        for path in {*_libraries(squid.binary()), *_libraries("/bin/bash")}:
            tar.add(os.path.realpath(path), path.lstrip("/"))
        tar.add(os.path.realpath("/bin/bash"), "bin/bash")
        tar.add(os.path.realpath(program("busybox")), "usr/bin/env")
        nothing_to_do = tarfile.TarInfo("usr/bin/apt-get")
        nothing_to_do.mode, text = 0o755, b"#!/bin/sh\nexit 0\n"
        nothing_to_do.size = len(text)
        tar.addfile(nothing_to_do, io.BytesIO(text))
    return packed.getvalue()


def _libraries(path):
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", said)
