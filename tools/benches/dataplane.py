# SPDX-License-Identifier: Apache-2.0
"""A poll core on a net_ring port, beside dpdk-testpmd on the same kind of port.

What a packet costs us (receive, decode, look up, count; of handshakes capture too; free the
buffer), in cycles of loops that found packets. testpmd receives, swaps the addresses and sends, on
a ring that comes back to it: what such a port can do at all, with packets that never leave the
core's cache. The bare receive loop is the floor of our own case: the same packets of another core,
read and freed.
"""
import os
import re
import shutil
import subprocess

from benches import programs
from benches.measured import CannotCompare
from benches.outcome import Outcome
from benches.series import OURS, Budget, Case

HELP = "a poll core through net_ring, beside dpdk-testpmd's forwarding"
LIMIT = "testpmd macswap"
_OWN = ("tls12-rsa", "tls12-ecdsa", "tls13", "gnutls")
_BULK = "900 B, 1 M flows, 1 % handshakes"
# Case: arguments of dataplane_bench, and the frame's bytes for testpmd.
CASES = {
    _BULK: (["--flows", "1000000"], 900),
    "900 B, 1 M flows": (["--flows", "1000000", "--handshakes", "0"], 900),
    "900 B, 1 k flows": (["--flows", "1000", "--handshakes", "0"], 900),
    "64 B, 1 M flows": (["--flows", "1000000", "--handshakes", "0", "--payload", "6"], 64),
    "IMIX, 1 M flows": (["--flows", "1000000", "--handshakes", "0", "--imix"], 354),
    "SYN flood among 100 k flows": (["--flows", "100000", "--flood"], 64),
}
# Two cores, the feed and whoever else: a CPU too few, and what is measured is the scheduler.
_TWO_CORES = {"two cores, software steering, 900 B, 1 M flows":
              (["--flows", "1000000", "--handshakes", "0", "--cores", "2"], 900)}
_CPUS_FOR_TWO = 4
_MANY = {"900 B, 10 M flows": (["--flows", "10000000", "--handshakes", "0"], 900)}
_SHORT = {"900 B, 100 k flows, 1 % handshakes": (["--flows", "100000"], 900)}


def add_arguments(parser):
    parser.add_argument("--small", action="store_true", help="one short case, two rounds")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case (default 3)")
    parser.add_argument("--full", action="store_true", help="10 million flows too (6 GiB)")


def run(_directory, options):
    two = os.cpu_count() >= _CPUS_FOR_TWO
    chosen = _SHORT if options.small else {**CASES, **(_TWO_CORES if two else {}),
                                           **(_MANY if options.full else {})}
    rounds, packets = (2, 2_000_000) if options.small else (options.rounds, 20_000_000)
    scripts = [programs.TREE / f"tests/golden/own/{name}.pcap" for name in _OWN]
    cases = {}
    for _ in range(rounds):
        for name, (words, frame_bytes) in chosen.items():
            ours = programs.gather([programs.built("dataplane_bench"), "--name", name, "--packets",
                                    packets, *words, *scripts], 1)
            case = cases.setdefault(name, Case(name, "packets/s"))
            for subject, series in ours[name].subjects.items():
                case.add(subject, series.values[0], series.cycles[0])
            case.add(LIMIT, testpmd(frame_bytes))
    asked = [] if options.small else [
        Budget(_BULK, 10e6, True, source="issue 5, 2"),
        Budget(_BULK, 0.6, True, LIMIT, "issue 5, 2"),
        Budget("900 B, 1 M flows", 14.88e6, True)]
    notes = ["Every run fails where one packet is dropped or one handshake is not found.",
             f"{LIMIT}: received and sent again by one core, of the liveliest second."]
    if not two:
        notes.append("Two cores and software steering were not measured: that takes "
                     f"{_CPUS_FOR_TWO} CPUs, here are {os.cpu_count()}.")
    return Outcome("dataplane", list(cases.values()), asked,
                   {"rounds": rounds, "packets": packets, "ring": 1024}, notes)


def testpmd(frame_bytes, seconds=3):
    """Packets per second of one core that swaps addresses on a ring of its own."""
    if shutil.which("dpdk-testpmd") is None:
        raise CannotCompare("dpdk-testpmd not installed (tools/install_packages bench)")
    done = subprocess.run(
        ["timeout", "-s", "INT", str(seconds + 2), "dpdk-testpmd", "--no-huge", "--no-shconf",
         "--no-pci", "-m", "512", "-l", "0,1", "--file-prefix", f"testpmd-{os.getpid()}", "--vdev",
         "net_ring0", "--", "--total-num-mbufs=8192", "--forward-mode=macswap", "--tx-first",
         "--burst=64", f"--txpkts={frame_bytes - 4}", "--stats-period", "1"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    rates = [int(found) for found in re.findall(r"Rx-pps:\s+(\d+)", done.stdout)]
    if not rates or max(rates) == 0:
        raise CannotCompare(f"dpdk-testpmd moved no packet: {done.stdout[-200:]!r}")
    return max(rates)
