#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `tapseal cert --json` says of the corpus's certificates with its expectations.

  x509.py --corpus ../shared/corpus            a line per field: how many are equal
  x509.py --self-test                          proves that a wrong field is noticed

Every field of every certificate has to be equal, also of those that strict readers refuse, or the
disagreement stands in disagreements.json with the rule that decides. Exit status 0 when that is so,
1 when not, 2 when it could not be run.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from disagreements import Disagreements  # noqa: E402

TREE = os.path.dirname(os.path.dirname(HERE))
FIELDS = ("sha1", "sha256", "size", "subject_cn", "issuer_cn", "subject", "issuer", "not_before",
          "not_after", "serial", "malformed")
FOXIO_FIELDS = ("ja4x", "ja4x_r")  # null in a build without -Dfoxio=true
SECONDS_MAX = 60
SHOWN_MAX = 20


def wanted(expected, field):
    """The expectation in the form that both sides can be compared in."""
    value = expected.get(field)
    if field == "malformed":
        return bool(value)
    if field in ("not_before", "not_after") and value:
        year, _, rest = value.partition("-")  # the corpus writes the year 1 as "1"
        return f"{int(year):04d}-{rest}"
    return value


def differences(expected, found):
    """(field, wanted, found) of every field that is not equal."""
    wrong = []
    for field in FIELDS:
        # What strict readers refuse is marked apart from what cannot be walked; we have one mark.
        if field == "malformed" and expected.get("lenient"):
            continue
        left, right = wanted(expected, field), found.get(field)
        if field == "serial" and left and right:
            left, right = left.lstrip("0"), right.lstrip("0")
        if left != right:
            wrong.append((field, left, right))
    for field in FOXIO_FIELDS:
        if found.get(field) is not None and found[field] != expected.get(field):
            wrong.append((field, expected.get(field), found[field]))
    return wrong


def read_certificates(program, files):
    done = subprocess.run([program, "cert", "--json", *files], capture_output=True, text=True,
                          check=False, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()[:400]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(expectations, found, disagreements):
    """(equal per field, findings, disagreements met)"""
    equal = dict.fromkeys(FIELDS + FOXIO_FIELDS, 0)
    findings, excused = [], 0
    for expected, one in zip(expectations, found):
        wrong = {field: (left, right) for field, left, right in differences(expected, one)}
        for field in equal:
            equal[field] += field not in wrong and field in one
        for field, (left, right) in wrong.items():
            if disagreements.excuses_field(expected["file"], field):
                excused += 1
            else:
                findings.append(f"{expected['file']} {field}: expected {left}, found {right}")
    findings += [f"{file} {field}: disagreements.json excuses it, and it is equal"
                 for file, field in disagreements.unused_fields()]
    if len(expectations) != len(found):
        findings.append(f"{len(found)} certificates for {len(expectations)} files")
    return equal, findings, excused


def self_test():
    """Each field made wrong once, each way of being excused used once and not at all."""
    certificate = dict.fromkeys(FIELDS + FOXIO_FIELDS, "text")
    certificate.update(file="x.der", not_before="2000-01-01T00:00:00Z",
                       not_after="2000-01-01T00:00:00Z", malformed=False)
    problems = []
    for field in FIELDS + FOXIO_FIELDS:
        if not differences(certificate, {**certificate, field: "wrong"}):
            problems.append(f"not noticed: {field}")
    if differences(certificate, dict(certificate)):
        problems.append("a right certificate is refused")
    other = {**certificate, "serial": "wrong"}
    excuse = {"file": "x.der", "fields": ["serial"], "rule": "x"}
    for entries, found, count in (([], other, 1), ([excuse], other, 0), ([excuse], certificate, 1),
                                  ([], certificate, 0)):
        table = Disagreements({"sessions": [], "certificates": entries})
        if len(compare([certificate], [found], table)[1]) != count:
            problems.append(f"{len(entries)} excuses do not give {count} findings")
    for problem in problems:
        print(f"x509: {problem}")
    print(f"{len(problems)} problems")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=f"{TREE}/build/control/cli/tapseal")
    parser.add_argument("--corpus", default=f"{TREE}/../shared/corpus")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    folder = os.path.join(options.corpus, "x509")
    try:
        with open(os.path.join(folder, "certs.expected.jsonl"), encoding="utf-8") as file:
            expectations = [json.loads(line) for line in file]
        found = read_certificates(options.program,
                                  [os.path.join(folder, each["file"]) for each in expectations])
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"x509: {error}", file=sys.stderr)
        return 2
    equal, findings, excused = compare(expectations, found, Disagreements())
    for field, count in equal.items():
        print(f"{field:<12}{count:>6} of {len(expectations)} equal")
    for finding in findings[:SHOWN_MAX]:
        print(f"different: {finding[:300]}")
    print(f"{len(findings)} differences, {excused} more that a rule decides (disagreements.json)")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
