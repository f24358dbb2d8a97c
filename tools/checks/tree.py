# SPDX-License-Identifier: Apache-2.0
"""What every check needs: the files of the tree, a way to report, and a way to prove itself."""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("flowtable", "dataplane", "tls", "control")


class Tree:
    """The files under a root: those git knows or would add; without git, all of them."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        self.files = self._list()
        self._texts = {}

    def _list(self):
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        if (self.root / ".git").exists():
            names = subprocess.run(command, capture_output=True, check=True).stdout.decode()
            found = [name for name in names.split("\0") if name]
        else:
            found = [str(path.relative_to(self.root)) for path in self.root.rglob("*")]
        return sorted(name for name in set(found) if (self.root / name).is_file())

    def matching(self, *suffixes, folders=None):
        """Files with one of the suffixes, in the folders if any are given."""
        return [name for name in self.files if name.endswith(suffixes)
                and (folders is None or name.startswith(tuple(f"{f}/" for f in folders)))]

    def text(self, name):
        if name not in self._texts:
            self._texts[name] = (self.root / name).read_text(encoding="utf-8", errors="replace")
        return self._texts[name]

    def lines(self, name):
        return self.text(name).split("\n")


class Report:
    """Findings, one line each: FILE:LINE: what is wrong and what is right."""

    def __init__(self):
        self.findings = []

    def add(self, name, line, text):
        self.findings.append(f"{name}:{line}: {text}" if line else f"{name}: {text}")


def run_check(name, check, self_test, add_options=lambda parser: None):
    """The command line of a check: findings on standard output, exit status 1 if there are any.

    check(tree, options) returns a Report; self_test() a list of what went wrong in it.
    """
    parser = argparse.ArgumentParser(prog=name, description=sys.modules["__main__"].__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=str(ROOT), help="the tree (default: this one)")
    parser.add_argument("--self-test", action="store_true", help="prove that it can fail")
    add_options(parser)
    options = parser.parse_args()
    if options.self_test:
        wrong = self_test()
        for text in wrong:
            print(f"{name}: self-test: {text}")
        print(f"{name}: self-test {'failed' if wrong else 'passed'}")
        return 1 if wrong else 0
    report = check(Tree(options.root), options)
    for finding in report.findings:
        print(finding)
    if report.findings:
        print(f"{name}: {len(report.findings)} findings")
    return 1 if report.findings else 0


def expect_findings(check, cases):
    """For self-tests: each case is (what, {file: text}, part of the finding or None for none)."""
    wrong = []
    for what, files, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                path = os.path.join(directory, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                Path(path).write_text(text, encoding="utf-8")
            findings = check(Tree(directory)).findings
        if expected is None and findings:
            wrong.append(f"{what}: nothing to find, but: {findings[0]}")
        if expected is not None and not any(expected in each for each in findings):
            wrong.append(f"{what}: '{expected}' not found in {findings}")
    return wrong
