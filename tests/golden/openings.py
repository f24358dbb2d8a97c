#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares JA4T, JA4TS, JA4L and JA4LS of captures with what tests/support/tcp_opening.py says.

  openings.py --corpus ../shared/corpus [THEME...]
  openings.py --self-test                            proves that a wrong value is noticed

The program must be built with -Dfoxio=true. Of JA4L and JA4TS it may know less than the reference,
which sees what comes after the handshake too: the last part may be missing. Exit status 0 when
nothing differs, 1 when something does, 2 when it could not be run.
"""
import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TREE, "tests", "support")]

import tcp_opening  # noqa: E402
import tshark  # noqa: E402
from compare import captures_of, themes_of  # noqa: E402
from reader import read_capture  # noqa: E402

EXACT = ("ja4t",)
GROWING = {"ja4ts": 4, "ja4l": 2, "ja4ls": 2}  # parts that are there from the beginning


def differences(wanted, found):
    """(field, wanted, found) of every field that is wrong."""
    wrong = [(name, wanted[name], found[name]) for name in EXACT if wanted[name] != found[name]]
    for name, parts in GROWING.items():
        said, known = found[name], wanted[name]
        shorter = known and "_".join(known.split("_")[:parts])
        if said not in (known, shorter):
            wrong.append((name, known, said))
    return wrong


def compare_capture(program, capture, name):
    """(counts, findings) of one capture."""
    counts, findings = Counter(), []
    reports = [each for each in read_capture(program, capture, 20).sessions
               if each["transport"] == "tcp"]
    try:
        wanted = tcp_opening.openings(capture) if reports else {}
    except tshark.TsharkError:
        return Counter(unreadable=1), []
    for report in reports:
        ends = frozenset(((report["src"], report["sport"]), (report["dst"], report["dport"])))
        if "ja4t" not in report["fingerprint_versions"]:
            raise SystemExit("openings: the program is built without the option foxio")
        if ends not in wanted:
            counts["not in the reference"] += 1
            continue
        wrong = differences(wanted[ends], report)
        counts["different" if wrong else "equal"] += 1
        counts.update(f"with {field}" for field in (*EXACT, *GROWING) if report[field])
        findings += [f"{name}: {report['src']}:{report['sport']} > {report['dst']}:"
                     f"{report['dport']}: {field}: expected {left}, found {right}"
                     for field, left, right in wrong]
    return counts, findings


def self_test():
    wanted = {"ja4t": "1_2_3_4", "ja4ts": "1_2_3_4_1-2", "ja4l": "5_6_7", "ja4ls": None}
    right = (wanted, {**wanted, "ja4l": "5_6"}, {**wanted, "ja4ts": "1_2_3_4"})
    wrong = ({**wanted, "ja4t": "1_2_3"}, {**wanted, "ja4l": "5"}, {**wanted, "ja4l": "5_6_8"},
             {**wanted, "ja4l": None}, {**wanted, "ja4ls": "5_6"}, {**wanted, "ja4ts": "1_2_3"})
    judged = ([not differences(wanted, each) for each in right] +
              [len(differences(wanted, each)) == 1 for each in wrong])
    print(f"{len(judged)} records judged, {judged.count(False)} wrongly")
    return 0 if all(judged) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("themes", nargs="*", help="only these themes")
    parser.add_argument("--program", default=f"{TREE}/build/control/cli/tapseal")
    parser.add_argument("--corpus", default=f"{TREE}/../shared/corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not os.access(options.program, os.X_OK) or not os.path.isdir(options.corpus):
        print("openings: the program or the corpus is not there", file=sys.stderr)
        return 2
    captures = [(capture, f"{theme}/{os.path.basename(capture)}")
                for theme, directory in themes_of(options.corpus, options.themes)
                for capture, _ in captures_of(directory)]
    total, findings = Counter(), []
    with ThreadPoolExecutor(options.jobs) as pool:
        for counts, wrong in pool.map(lambda pair: compare_capture(options.program, *pair),
                                      captures):
            total.update(counts)
            findings += wrong
    print("\n".join(findings))
    print(", ".join(f"{count} {what}" for what, count in sorted(total.items())))
    return 1 if findings or not total["equal"] else 0


if __name__ == "__main__":
    sys.exit(main())
