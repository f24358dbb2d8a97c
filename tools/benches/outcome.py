# SPDX-License-Identifier: Apache-2.0
"""What a bench found: told as a table, as JSON, and kept for tests/bench/README.md."""
import json
import subprocess
from dataclasses import dataclass, field

from benches.series import OURS, number

RESULTS = "tests/bench/results"
_HEADINGS = ("case", "unit", "subject", "median", "±", "cycles", "ours / it", "asked", "")


@dataclass
class Outcome:
    """`cases`: of benches.series; `budgets`: what is asked of them; `settings`: what was chosen."""
    bench: str
    cases: list
    budgets: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def failures(self):
        """What makes this run worth nothing; a budget that is missed is a result, no failure."""
        said = [f"{case.name}: {case.failure}" for case in self.cases if case.failure]
        names = {case.name for case in self.cases}
        return said + [f"{budget.case}: asked for and not measured" for budget in self.budgets
                       if budget.case not in names]


def as_json(outcome, machine):
    return {"bench": outcome.bench, "circumstances": machine, "settings": outcome.settings,
            "notes": outcome.notes, "failures": outcome.failures(),
            "cases": [_case_json(case, outcome.budgets) for case in outcome.cases]}


def _case_json(case, budgets):
    subjects = {name: {"median": series.median(), "spread": round(series.spread(), 4),
                       "values": series.values,
                       "cycles": sorted(series.cycles)[len(series.cycles) // 2]
                       if series.cycles else None}
                for name, series in case.subjects.items()}
    ratios = {name: case.ratio(name) for name in case.subjects
              if name != OURS and OURS in case.subjects}
    asked = [{"words": budget.words(case), "figure": budget.figure(case),
              "met": budget.met(case), "source": budget.source}
             for budget in budgets if budget.case == case.name and not case.failure]
    return {"case": case.name, "unit": case.unit, "more_is_better": case.more_is_better,
            "subjects": subjects, "ratios": ratios, "asked": asked,
            "failure": case.failure or None}


def lines_of(told):
    """The table of what as_json() made, as rows of cells."""
    rows = []
    for case in told["cases"]:
        for at, (name, each) in enumerate(case["subjects"].items()):
            ratio = case["ratios"].get(name)
            rows.append([case["case"] if at == 0 else "", case["unit"] if at == 0 else "", name,
                         number(each["median"]), f"{each['spread']:.0%}",
                         f"{each['cycles']:.0f}" if each["cycles"] is not None else "",
                         f"{ratio:.2f}" if ratio is not None else "",
                         "; ".join(ask["words"] for ask in case["asked"]) if at == 0 else "",
                         _verdict(case) if at == 0 else ""])
    return rows


def _verdict(case):
    if case["failure"]:
        return f"FAILED: {case['failure']}"
    if not case["asked"]:
        return ""
    return "met" if all(ask["met"] for ask in case["asked"]) else "MISSED"


def show(outcome, machine):
    told = as_json(outcome, machine)
    print("; ".join(f"{name}: {value}" for name, value in machine.items()))
    print("; ".join(f"{name}: {value}" for name, value in outcome.settings.items()))
    rows = [list(_HEADINGS)] + lines_of(told)
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADINGS))]
    for row in rows:
        cells = [cell.ljust(width) if at in (0, 1, 2, 7, 8) else cell.rjust(width)
                 for at, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())
    for note in outcome.notes:
        print(note)
    for failure in outcome.failures():
        print(f"FAILED: {failure}")


def keep(tree, outcome, machine):
    """For tests/bench/README.md: the last run of this bench that was asked to be kept."""
    path = tree / RESULTS / f"{outcome.bench}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(outcome, machine), indent=1) + "\n", encoding="utf-8")
    subprocess.run(["chmod", "644", str(path)], check=False)
