# SPDX-License-Identifier: Apache-2.0
"""How fast frames came from one program, by the counters of its port of the wire."""
import json
import threading
import time

from lab.shell import run

_EVERY_S = 0.25
_SPAN_S = 1.0


class PortRate:
    """A context; afterwards `best` is the rate of the liveliest second."""

    def __init__(self, namespace, port):
        self.best = 0.0
        self._where = ("ip", "-n", namespace, "-s", "-j", "link", "show", "dev", port)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _watch(self):
        seen = []
        while not self._end.wait(_EVERY_S):
            frames = json.loads(run(*self._where))[0]["stats64"]["rx"]["packets"]
            seen.append((time.monotonic(), frames))
            while len(seen) > 2 and seen[-1][0] - seen[1][0] >= _SPAN_S:
                seen.pop(0)
            span = seen[-1][0] - seen[0][0]
            if span > 0:
                self.best = max(self.best, (seen[-1][1] - seen[0][1]) / max(span, _SPAN_S))
