# SPDX-License-Identifier: Apache-2.0
"""Certificates over a wire (veth), beside masscan's `--banners` from the same interface.

Every address of a /16 answers: canned servers in a namespace at the far end, with 256 different
chains. What counts is a host whose chain is whole and, byte by byte, what its server sent (of
masscan in any order). All write what they found into a file of their own; tapseal with all that a
record says, in which a certificate is named by its SHA-256.
"""
import base64
import hashlib
import ipaddress
import json
import signal
import subprocess
import time

from appliance import TAPSEAL, check, tapseal, wait_until
from benches.measured import CannotCompare, Command, Result, children_s, tree_s
from benches.peers import BANNER_WAIT_S, json_rows
from benches.programs import built
from benches.series import OURS, Budget, Case
from lab.shell import inside, run
from zoo.scanning import scanner
from zoo.wire import Wire

INTERFACE = "bench0"
NETWORK, HOSTS = "10.64.0.0/16", 65536
GATEWAY, SCANNER, MASSCAN = "10.80.0.1", "10.80.0.2", "10.80.0.8"
GATEWAY_MAC = "02:00:00:00:00:02"  # the canned servers' own
PEER = "masscan --banners"
WITH_DATABASE = "tapseal with its database"
_COST = "certificates over a veth"
_FOUND, _ASKED, _TIME = (f"{_COST}: {what}" for what in
                         ("hosts told right", "connections of a host", "time"))


def cases(directory, options):
    """And what is asked of them."""
    if not TAPSEAL.exists():
        raise CannotCompare(f"{TAPSEAL} is not built")
    all_cases = [Case(_COST, "hosts/CPU s"), Case(_FOUND, "hosts"),
                 Case(_ASKED, "connections", more_is_better=False),
                 Case(_TIME, "s", more_is_better=False)]
    subjects = ((OURS, _tapseal), (WITH_DATABASE, _tapseal), (PEER, _masscan))
    for number in range(min(options.rounds, 3)):
        # Each its own state: a job that another round has finished is not this one's.
        place = directory / f"round{number}"
        place.mkdir()
        place.chmod(0o755)
        for subject, measure in subjects:
            result = Result("certificates", subject)
            with FarEnd() as far_end:
                measure(result, (place, options.rate))
                counted = far_end.counted()
            right = far_end.right(result.leaves)
            failure = _failure(subject, right, counted)
            for case, value in zip(all_cases, (
                    right / max(result.cpu_s, 0.01), right,
                    counted["connections"] / max(counted["hosts"], 1), result.wall_s)):
                case.failure = case.failure or result.failure or failure
                case.add(subject, value)
    return all_cases, [Budget(_COST, 3, at_least=True, peer=PEER, source="issue 5, 6"),
                       Budget(_ASKED, 1, at_least=False, source="issue 5, 6")]


def _failure(subject, right, counted):
    """A scanner of ours misses nobody; another that finds nobody did not run as it should."""
    if subject != PEER and right != HOSTS:
        return f"{subject}: {HOSTS - right} of {HOSTS} hosts without their chain"
    return "" if right else f"{subject}: not one certificate, of {counted['hosts']} hosts asked"


class FarEnd:
    """The wire, and the canned servers at its end; a context."""

    def __init__(self):
        self._wire = Wire("bench", INTERFACE)
        self._responder = None
        self._chains = []

    def __enter__(self):
        try:
            self._wire.up()
            namespace = self._wire.add_host("world", f"{GATEWAY}/24")
            run("ip", "-n", namespace, "link", "set", "eth0", "address", GATEWAY_MAC)
            self._responder = subprocess.Popen(
                inside(namespace, str(built("canned_responder")), "eth0"),
                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
            said = self._responder.stdout.readline()
            if not said:
                raise CannotCompare("canned_responder did not start")
            self._chains = [tuple(chain) for chain in json.loads(said)["chains"]]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._responder is not None and self._responder.poll() is None:
            self._responder.kill()
            self._responder.wait()
        self._wire.down()

    def counted(self):
        """Ends the servers: {"hosts", "connections"} that they heard."""
        self._responder.send_signal(signal.SIGTERM)
        return json.loads(self._responder.communicate(timeout=60)[0])

    def right(self, found):
        """How many of {address: digests of its chain, in order or as a set} are true."""
        last_octets = ((int(ipaddress.ip_address(address)) & 0xff, chain)
                       for address, chain in found.items())
        return sum(chain in (self._chains[octet], frozenset(self._chains[octet]))
                   for octet, chain in last_octets)


def _tapseal(result, place):
    directory, rate = place
    settings = {"addresses": [f"{SCANNER}/24"], "gateways": [GATEWAY], "allow": [NETWORK],
                "rate_max": rate, "rate": rate, "host_rate_max": rate, "subnet_rate_max": rate}
    database = "embedded" if result.program == WITH_DATABASE else "none"
    with scanner(directory, INTERFACE, settings, database=database, name=database) as appliance:
        roots = [pid for pid in (appliance.pid(), appliance.database_pid()) if pid]
        before, begin = tree_s(*roots) + children_s(), time.monotonic()
        begun = tapseal("scan", NETWORK, "-p", 443, "--brief", "--attempts", 2, "--detach",
                        "--socket", appliance.socket)
        check(begun.returncode == 0, f"`tapseal scan`: {begun.stderr.strip()}")
        wait_until("the end of the scan", lambda: any(
            row["state"] == "finished" for row in appliance.ask("scans")), 120, 0.25)
        result.wall_s = time.monotonic() - begin
        result.cpu_s = tree_s(*roots) + children_s() - before
        appliance.down()
    for row in appliance.records():
        result.leaves[row["dst"]] = tuple(each["sha256"] for each in row["certs"])


def _masscan(result, place):
    directory, rate = place
    out = directory / "certificates.json"
    Command(result).run(["masscan", NETWORK, "-p", "443", "--rate", rate, "--banners", "--wait",
                         BANNER_WAIT_S, "--adapter", INTERFACE, "--adapter-ip", MASSCAN,
                         "--router-mac", GATEWAY_MAC.replace(":", "-"), "-oJ", out])
    for row in json_rows(out):
        for each in row["ports"]:
            if each.get("service", {}).get("name") == "X509":
                der = base64.b64decode(each["service"]["banner"])
                known = result.leaves.get(row["ip"], frozenset())
                result.leaves[row["ip"]] = known | {hashlib.sha256(der).hexdigest()}
