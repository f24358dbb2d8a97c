# SPDX-License-Identifier: Apache-2.0
"""`tapseal read` on capture files, beside other readers and beside tcpdump, which looks at nothing.

What is asked of each: the TLS sessions of a file. tapseal writes full records: every fingerprint,
whole chains, JSON. tshark, ssldump and ndpiReader say what they say of handshakes; `tcpdump -r FILE
-w /dev/null` is the floor: it reads every packet and writes it, and looks at nothing.
"""
import json
import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from benches.measured import CannotCompare
from benches.outcome import Outcome
from benches.programs import TREE
from benches.series import OURS, Budget, Case

HELP = "`tapseal read` beside tshark, ssldump, ndpiReader, and tcpdump as the floor"
TAPSEAL = TREE / "build/control/cli/tapseal"
WORKLOAD = TREE / "build/tests/workload/workload"
FLOOR = "tcpdump (floor)"
PEERS = ("tshark", "ssldump", "ndpiReader")
# Kind of traffic: packets, and what the issue asks of our processor time as a ratio to the floor's.
KINDS = {"handshakes": (2_000_000, 2.5), "bulk": (2_000_000, 1.1), "mice": (4_000_000, 1.3),
         "syns": (5_000_000, 1.6)}
_OWN = ("tls12-rsa", "tls12-ecdsa", "tls13", "tls13-retry", "gnutls", "self-signed",
        "client-certificate", "resumption")
_SOURCE = "issue 5, 4"
_PATIENCE_S = 60  # for a peer: ssldump takes the square of the SYNs


@dataclass
class Run:
    cpu_s: float
    wall_s: float
    peak_mib: float
    output: Path
    code: int


def add_arguments(parser):
    parser.add_argument("--small", action="store_true", help="a tenth of the packets, two rounds")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (default 3)")
    parser.add_argument("--no-peers", action="store_true", help="only tapseal and the floor")
    parser.add_argument("--corpus", type=Path, default=TREE.parent / "shared/corpus",
                        help="more sessions to be said again (default ../shared/corpus)")


def run(directory, options):
    _check_present(options)
    rounds = 2 if options.small else options.rounds
    cases, budgets = [], []
    notes = ["Sessions begun in the files, and found by tapseal, are the same number or the run "
             f"fails. {FLOOR}: -r FILE -w /dev/null. Peers run once."]
    for kind, (packets, most) in KINDS.items():
        capture = Capture(directory, kind, packets // 10 if options.small else packets,
                          options.corpus)
        cases += _measure(capture, rounds, options, notes)
        budgets.append(Budget(f"{kind}: processor time", most, False, FLOOR, _SOURCE))
        if not options.no_peers:
            budgets += [Budget(f"{kind}: processor time", 1.0, False, peer, _SOURCE)
                        for peer in PEERS]
        capture.path.unlink()
    return Outcome("read", cases, budgets,
                   {"rounds": rounds, "corpus": options.corpus.is_dir()}, notes)


def _check_present(options):
    for path in (TAPSEAL, WORKLOAD):
        if not path.exists():
            raise CannotCompare(f"{path} is not built: ninja -C build")
    wanted = ["tcpdump", "time"] + ([] if options.no_peers else list(PEERS))
    absent = [name for name in wanted if shutil.which(name) is None]
    if absent:
        raise CannotCompare(f"{', '.join(absent)} not installed (tools/install_packages bench)")


class Capture:
    """A made file, and what is in it."""

    def __init__(self, directory, kind, packets, corpus):
        self.kind = kind
        self.directory = directory
        self.path = directory / f"{kind}.pcap"
        files = [TREE / f"tests/golden/own/{name}.pcap" for name in _OWN]
        # Of the corpus: usual sessions of browsers and servers.
        for folder in ("tls12", "tls13", "certs"):
            files += sorted((corpus / folder).glob("*.pcap")) if corpus.is_dir() else []
        done = subprocess.run([WORKLOAD, kind, self.path, "--packets", str(packets), *files],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotCompare(f"workload {kind}: {done.stderr.strip()}")
        self.truth = json.loads(done.stdout)


def _measure(capture, rounds, options, notes):
    names = ("processor time", "time", "peak memory")
    units = ("s", "s", "MiB")
    cases = [Case(f"{capture.kind}: {name}", unit, False) for name, unit in zip(names, units)]
    found = Case(f"{capture.kind}: sessions found", "sessions")
    for number in range(rounds):
        for subject, words in _commands(capture, options):
            # Peers may take minutes, and their figures hardly differ: once is enough.
            if subject in PEERS and number > 0:
                continue
            done = _timed(words, os.devnull)
            stopped = subject in PEERS and done.wall_s >= _PATIENCE_S
            if stopped:
                notes.append(f"{capture.kind}: {subject} was stopped after {_PATIENCE_S} s: its "
                             "figures are what it had used by then.")
            elif done.code != 0:
                cases[0].failure = f"{subject} ended with {done.code}"
            for case, value in zip(cases, (done.cpu_s, done.wall_s, done.peak_mib)):
                if not math.isnan(value):
                    case.add(subject, value)
            if number > 0 or subject == FLOOR or stopped:
                continue
            # What it says is counted in a run that is not timed: to write it down is not its work.
            sessions = _sessions(subject, _timed(words, capture.directory / "out").output)
            found.add(subject, sessions)
            if subject == OURS and sessions != capture.truth["tls_begun"]:
                found.failure = f"{capture.truth['tls_begun']} sessions begun, {sessions} found"
    return cases + [found] if found.subjects else cases


def _commands(capture, options):
    path = str(capture.path)
    yield FLOOR, ["tcpdump", "-r", path, "-w", "/dev/null"]
    yield OURS, [str(TAPSEAL), "read", path]
    if options.no_peers:
        return
    fields = [word for name in ("ip.src", "tls.handshake.extensions_server_name",
                                "tls.handshake.ja3", "tls.handshake.ja3s",
                                "tls.handshake.certificate")
              for word in ("-e", name)]
    yield "tshark", ["tshark", "-n", "-r", path, "-Y", "tls.handshake.type==1", "-T", "fields",
                     *fields]
    yield "ssldump", ["ssldump", "-n", "-j", "-r", path]
    yield "ndpiReader", ["ndpiReader", "-i", path, "-v", "1"]


def _timed(words, output):
    """Memory is told by time(1): what the kernel tells us of a child begins with our own size."""
    with open(output, "wb") as out, tempfile.NamedTemporaryFile("r") as peak:
        process = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, *words],
                                   stdout=out, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        begin = os.times().elapsed
        patience = threading.Timer(_PATIENCE_S, _stop, (process.pid,))
        patience.start()
        _, status, used = os.wait4(process.pid, 0)
        patience.cancel()
        wall = os.times().elapsed - begin
        kib = peak.read().split()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(used.ru_utime + used.ru_stime, wall, int(kib[-1]) / 1024 if kib else math.nan,
               output, process.returncode)


def _stop(timer):
    """Ends what time(1) started, not time(1): who is not waited for has used nothing."""
    children = Path(f"/proc/{timer}/task/{timer}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def _sessions(subject, output):
    """How many TLS sessions a program told of."""
    if subject == "ndpiReader":
        found = re.findall(r"^\s*TLS\b.*flows:\s*(\d+)", output.read_text(errors="replace"), re.M)
        return int(found[0]) if found else 0
    with open(output, "rb") as lines:
        if subject == "ssldump":
            return sum(b'"msg_type": "ClientHello"' in line or b"ClientHello" in line
                       for line in lines)
        return sum(1 for _ in lines)
