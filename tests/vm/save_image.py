#!/usr/bin/python3
"""Usage: save_image.py FILE: squid-bpf's image, made by a docker of this host, for one that takes it from there."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from support import product_image  # noqa: E402
from support.docker import Docker  # noqa: E402

with Docker() as docker:
    name, _ = product_image.build(docker)
    docker.cli("save", f"--output={sys.argv[1]}", name)
