# SPDX-License-Identifier: Apache-2.0
"""A daemon that scans, and what it said of a scan."""
import json
from collections import Counter

from appliance import Appliance, check, tapseal

# Of `scans --json`, in rows of scans that scanners share.
FLEET_FIELDS = {"fleet", "ranges", "ranges_done", "ranges_leased"}
OUTCOMES = ("open", "closed", "unreachable", "silent", "lost_locally")


class Scanner(Appliance):
    """Its port is one end of a wire; `scan` are its settings beside `port`."""

    def __init__(self, directory, interface, scan, **options):
        super().__init__(directory, f"iface:{interface}",
                         more=f"scan: {json.dumps({'port': 'tap', **scan})}\n", **options)


def scanner(directory, interface, scan, **options):
    return Scanner(directory, interface, scan, **options)


def word(outcome):
    """As a record has it: lost-locally is an outcome, lost_locally a count."""
    return outcome.replace("-", "_")


class Said:
    """The records of one scan. `services` and `targets` by (address, port)."""

    def __init__(self, rows):
        self.sessions = [row for row in rows if row["type"] == "tls"]
        self.services, self.targets = {}, {}
        for row in rows:
            where = {"service": self.services, "target": self.targets}.get(row["type"])
            if where is not None:
                where.setdefault((row["dst"], row["dport"]), []).append(row)
        ends = [row for row in rows if row["type"] == "scan"]
        check(len(ends) == 1, f"{len(ends)} rows tell how the scan ended, not 1")
        self.end = ends[0]

    def chains(self, place, sni=None):
        """Every chain that a place showed for a name (None: without), as SHA-256 in order."""
        return {tuple(probe["certs"]) for probe in self.probes(place)
                if probe["certs"] and probe["sni"] == sni}

    def probes(self, place):
        return [probe for service in self.services.get(place, ()) for probe in service["probes"]]

    def outcome(self, place):
        """The word for a target, however it is told; a target has one."""
        rows = [*self.services.get(place, ()), *self.targets.get(place, ())]
        words = {word(row["outcome"]) for row in rows}
        check(len(words) <= 1, f"{place}: {' and '.join(sorted(words))}")
        return words.pop() if words else "untold"

    def check_book(self, targets, told=OUTCOMES):
        """Every target has an outcome, the sum is the number, and the records are as the sum."""
        end = self.end
        check(end["state"] == "finished", f"the scan ended as {end['state']}")
        check(end["targets"] == targets, f"{end['targets']} targets, not {targets}")
        total = sum(end[each] for each in OUTCOMES)
        check(total == targets, f"the outcomes of {targets} targets are {total}: {end}")
        places = set(self.services) | set(self.targets)
        seen = Counter(self.outcome(place) for place in places)
        for each in told:
            check(seen[each] == end[each],
                  f"{seen[each]} records of {each} targets, not {end[each]}")

    def digests(self):
        return {digest for place in self.services for probe in self.probes(place)
                for digest in probe["certs"]}


def scan(appliance, *words, timeout=240):
    done = tapseal("scan", *words, "--json", "--socket", appliance.socket, timeout=timeout)
    check(done.returncode == 0, f"`tapseal scan`: {done.returncode}: {done.stderr.strip()[-400:]}")
    return Said([json.loads(line) for line in done.stdout.splitlines()])
