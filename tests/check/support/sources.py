"""What all checks share: which files are ours, and how a complaint is printed (file:line: what is wrong)."""

import os
import pathlib
import sys

ROOT = pathlib.Path(os.environ.get("SQUID_SOURCE") or pathlib.Path(__file__).parents[3]).resolve()

SKIPPED_FOLDERS = {"build", "corpus", "__pycache__"}
CODE = (".h", ".c", ".cpp")


def files(*folders, suffixes=None):
    """Our files below the folders (default: everywhere), those with one of the suffixes, in a stable order."""
    for folder in folders or (".",):
        for where, subfolders, names in os.walk(ROOT / folder):
            subfolders[:] = sorted(s for s in subfolders if s not in SKIPPED_FOLDERS and (s == ".ci" or s[0] != "."))
            for name in sorted(names):
                if suffixes is None or name.endswith(suffixes):
                    yield pathlib.Path(where, name)


def lines(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def first_line(path):
    with open(path, "rb") as file:
        return file.readline(200).decode("utf-8", errors="replace").rstrip("\n")


class Complaints:
    def __init__(self):
        self.count = 0
        self.looked_at = 0

    def add(self, path, line, text):
        print(f"{path.relative_to(ROOT)}:{line}: {text}")
        self.count += 1

    def finish(self):
        """Ends the check. Having looked at nothing is a failure: the check would never find anything."""
        if self.looked_at == 0:
            print(f"{ROOT}: found nothing to check")
        sys.exit(1 if self.count or self.looked_at == 0 else 0)
