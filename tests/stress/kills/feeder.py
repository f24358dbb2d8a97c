# SPDX-License-Identifier: Apache-2.0
"""The program that feeds the memory and is killed."""
import json
import os
import signal
import subprocess

from rounds import BUILD, check, has_ended, wait_until

PROGRAM = BUILD / "tests/stress/feed_memory"
ENDED_WELL, LOST = 0, 3


class Feeder:
    """Its spool and its books are in `directory`, and stay over its deaths."""

    def __init__(self, directory, url, before=(), **order):
        self.directory = directory
        self.url = url
        self.before = list(before)
        self.order = order
        self.process = None
        check(PROGRAM.exists(), f"{PROGRAM} is not built")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self, **more):
        words = {"directory": self.directory, "database": self.url, **self.order, **more}
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.before, str(PROGRAM), *(f"{name}={value}" for name, value in words.items())],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        """kill -9, and waits until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def finish(self, timeout_s=900):
        """Ends it as asked to: everything is to be stored then."""
        self.process.send_signal(signal.SIGTERM)
        self.wait(timeout_s)

    def wait(self, timeout_s=900):
        status = self.process.wait(timeout=timeout_s)
        self.process = None
        check(status == ENDED_WELL, f"the feeder ended with {status}: {self.last_words()}")

    def check_alive(self):
        status = self.process.poll()
        check(status is None, f"the feeder ended by itself with {status}: {self.last_words()}")

    def last_words(self):
        text = (self.directory / "log").read_text(encoding="utf-8", errors="replace")
        return " / ".join(text.split("\n")[-4:])

    def confirmed(self):
        try:
            return int((self.directory / "confirmed").read_text(encoding="ascii"))
        except FileNotFoundError:
            return -1

    def counters(self):
        try:
            return json.loads((self.directory / "counters.json").read_text(encoding="ascii"))
        except FileNotFoundError:
            return {}
