# SPDX-License-Identifier: Apache-2.0
"""Steps of a test run: a line each with its time, a log each, and the count at the end.

Steps may run beside each other, each in a thread.
"""
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TAIL_LINES = 30
_TELLS = re.compile(r"FAIL|TIMEOUT|error:|ERROR: |runtime error|Failure$|SIG[A-Z]+")


class Steps:
    """Runs commands and keeps the count."""

    def __init__(self, tree, logs):
        self.tree = Path(tree)
        self.logs = Path(logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.passed = self.failed = self.skipped = 0
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def run(self, name, command, environment=None, count=None):
        """One step; returns whether it went well.

        `count` is called afterwards and says how many tests were in it as (passed, failed,
        skipped); without it a step is one test. A step that fails fails at least once.
        """
        begin = time.monotonic()
        log = self.logs / (name.replace(" ", "-").replace("/", "-") + ".log")
        with open(log, "wb") as output:
            status = self._status(command, output, environment)
        seconds = time.monotonic() - begin
        passed, failed, skipped = count() if count else (int(status == 0), int(status != 0), 0)
        failed = max(failed, int(status != 0))
        inside = f"  {passed} passed" + (f", {failed} failed" if failed else "")
        if not count or not passed + failed:
            inside = ""
        with self._lock:
            self.passed, self.failed = self.passed + passed, self.failed + failed
            self.skipped += skipped
            self._say("ok  " if not failed else "FAIL", name, f"{seconds:7.1f} s{inside}")
            if failed:
                self._show_end_of(log)
        return not failed

    def prepare(self, name, command, environment=None):
        """A step that is no test (a build); only its failure counts."""
        return self.run(name, command, environment, lambda: (0, 0, 0))

    def together(self, commands, at_a_time):
        """Steps that mostly wait, some at a time: (name, command) each, the longest first."""
        with ThreadPoolExecutor(at_a_time) as pool:
            list(pool.map(lambda each: self.run(*each), commands))

    def skip(self, name, why):
        with self._lock:
            self.skipped += 1
            self._say("skip", name, f"  {why}")

    def fail(self, name, why):
        with self._lock:
            self.failed += 1
            self._say("FAIL", name, f"  {why}")

    def close(self):
        """The closing line and the exit status."""
        print(f"in {time.monotonic() - self._begin:.0f} s; logs in {self.logs}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed or not self.passed else 0

    def _status(self, command, output, environment):
        try:
            return subprocess.run([str(word) for word in command], stdout=output, cwd=self.tree,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                                  env={**os.environ, **(environment or {})}).returncode
        except FileNotFoundError as error:
            output.write(f"{error}\n".encode())
            return 127

    @staticmethod
    def _say(mark, name, text):
        print(f"{mark} {name:<34}{text}", flush=True)

    def _show_end_of(self, log):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        # What failed first: the end of a long log may tell only of what went well.
        told = [line for line in lines[:-TAIL_LINES] if _TELLS.search(line)]
        for line in [*told[:TAIL_LINES], *lines[-TAIL_LINES:]]:
            print(f"     | {line[:200]}")
        if len(lines) > TAIL_LINES:
            print(f"     | … the whole of it: {log}")
        sys.stdout.flush()
