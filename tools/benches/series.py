# SPDX-License-Identifier: Apache-2.0
"""Samples of several interleaved runs, and what is said of them."""
from dataclasses import dataclass, field
from statistics import median

OURS = "tapseal"


@dataclass
class Series:
    """One subject's samples of one case."""
    values: list = field(default_factory=list)
    cycles: list = field(default_factory=list)  # of one unit, by the TSC; may be empty

    def median(self):
        return median(self.values)

    def spread(self):
        """Half of the range, as a share of the median."""
        middle = self.median()
        return (max(self.values) - min(self.values)) / 2 / middle if middle else 0.0


@dataclass
class Case:
    """One question: the same work, done by us and by each peer or limit."""
    name: str
    unit: str
    more_is_better: bool = True
    subjects: dict = field(default_factory=dict)  # name: Series, in order of appearance
    failure: str = ""

    def add(self, subject, value, cycles=None):
        series = self.subjects.setdefault(subject, Series())
        series.values.append(float(value))
        if cycles is not None:
            series.cycles.append(float(cycles))

    def ratio(self, peer):
        """Ours to a peer's, by medians. Above 1: ours is the larger figure."""
        other = self.subjects[peer].median()
        return self.subjects[OURS].median() / other if other else float("inf")


@dataclass
class Budget:
    """What DESIGN section 11 or the issue asks of one case.

    `peer`: None, and `bound` is a figure in the case's unit; else a ratio of ours to the peer's.
    `at_least`: whether more is meant, else at most.
    """
    case: str
    bound: float
    at_least: bool
    peer: str = None
    source: str = "DESIGN 11"

    def figure(self, case):
        return case.ratio(self.peer) if self.peer else case.subjects[OURS].median()

    def met(self, case):
        figure = self.figure(case)
        return figure >= self.bound if self.at_least else figure <= self.bound

    def words(self, case):
        sign = "≥" if self.at_least else "≤"
        of = f"× {self.peer}" if self.peer else case.unit
        return f"{sign} {number(self.bound)} {of}"


def number(value):
    """Three digits that count, and a letter for thousands and millions."""
    for bound, unit, letter in ((1e9, 1e9, " G"), (1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if abs(value) >= bound:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
