# SPDX-License-Identifier: Apache-2.0
"""Runs a measuring program of tests/bench several times and gathers what it prints.

Such a program measures each of its cases once per run, all subjects of a case one after the other,
and prints a JSON object a line: {"case", "subject", "unit", "value"} and, where it knows them,
"cycles" (TSC, per unit of work) and "less_is_better". So runs of one subject are interleaved with
those of the others, and what the machine does meanwhile meets all alike.
"""
import json
import subprocess
from pathlib import Path

from benches.measured import CannotCompare
from benches.series import Case

TREE = Path(__file__).resolve().parents[2]
BUILT = TREE / "build" / "tests" / "bench"


def built(name):
    """The path of a measuring program; a debug or absent build makes no comparison."""
    path = BUILT / name
    if not path.exists():
        raise CannotCompare(f"{path} is not built: ninja -C build tests/bench/{name}")
    return path


def gather(words, rounds, timeout=900):
    """{case name: Case} of `rounds` runs of a program and its arguments."""
    cases = {}
    for _ in range(rounds):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, timeout=timeout)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise CannotCompare(f"{words[0]}: exit {done.returncode}: {said[0]}")
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                take(cases, json.loads(line))
    return cases


def take(cases, row):
    """Puts one printed row where it belongs."""
    case = cases.setdefault(row["case"], Case(row["case"], row["unit"],
                                              not row.get("less_is_better", False)))
    case.add(row["subject"], row["value"], row.get("cycles"))
