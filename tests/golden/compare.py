#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `tapseal read --json` says of captures with what independent readers found.

  compare.py --corpus ../shared/corpus          every theme of the corpus, and our own captures
  compare.py --own                              only our own (tests/golden/own)
  compare.py --corpus DIR tls12 tls13 --list    some themes, every difference told
  compare.py --self-test                        proves that a wrong record is noticed

Exit status 0 when everything in scope (scope.json) is met, 1 when not, 2 when it could not be run.
"""
import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import selftest  # noqa: E402
from disagreements import Disagreements  # noqa: E402
from published import Published  # noqa: E402
from reader import read_capture  # noqa: E402
from tally import Scope, Tally  # noqa: E402

TREE = os.path.dirname(os.path.dirname(HERE))
COLUMNS = ("expected", "found", "equal", "different", "missed", "false", "out expected",
           "out equal")
NOT_THEMES = ("x509", "fuzz")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("themes", nargs="*", help="only these themes")
    parser.add_argument("--program", default=f"{TREE}/build/control/cli/tapseal")
    parser.add_argument("--corpus", default=f"{TREE}/../shared/corpus")
    parser.add_argument("--scope", default=f"{HERE}/scope.json")
    parser.add_argument("--own", action="store_true", help="only our own captures")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="tell every difference")
    parser.add_argument("--self-test", action="store_true")
    return parser.parse_args()


def captures_of(directory):
    """(capture, expectations) of one theme's directory; both are paths."""
    found = []
    for name in sorted(os.listdir(directory)):
        stem = os.path.join(directory, name.removesuffix(".expected.jsonl"))
        if name.endswith(".expected.jsonl"):
            capture = next((stem + end for end in (".pcap", ".pcapng", "") if
                            os.path.isfile(stem + end)), None)
            found.append((capture, os.path.join(directory, name)))
    return found


def themes_of(corpus, wanted):
    names = sorted(name for name in os.listdir(corpus)
                   if os.path.isdir(os.path.join(corpus, name)) and name not in NOT_THEMES)
    return [(name, os.path.join(corpus, name)) for name in names if not wanted or name in wanted]


def compare_theme(theme, directory, options, scope):
    tally, published = Tally(), Published()

    def one(pair):
        return read_capture(options.program, pair[0], scope.timeout_s)

    pairs = captures_of(directory)
    with ThreadPoolExecutor(options.jobs) as pool:
        for (capture, expectations), reading in zip(pairs, pool.map(one, pairs)):
            with open(expectations, encoding="utf-8") as file:
                expected = [json.loads(line) for line in file]
            name = f"{theme}/{os.path.basename(capture)}"
            published.add_to(name, expected)
            tally.add(name, expected, reading, scope)
    return tally


def print_table(tallies):
    print(f"{'theme':<12}{'captures':>9}" + "".join(f"{name:>13}" for name in COLUMNS))
    rows = list(tallies.items())
    total = Tally()
    for _, tally in rows:
        total.captures += tally.captures
        total.counts.update(tally.counts)
    for theme, tally in rows + [("all", total)]:
        print(f"{theme:<12}{tally.captures:>9}" +
              "".join(f"{tally.counts[name]:>13}" for name in COLUMNS))


def print_misses(tallies):
    misses = {}
    for tally in tallies.values():
        for (out, reason), count in tally.misses.items():
            misses[(out or "", reason)] = misses.get((out or "", reason), 0) + count
    if misses:
        print("\nnot equal, by reason:")
    for (out, reason), count in sorted(misses.items(), key=lambda each: (each[0][0], -each[1])):
        print(f"{count:>6}  {reason}" + (f"  (not required: {out})" if out else ""))


def print_findings(tallies, disagreements, everything):
    """Tells what fails the run, and returns how many such findings there are."""
    failures = 0
    for tally in tallies.values():
        for kind, capture, text in tally.findings:
            rule = disagreements.excuses_session(capture, text)
            fails = kind in Tally.FAILING and not rule
            failures += fails
            if everything or (fails and failures <= 40):
                print(f"{kind}: {capture}: {text}" + (f" (excused: {rule})" if rule else ""))
    compared = {capture for tally in tallies.values() for capture in tally.names}
    for capture, text in disagreements.unused_sessions(compared):
        failures += 1
        print(f"excused without need (disagreements.json): {capture}: {text}")
    if failures > 40 and not everything:
        print(f"… and {failures - 40} more (--list tells all)")
    return failures


def main():
    options = arguments()
    if options.self_test:
        return selftest.main()
    if not os.access(options.program, os.X_OK):
        print(f"compare: {options.program} is not built", file=sys.stderr)
        return 2
    scope = Scope(options.scope)
    directories = [] if options.themes else [("own", os.path.join(HERE, "own"))]
    if not options.own:
        if os.path.isdir(options.corpus):
            directories += themes_of(options.corpus, options.themes)
        else:
            print(f"The corpus is not at {options.corpus}: only our own captures are compared "
                  "(--corpus DIR names it).")
    tallies = {theme: compare_theme(theme, directory, options, scope)
               for theme, directory in directories}
    print_table(tallies)
    print_misses(tallies)
    print()
    failures = print_findings(tallies, Disagreements(), options.list)
    print(f"{failures} failures in scope" if failures else "everything in scope is met")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
