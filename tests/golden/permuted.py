#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads captures, reads them again permuted (tests/permute), and compares the sessions.

  permuted.py                            our own captures and a fixed sample of the corpus
  permuted.py --all                      every capture that can be permuted
  permuted.py --only scrambled --list    some permutations; every difference told
  permuted.py --keep DIR FILE.pcap       these captures; what differs stays in DIR
  permuted.py --self-test                proves that a difference is noticed

Where a permutation leaves all information the records must be equal, field by field; where it
takes some away they must say so, as `foretold.py` has it. Every permuted capture is also read as
one core, two and three would (tests/permute/split_cores). Exit status 0 when nothing is wrong that
`permuted.json` does not name, 1 when something is, 2 when it could not be run.
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from random import Random

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TREE, "tests", "permute")]

import captures  # noqa: E402
import foretold  # noqa: E402
import matching  # noqa: E402
from catalogue import PERMUTATIONS  # noqa: E402
from packets import parse  # noqa: E402
from reader import read_capture  # noqa: E402
from segments import Trace, client_ends  # noqa: E402

# Openvpn's sessions are optional: what becomes of them is nobody's promise.
NOT_THEMES = ("x509", "fuzz", "derived", "pcapformat", "negative", "malformed", "openvpn")
SAMPLE_FILES, SAMPLE_BYTES = 3, 120_000  # per theme; in carriers only the first of these
TIMEOUT_S = 30
SPLIT = "over 1, 2, 3 cores"
COLUMNS = ("sessions", "equal", "explained", "wrong")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", help="these captures only")
    parser.add_argument("--program", default=f"{TREE}/build/control/cli/tapseal")
    parser.add_argument("--split", default=f"{TREE}/build/tests/permute/split_cores")
    parser.add_argument("--corpus", default=f"{TREE}/../shared/corpus")
    parser.add_argument("--own", action="store_true", help="only our own captures")
    parser.add_argument("--all", action="store_true", help="every capture of the corpus")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="these permutations, by the beginning of their names")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", metavar="DIR", help="where permuted captures that differ stay")
    parser.add_argument("--list", action="store_true", help="tell every difference")
    parser.add_argument("--self-test", action="store_true")
    return parser.parse_args()


def chosen_captures(options):
    """(path, whether also in every carrier), of captures that have sessions."""
    if options.captures:
        return [(path, True) for path in options.captures]
    own = os.path.join(HERE, "own")
    found = [(os.path.join(own, name), True) for name in sorted(os.listdir(own))
             if name.endswith(".pcap")]
    if options.own or not os.path.isdir(options.corpus):
        return found
    for theme in sorted(os.listdir(options.corpus)):
        folder = os.path.join(options.corpus, theme)
        if os.path.isdir(folder) and theme not in NOT_THEMES:
            found += _of_theme(folder, options.all)
    return found


def _of_theme(folder, everything):
    """All captures of a folder, or the first few small ones that can be permuted."""
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        expected = os.path.join(folder, f"{os.path.splitext(name)[0]}.expected.jsonl")
        if not name.endswith((".pcap", ".pcapng")) or not os.path.getsize(expected):
            continue
        small = os.path.getsize(path) <= SAMPLE_BYTES and load(path) is not None
        if everything or small:
            found.append((path, everything or not found))
        if not everything and len(found) == SAMPLE_FILES:
            break
    return found


def load(path):
    """The packets of a capture, or None where it is not a simple one."""
    try:
        return parse(captures.read(path))
    except (captures.NotSimple, struct.error, IndexError):
        return None


class Counts:
    """What came of one permutation over all captures."""

    def __init__(self):
        self.captures = 0
        self.counts = dict.fromkeys(COLUMNS, 0)
        self.findings = []

    def add(self, capture, verdicts):
        self.captures += 1
        for kind, text in verdicts:
            if kind != "extra":
                self.counts["sessions"] += 1
            self.counts["wrong" if kind == "extra" else kind] += 1
            if kind in ("wrong", "extra"):
                self.findings.append((capture, text))


