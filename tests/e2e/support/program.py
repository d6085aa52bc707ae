"""Programs of the distribution that tests start."""

import shutil

# The distribution's client and daemon, which belong together, before others that may be installed beside them.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise RuntimeError(f"{name} is not installed; scripts/install-packages test installs it")
    return found
