# SPDX-License-Identifier: Apache-2.0
"""The part of tools/quickstart that runs once everything is installed and built."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab.both_eyes import print_both_eyes  # noqa: E402
from lab.environment import Lab  # noqa: E402
from lab.shell import LabError  # noqa: E402

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TAPSEAL = os.path.join(TREE, "build/control/cli/tapseal")
LAB = "quickstart"
MIRROR = "mirror0"
SCANNER = "scan0"
NETWORK = "10.77.0.0/24"
# Nobody has this address: the scanner speaks TCP itself, and no kernel must answer in its place.
SCAN_ADDRESS = "10.77.0.200/24"
SCAN_PORTS = "443,4433-4435,5556,8443"
SCAN_NAMES = ("mail.lab.test", "api.lab.test", "shop.apps.lab.test")
ONCE_LIMIT_S = 60


def arguments():
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--once", action="store_true", help="end by itself")
    parser.add_argument("--handshakes", type=int, default=120)
    parser.add_argument("--begun", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


class Narrator:
    """Says what is being done, and how long everything has taken so far."""

    def __init__(self, begun):
        self.start = time.monotonic() - begun

    def step(self, text):
        print(f"\n[{time.monotonic() - self.start:3.0f} s] {text}", flush=True)


class Daemon:
    """tapseal with everything it keeps in one directory, which goes with it."""

    def __init__(self, directory):
        self.directory = directory
        self.config = os.path.join(directory, "tapseal.yaml")
        self.socket = os.path.join(directory, "control.sock")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"run:\n  state_dir: {directory}/state\n  socket: {self.socket}\n"
                       f"  sensor: quickstart\ndataplane:\n  cores: [0]\n"
                       f"ports:\n  - {{name: tap, device: \"iface:{MIRROR}\"}}\n"
                       f"  - {{name: scanner, device: \"iface:{SCANNER}\"}}\n"
                       f"scan:\n  port: scanner\n  addresses: [{SCAN_ADDRESS}]\n"
                       f"  allow: [{NETWORK}]\n  rate_max: 2000\n  rate: 2000\n"
                       "  subnet_rate_max: 2000\n  host_rate_max: 100\n"
                       f"output:\n  json: {directory}/sessions.jsonl\n")

    def up(self):
        done = subprocess.run([TAPSEAL, "up", "--config", self.config], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"tapseal did not start: {done.stderr.strip()}")
        print(done.stdout.splitlines()[0])

    def down(self):
        subprocess.run([TAPSEAL, "down", "--socket", self.socket], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def show(self, *words):
        """A command as a person types it, and its answer."""
        print(f"\n$ tapseal {' '.join(words)}", flush=True)
        subprocess.run([TAPSEAL, *words, "--socket", self.socket], check=True)

    def rows_stored(self):
        done = subprocess.run([TAPSEAL, "status", "--json", "--socket", self.socket], text=True,
                              capture_output=True, check=True)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return next((row["value"] for row in rows if row.get("name") == "rows_stored"), 0)

    def sessions(self):
        with open(os.path.join(self.directory, "sessions.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def make_traffic(lab, handshakes):
    ledger = lab.traffic(handshakes)
    failed = [line for line in ledger if not line["ok"]]
    tools = sorted({line["tool"] for line in ledger})
    print(f"{len(ledger)} handshakes by {', '.join(tools)}; {len(failed)} failed")
    if failed or len(ledger) != handshakes:
        raise LabError("the test network's own handshakes failed: that is not tapseal's fault")


def wait_for_rows(daemon, handshakes):
    deadline = time.monotonic() + ONCE_LIMIT_S
    while daemon.rows_stored() < handshakes:
        if time.monotonic() > deadline:
            raise LabError(f"{daemon.rows_stored()} of {handshakes} sessions were stored; "
                           f"`tapseal status` shows where the others went")
        time.sleep(0.3)


def print_fingerprints(sessions):
    """One line for each kind of client and server."""
    kinds = {}
    for session in sessions:
        version = {"0x0303": "TLS 1.2", "0x0304": "TLS 1.3"}.get(session["server_version"], "-")
        key = (version, session["ja4"], session["ja3"], session["ja3s"])
        kinds[key] = kinds.get(key, 0) + 1
    print(f"\nsessions  {'version':8}  {'JA4':36}  {'JA3':32}  JA3S")
    for (version, *prints), count in sorted(kinds.items(), key=lambda kind: -kind[1])[:12]:
        ja4, ja3, ja3s = (each or "-" for each in prints)
        print(f"{count:8}  {version:8}  {ja4:36}  {ja3:32}  {ja3s}")


def print_next(daemon):
    address = daemon.sessions()[0]["dst"]
    print(f"""
It goes on running. In another terminal:
  export TAPSEAL_SOCKET={daemon.socket}
  {TAPSEAL} show {address}
  {TAPSEAL} certs --expiring 30d
  {TAPSEAL} flows
  {TAPSEAL} help
  {os.path.join(TREE, 'tools/lab/lab')} --id {LAB} traffic -n 1000
Every session is also a line of JSON in {daemon.directory}/sessions.jsonl.
Ctrl-C stops and removes everything.""", flush=True)


def run(options, narrator, directory):
    narrator.step("starting the test network: servers, clients and a mirror port in namespaces")
    with Lab(LAB, mirror=MIRROR, scanner=SCANNER) as lab:
        print(lab.describe())
        daemon = Daemon(directory)
        try:
            narrator.step("starting tapseal on the mirror port, with a private Postgres")
            daemon.up()
            narrator.step(f"making {options.handshakes} real TLS handshakes")
            make_traffic(lab, options.handshakes)
            wait_for_rows(daemon, options.handshakes)
            narrator.step("what tapseal saw")
            daemon.show("certs")
            print_fingerprints(daemon.sessions())
            narrator.step("the other eye: scanning the test network for every certificate")
            daemon.show("scan", NETWORK, "-p", SCAN_PORTS,
                        *(word for name in SCAN_NAMES for word in ("--name", name)))
            print_both_eyes(daemon.sessions())
            daemon.show("status")
            if not options.once:
                print_next(daemon)
                signal.pause()
        finally:
            narrator.step("stopping: the daemon, its Postgres, the test network")
            daemon.down()


def main():
    options = arguments()
    narrator = Narrator(options.begun)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # The database's account has to pass through this directory.
    directory = tempfile.mkdtemp(prefix="tapseal-quickstart-", dir="/tmp")
    os.chmod(directory, 0o711)
    try:
        run(options, narrator, directory)
    except LabError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    narrator.step("done; nothing is left behind")
    return 0


if __name__ == "__main__":
    sys.exit(main())