class Reader:
    """Reads one capture under one permutation after the other."""

    def __init__(self, options, path):
        self._options = options
        self._path = path
        self._packets = load(path)
        self._sessions = foretold.sessions_of(
            read_capture(options.program, path, TIMEOUT_S).sessions)
        ends = {foretold.ends_of(each) for each in self._sessions}
        self._clients = client_ends(self._packets, ends)
        # A session inside a tunnel is not among the packets that can be taken apart.
        self.is_simple = all(flow in self._clients for flow, _ in ends)

    def _unknowable(self, permutation, trace):
        """The sessions of whose segments nobody can know any more which is the first."""
        if not permutation.moves_first:
            return ()
        opened = trace.opened()
        return {matching.endpoints(each) for each in self._sessions
                if foretold.ends_of(each)[0] not in opened}

    def verdicts(self, permutation, folder):
        name = os.path.basename(self._path)
        random = Random(f"{self._options.seed}:{permutation.name}:{name}")
        trace = Trace(self._packets, self._clients, random)
        stem = f"{os.path.splitext(name)[0]}--{permutation.name.replace(':', '-')}.pcap"
        path = os.path.join(folder, stem)
        captures.write(path, *permutation.make(trace))
        reading = read_capture(self._options.program, path, TIMEOUT_S)
        if reading.failure or reading.refusal:
            verdicts = [("wrong", reading.failure or reading.refusal)]
        else:
            verdicts = foretold.verdicts(self._sessions, foretold.sessions_of(reading.sessions),
                                         permutation.leaves,
                                         self._unknowable(permutation, trace))
        split = self._split(path)
        differs = any(kind in ("wrong", "extra") for kind, _ in verdicts + split)
        if not (self._options.keep and differs):
            os.unlink(path)
        return verdicts, split

    def _split(self, path):
        """A verdict for each handshake that one core, two and three find."""
        done = subprocess.run([self._options.split, path], capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            return [("wrong", done.stdout.strip() or f"split_cores: {done.returncode}")]
        return [("equal", "")] * int(done.stdout.split()[0])


def compare(options, folder):
    paths = chosen_captures(options)
    wanted = [each for each in PERMUTATIONS.values()
              if not options.only or each.name.startswith(tuple(options.only))]
    table = {name: Counts() for name in [*(each.name for each in wanted), SPLIT]}
    skipped = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for path, in_carriers in paths:
            reader = Reader(options, path) if load(path) is not None else None
            if reader is None or not reader.is_simple:
                skipped += 1
                continue
            mine = [each for each in wanted if in_carriers or not each.wraps]
            done = pool.map(lambda each: (each, reader.verdicts(each, folder)), mine)
            for permutation, (verdicts, split) in done:
                where = os.path.join(*path.split(os.sep)[-2:])
                table[permutation.name].add(where, verdicts)
                table[SPLIT].add(f"{where} {permutation.name}", split)
    if skipped:
        print(f"{skipped} captures are not simple enough to be permuted")
    return table


def print_table(table):
    print(f"{'permutation':<30}{'captures':>9}" + "".join(f"{name:>11}" for name in COLUMNS))
    for name, row in table.items():
        print(f"{name:<30}{row.captures:>9}" +
              "".join(f"{row.counts[column]:>11}" for column in COLUMNS))


def print_findings(table, options):
    """Tells what is wrong, and returns how many such findings nobody has accounted for."""
    with open(os.path.join(HERE, "permuted.json"), encoding="utf-8") as file:
        known = json.load(file)["known"]
    failures = 0
    for name, row in table.items():
        for capture, text in row.findings:
            reason = known.get(name, {}).get(capture)
            failures += reason is None
            if options.list or (reason is None and failures <= 40):
                print(f"{name + (' (known)' if reason else '')}: {capture}: {text}")
    if failures > 40 and not options.list:
        print(f"… and {failures - 40} more (--list tells all)")
    return failures


def main():
    options = arguments()
    if options.self_test:
        return foretold.self_test()
    for program in (options.program, options.split):
        if not os.access(program, os.X_OK):
            print(f"permuted: {program} is not built", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory() as scratch:
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
        table = compare(options, options.keep or scratch)
    print_table(table)
    print()
    failures = print_findings(table, options)
    sessions = sum(row.counts["sessions"] for row in table.values())
    print(f"{failures} differences" if failures else
          f"{sessions} sessions, all as foretold or known")
    return 1 if failures or not sessions else 0


if __name__ == "__main__":
    sys.exit(main())
