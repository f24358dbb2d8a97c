# SPDX-License-Identifier: Apache-2.0
"""What a program took: wall time, and processor time of it and of all that it started."""
import os
import resource
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


class CannotCompare(Exception):
    """A program is absent, or the run would compare nothing."""


@dataclass
class Result:
    """One program's run. `hosts`: found open; `leaves`: {address: SHA-256 of its certificate}."""
    bench: str
    program: str
    version: str = ""
    hosts: set = field(default_factory=set)
    leaves: dict = field(default_factory=dict)
    wall_s: float = 0.0
    cpu_s: float = 0.0
    sent_per_s: float = 0.0  # frames, in the liveliest second
    fetches: bool = False  # it looks for certificates
    failure: str = ""
    # Of these, what is true, and how much there is; filled in when all have run.
    found: int = 0
    total: int = 0
    right: int = 0
    distinct: int = 0
    distinct_total: int = 0


class Command:
    """Runs a program to its end and adds what it took to a result."""

    def __init__(self, result):
        self.result = result

    def run(self, words, timeout=1800):
        begin, before = time.monotonic(), children_s()
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, timeout=timeout)
        self.result.wall_s += time.monotonic() - begin
        self.result.cpu_s += children_s() - before
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            self.result.failure = f"{words[4] if len(words) > 4 else words[0]}: {said[0]}"
        return done


def children_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tree_s(*roots):
    """Processor time so far of processes and of all below them, those that have ended included."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text(encoding="ascii",
                                                   errors="replace").rpartition(") ")[2].split()
            except OSError:
                continue
            pid = int(entry.name)
            parents[pid] = int(words[1])
            used[pid] = sum(map(int, words[11:15])) / _TICK
    return sum(seconds for pid, seconds in used.items() if _is_below(pid, roots, parents))


def _is_below(pid, roots, parents):
    while pid > 1:
        if pid in roots:
            return True
        pid = parents.get(pid, 0)
    return False
