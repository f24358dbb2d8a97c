# SPDX-License-Identifier: Apache-2.0
"""How fast frames came from one program, by the counters of its port of the wire."""
import subprocess
import sys
import time

_EVERY_S = 0.25
_SPAN_S = 1.0


class PortRate:
    """A context; afterwards `best` is the rate of the liveliest second. Who counts is a process of
    its own, fetched at the end: its processor time is not the program's."""

    def __init__(self, namespace, port):
        self.best = 0.0
        self._words = ("ip", "netns", "exec", namespace, "/usr/bin/python3", __file__, port)
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True,
                                         stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        said = self._process.communicate()[0]
        seen = [tuple(map(float, line.split())) for line in said.splitlines() if " " in line]
        for moment, frames in seen:
            later = next((each for each in seen if each[0] >= moment + _SPAN_S), None)
            if later:
                self.best = max(self.best, (later[1] - frames) / (later[0] - moment))


def count(port):
    while True:
        with open(f"/sys/class/net/{port}/statistics/rx_packets", encoding="ascii") as file:
            print(time.monotonic(), file.read().strip(), flush=True)
        time.sleep(_EVERY_S)


if __name__ == "__main__":
    count(sys.argv[1])
