# SPDX-License-Identifier: Apache-2.0
"""Which expectations are in scope, and the count of what was met."""
import json
from collections import Counter
from dataclasses import dataclass, field

from matching import is_false, is_mere_note, match


class Scope:
    """The written policy: scope.json."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self._rules = json.load(file)
        self.timeout_s = self._rules["timeout_s"]

    def reason_out(self, capture, session):
        """Why a session is not required, or None when it is."""
        for mark, reason in self._rules["out_of_scope_fields"].items():
            if mark != "why" and session.get(mark):
                return reason
        if session["transport"] not in self._rules["transports"]:
            return f"transport {session['transport']}"
        carrier = session.get("carrier") or self._carrier_by_name(capture)
        if carrier not in self._rules["carriers"]:
            return f"carrier {carrier}"
        return None

    def is_also_real(self, capture, report):
        """Whether a report that no expectation names is right all the same."""
        return any(each["capture"] == capture and
                   all(report.get(name) == value for name, value in each.items()
                       if name != "capture")
                   for each in self._rules["also_real"]["sessions"])

    def _carrier_by_name(self, capture):
        name = capture.rpartition("/")[2]
        rules = self._rules["carriers_by_file"]
        return next((carrier for start, carrier in rules.items()
                     if start != "why" and name.startswith(start)), name.partition("--")[0])


@dataclass
class Tally:
    """The counts of one theme, and the sentences behind them."""
    captures: int = 0
    names: list = field(default_factory=list)  # of the captures
    counts: Counter = field(default_factory=Counter)
    findings: list = field(default_factory=list)  # (kind, capture, text), kinds below
    misses: Counter = field(default_factory=Counter)  # (in scope or not, reason)

    # Kinds that fail the run; the others are told only.
    FAILING = ("missed", "different", "false", "crash", "not derived")

    def add(self, capture, expected, reading, scope):
        self.captures += 1
        self.names.append(capture)
        if reading.failure:
            self._find("crash", capture, reading.failure)
        if reading.refusal:
            self._find("refused", capture, reading.refusal)
        for text in reading.underived:
            self._find("not derived", capture, text)
        pairs, missed, spare = match(expected, reading.sessions)
        self.counts["found"] += sum(not is_mere_note(each) for each in reading.sessions)
        for session, report, wrong in pairs:
            self._add_pair(capture, (session, report, wrong), scope)
        for session in missed:
            self._add_missed(capture, session, "not reported", scope)
        for report in spare:
            if is_false(report, expected) and not scope.is_also_real(capture, report):
                self.counts["false"] += 1
                self._find("false", capture, f"{_ends(report)} ja3 {report.get('ja3')} "
                                             f"ja3s {report.get('ja3s')}")

    def _add_pair(self, capture, pair, scope):
        session, report, wrong = pair
        if wrong and is_mere_note(report):
            self._add_missed(capture, session, report.get("missing_reason") or "empty report",
                             scope)
            return
        out = scope.reason_out(capture, session)
        side = "out " if out else ""
        self.counts[f"{side}expected"] += 1
        self.counts[f"{side}{'different' if wrong else 'equal'}"] += 1
        if wrong:
            reason = report.get("missing_reason") or "values differ"
            self.misses[(out, reason)] += 1
            self._find("out of scope" if out else "different", capture,
                       f"{_ends(session)} [{reason}]: {'; '.join(wrong)}")

    def _add_missed(self, capture, session, reason, scope):
        out = scope.reason_out(capture, session)
        side = "out " if out else ""
        self.counts[f"{side}expected"] += 1
        self.counts[f"{side}missed"] += 1
        self.misses[(out, reason)] += 1
        self._find("out of scope" if out else "missed", capture, f"{_ends(session)}: {reason}")

    def _find(self, kind, capture, text):
        self.findings.append((kind, capture, text))


def _ends(session):
    return f"{session['src']}:{session['sport']} > {session['dst']}:{session['dport']}"
