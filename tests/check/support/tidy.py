"""Runs clang-tidy over our sources, two at a time on two cores, and remembers what passed: folder by folder with the
checks of every day, file by file with the deep ones.

A job is looked at again when it, a header of ours that it includes, the configuration, its compile command or
clang-tidy itself has changed. BPF programs are only measured for the size of their functions: the other checks
are about C++.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import platform
import re
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import sources  # noqa: E402

# Checks that fight the style of this project are left out, not silenced line by line.
DEEP = """
bugprone-*
-bugprone-easily-swappable-parameters
-bugprone-implicit-widening-of-multiplication-result
-bugprone-exception-escape
-bugprone-narrowing-conversions
-bugprone-reserved-identifier
-bugprone-stringview-nullptr
clang-analyzer-*
-clang-analyzer-optin.cplusplus.UninitializedObject
cppcoreguidelines-virtual-class-destructor
misc-definitions-in-headers
misc-redundant-expression
misc-static-assert
misc-unused-*
modernize-deprecated-headers
modernize-loop-convert
modernize-use-nullptr
modernize-use-override
modernize-use-using
performance-*
-performance-enum-size
readability-misleading-indentation
readability-redundant-*
-readability-redundant-access-specifiers
readability-simplify-boolean-expr
"""
BUILD = pathlib.Path(os.environ["SQUID_BUILD"])
MEMORY = BUILD / "tidy.json"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
INCLUDE_ROOTS = ("userspace", ".", "tests", "bpf")


def local_includes(path, seen):
    """The file and all headers of ours that it reaches."""
    if path in seen:
        return
    seen.add(path)
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        for base in (path.parent, *(sources.ROOT / folder for folder in INCLUDE_ROOTS)):
            if (base / name).is_file():
                local_includes((base / name).resolve(), seen)
                break


def diagnostics(output):
    """The single complaints in what clang-tidy printed; one about a header comes again with every includer."""
    return re.split(r"\n(?=/\S+:\d+:\d+: (?:error|warning): )", output)


class Job:
    def __init__(self, path, command, setup, name=""):
        self.path = path
        self.name = name or path.relative_to(sources.ROOT).as_posix()
        self.command = command
        self.setup = setup

    def fingerprint(self):
        reached = set()
        local_includes(self.path, reached)
        digest = hashlib.sha256(repr((self.command, self.setup)).encode())
        for path in sorted(reached):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def run(self):
        done = subprocess.run(self.command, cwd=BUILD, capture_output=True, text=True)
        if done.returncode == 0 and not done.stdout.strip():
            return ""
        return done.stdout.strip() or done.stderr.strip() or f"clang-tidy ended with {done.returncode}"


def compiled():
    """(source, compile command) of everything of ours that is compiled."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if sources.ROOT in path.parents and path.suffix in (".cpp", ".cxx"):
            yield path, entry["command"]


def deep_jobs(setup):
    for path, command in compiled():
        checks = "" if "/tests/" in str(path) else "," + ",".join(DEEP.split())
        yield Job(path, ["clang-tidy", "--quiet", f"--checks={checks}", "-p", str(BUILD), str(path)], (setup, command))


def folder_jobs(setup):
    """All sources of a folder in one go: most of the time goes into the headers, which they share."""
    commands = {folder_of(path): command for path, command in compiled()}
    for folder, command in sorted(commands.items()):
        name = folder.relative_to(sources.ROOT).as_posix()
        if not name.startswith(("userspace", "sinks")):
            continue
        together = BUILD / "tidy" / f"{name.replace('/', '_')}.cpp"
        together.parent.mkdir(exist_ok=True)
        together.write_text("".join(f'#include "{path}"\n' for path in sorted(folder.glob("*.cpp"))))
        yield Job(together, ["clang-tidy", "--quiet", str(together), "--", *compiler_flags(command)], setup, name)


def folder_of(path):
    """Where the sources are; a build that compiles whole folders at once has a file of its own for each."""
    if "CMakeFiles" not in path.parts:
        return path.parent
    return sources.ROOT.joinpath(*path.relative_to(BUILD).parts[: path.relative_to(BUILD).parts.index("CMakeFiles")])


def compiler_flags(command):
    """Where the headers are and how they are read; nothing of input, outputs and code generation."""
    words = shlex.split(command)
    pairs = zip([""] + words, words)
    return [word for before, word in pairs if word.startswith(("-D", "-I", "-isystem", "-std=")) or before == "-isystem"]


def bpf_jobs(setup):
    machine = platform.machine()
    arch = {"x86_64": "x86", "aarch64": "arm64"}.get(machine, machine)
    flags = ["-target", "bpf", "-g", "-O2", f"-D__TARGET_ARCH_{arch}", f"-I{sources.ROOT}/bpf",
             f"-I/usr/include/{machine}-linux-gnu"]
    for path in sources.files("bpf", suffixes=(".bpf.c",)):
        command = ["clang-tidy", "--quiet", "--checks=-*,readability-function-size", str(path), "--", *flags]
        yield Job(path, command, setup)


def main():
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    configurations = sorted(sources.files(suffixes=(".clang-tidy",)))
    setup = version + "".join(path.read_text() for path in configurations)
    names = [name for name in sys.argv[1:] if name != "--deep"]
    deep = "--deep" in sys.argv or bool(names)
    jobs = [*(deep_jobs if deep else folder_jobs)(setup), *bpf_jobs(setup)]
    wanted = {str(pathlib.Path(name).resolve()) for name in names}
    jobs = [job for job in jobs if not wanted or str(job.path) in wanted]
    if not jobs:
        sys.exit(f"{BUILD}/compile_commands.json names no source to look at")

    passed = json.loads(MEMORY.read_text()) if MEMORY.exists() else {}
    prints = {job.name: job.fingerprint() for job in jobs}
    due = [job for job in jobs if passed.get(job.name) != prints[job.name]]
    failures = 0
    printed = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for job, text in zip(due, pool.map(Job.run, due)):
            if text:
                new = [block for block in diagnostics(text) if block not in printed]
                printed.update(new)
                print(*new, sep="\n", flush=True)
                failures += 1
            else:
                passed[job.name] = prints[job.name]
                # Every time, so that a run which is broken off is not lost.
                MEMORY.write_text(json.dumps(passed, indent=1))
    print(f"{len(jobs)} sources, {len(due)} looked at, {failures} with complaints", file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
