# SPDX-License-Identifier: Apache-2.0
"""Writes tests/bench/README.md, what was asked and what was measured, and FIGURES.md beside it."""
import json
import sys

from benches import scaling
from benches.outcome import RESULTS, lines_of
from benches.series import number

PAGE = "tests/bench/README.md"
_FIGURES = "tests/bench/FIGURES.md"
_TEXT = "tests/bench/ABOUT.md"  # what a person has written about it: put in front
_TITLES = ("case", "unit", "subject", "median", "±", "TSC cycles", "ours / it")


def write(tree):
    told = [json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((tree / RESULTS).glob("*.json"))]
    if not told:
        print(f"bench: nothing kept in {RESULTS}: tools/bench NAME --keep", file=sys.stderr)
        return 1
    about = (tree / _TEXT).read_text(encoding="utf-8").rstrip()
    page = [about, "", "## What is asked, and what was measured", "", *_budgets(told)]
    figures = ["# Every figure that was kept", "", *_scaling(told)]
    for each in told:
        figures += ["", f"## {each['bench']}", "", *_one(each)]
    for name, lines in ((PAGE, page), (_FIGURES, figures)):
        (tree / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _budgets(told):
    rows = [["bench", "case", "asked", "measured", "", "asked by"]]
    for each in told:
        for case in each["cases"]:
            rows += [[each["bench"], case["case"], ask["words"], number(ask["figure"]),
                      "met" if ask["met"] else "**missed**", ask["source"]]
                     for ask in case["asked"]]
    return _table(rows)


def _scaling(told):
    rows = scaling.rows(told)
    if not rows:
        return []
    return ["## What a link needs, on paper", "",
            f"Worked out from the cycles below, for cores of {scaling.CORE_HZ / 1e9:.0f} GHz that "
            f"are busy for {scaling.LOAD:.0%} of their time. Designed, not measured: nothing here "
            "has seen such a link, a network card or more than two cores. A million flows; every "
            "session is one row, before the memory folds what it knows already.", "",
            *_table(rows)]


def _one(told):
    settings = "; ".join(f"{name}: {value}" for name, value in
                         {**told["circumstances"], **told["settings"]}.items())
    rows = [list(_TITLES)] + [line[:len(_TITLES)] for line in lines_of(told)]
    return [settings, "", *_table(rows), *[f"\n{note}" for note in told["notes"]]]


def _table(rows):
    head, *body = rows
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(row)} |" for row in body]
