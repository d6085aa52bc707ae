"""An image made of busybox, without a registry."""

import hashlib
import io
import json
import os
import subprocess
import tarfile

from .program import program


def archive():
    """Its file system, as a tar archive."""
    busybox = program("busybox")
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(os.path.realpath(busybox), "bin/busybox")
        for applet in applets:
            if applet != "busybox":
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
    return packed.getvalue()


def oci_layout(name):
    """The whole image under that name, as an OCI layout in a tar archive."""
    layer = archive()
    config = _json({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["sleep", "600"]},
                    "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}})
    manifest = _json({"schemaVersion": 2, "config": _blob("config.v1+json", config),
                      "layers": [_blob("layer.v1.tar", layer)]})
    entry = {**_blob("manifest.v1+json", manifest), "annotations": {"io.containerd.image.name": name}}
    files = {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
             "index.json": _json({"schemaVersion": 2, "manifests": [entry]})}
    for content in (layer, config, manifest):
        files[f"blobs/sha256/{_digest(content).partition(':')[2]}"] = content
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _json(value):
    return json.dumps(value).encode()


def _digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _blob(kind, content):
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": _digest(content), "size": len(content)}
