"""Pods as a kubelet makes them: calls of containerd's CRI service, in protobuf written by hand, for the few fields that
it takes."""

import itertools

import grpc

from . import cgroups
from .containerd import IMAGE

HOSTS_OWN = 2  # namespaces
CONFIG = f"""\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = {str(cgroups.ARE_SYSTEMDS).lower()}
"""


def message(fields):
    """{number: text, whole number, message as bytes, or a list of these}, as protobuf."""
    encoded = b""
    for number, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                encoded += _varint(number << 3) + _varint(one)
            else:
                content = one if isinstance(one, bytes) else one.encode()
                encoded += _varint(number << 3 | 2) + _varint(len(content)) + content
    return encoded


def first_text(encoded):
    """Field 1 of an answer, which is an id."""
    assert encoded[:1] == b"\x0a" and encoded[1] < 128, encoded
    return encoded[2:2 + encoded[1]].decode()


def _varint(number):
    more = []
    while number > 127:
        more.append(number & 127 | 128)
        number >>= 7
    return bytes([*more, number])


class Cri:
    """with Cri(socket) as cri: pod = cri.run_pod("prod", "shop-0"); cri.run(pod, "nginx", "sleep", "600")"""

    def __init__(self, socket):
        self._channel = grpc.insecure_channel(f"unix://{socket}")
        self._pods = {}  # by id: how it was asked for
        self.cgroups = {}  # by id: in which its containers' are
        self._numbers = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pod in self._pods:
            for call in ("StopPodSandbox", "RemovePodSandbox"):
                self._call(call, {1: pod})
        self._channel.close()

    def run_pod(self, namespace, name):
        uid = f"00000000-1111-2222-3333-{next(self._numbers):012}"
        namespaces = message({1: HOSTS_OWN, 2: 0, 3: HOSTS_OWN})
        linux = message({1: self.cgroup_of(uid), 2: message({1: namespaces})})
        config = message({1: message({1: name, 2: uid, 3: namespace, 4: 0}), 8: linux})
        pod = first_text(self._call("RunPodSandbox", {1: config}))
        self._pods[pod] = config
        self.cgroups[pod] = self._cgroup_below_root(uid)
        return pod

    @staticmethod
    def cgroup_of(uid):
        """Of a pod of the class Burstable, as CRI takes it."""
        if cgroups.ARE_SYSTEMDS:
            return f"kubepods-burstable-pod{uid.replace('-', '_')}.slice"
        return f"/kubepods/burstable/pod{uid}"

    def _cgroup_below_root(self, uid):
        if cgroups.ARE_SYSTEMDS:
            return f"kubepods.slice/kubepods-burstable.slice/{self.cgroup_of(uid)}"
        return self.cgroup_of(uid).lstrip("/")

    def cgroup_of_container(self, pod, container):
        return f"{self.cgroups[pod]}/" + (f"cri-containerd-{container}.scope" if cgroups.ARE_SYSTEMDS else container)

    def run(self, pod, name, *command, attempt=0):
        config = message({1: message({1: name, 2: attempt}), 2: message({1: IMAGE}), 3: list(command)})
        container = first_text(self._call("CreateContainer", {1: pod, 2: config, 3: self._pods[pod]}))
        self._call("StartContainer", {1: container})
        return container

    def remove(self, container):
        self._call("StopContainer", {1: container, 2: 0})
        self._call("RemoveContainer", {1: container})

    def _call(self, name, fields):
        return self._channel.unary_unary(f"/runtime.v1.RuntimeService/{name}")(message(fields), timeout=60)
