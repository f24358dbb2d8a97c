# SPDX-License-Identifier: Apache-2.0
"""The scanner beside the others, on the /16 of tests/smoke/zoo/sixteen.py.

sweep  one port of every address on which nobody listens: what is open is a mistake, all is speed
fetch  the port with TLS: who is open, and the certificate of each
"""
import time

from appliance import TAPSEAL
from benches.measured import CannotCompare, Result, children_s, tree_s
from benches.peers import Peers
from benches.port_rate import PortRate
from zoo import sixteen
from zoo.place import WirePlace
from zoo.scanning import scan, scanner
from zoo.wire import DAEMON_PORT

INTERFACE = "bench0"
SWEEP_PORT = 9


def results_of(directory, options):
    if not options.peers and not TAPSEAL.exists():
        raise CannotCompare(f"{TAPSEAL} is not built")
    shares = sixteen.SHARES_FULL if options.full else sixteen.SHARES
    with WirePlace(directory, "bench", INTERFACE) as place:
        world = sixteen.Sixteen(place, shares)
        peers = Peers(place, world)
        results = [] if options.peers else _tapseal(directory, place, options)
        results += peers.sweep(SWEEP_PORT, options.sweep_rate)
        results += peers.fetch(sixteen.PORT, options.rate)
    for result in results:
        _judge(result, world)
    return sorted(results, key=lambda result: result.bench, reverse=True)  # sweep, then fetch


def truth(world):
    """{address: SHA-256} of the open ones."""
    return {sixteen.address_of(number): world.chain(number)[0] for number in range(sixteen.SIZE)
            if world.outcome(number) == "open"}


def _tapseal(directory, place, options):
    ceiling = max(options.rate, options.sweep_rate)
    settings = {**sixteen.SETTINGS, "rate_max": ceiling, "subnet_rate_max": ceiling}
    results = []
    with scanner(directory, INTERFACE, settings) as appliance:
        for bench, port, rate in (("sweep", SWEEP_PORT, options.sweep_rate),
                                  ("fetch", sixteen.PORT, options.rate)):
            result = Result(bench, "tapseal scan", _version(appliance), fetches=bench == "fetch")
            roots = [pid for pid in (appliance.pid(), appliance.database_pid()) if pid]
            before, begin = tree_s(*roots) + children_s(), time.monotonic()
            with PortRate(place.wire.namespace, DAEMON_PORT) as seen:
                said = scan(appliance, sixteen.NETWORK, "-p", port, "--rate", rate, "--attempts",
                            1, timeout=1800)  # like the others
                result.wall_s = time.monotonic() - begin
                result.cpu_s = tree_s(*roots) + children_s() - before
            result.sent_per_s = seen.best
            for address, each in said.services:
                result.hosts.add(address)
                for chain in said.chains((address, each)):
                    result.leaves[address] = chain[0]
            results.append(result)
        appliance.down()
    return results


def _version(appliance):
    return next((str(row["version"]) for row in appliance.ask("status") if "version" in row), "")


def _judge(result, world):
    """What makes a row worth nothing is said in it."""
    expected = truth(world) if result.bench == "fetch" else {}
    strangers = result.hosts - set(expected)
    result.total = len(expected)
    result.right = sum(expected.get(address) == leaf for address, leaf in result.leaves.items())
    result.distinct = len(set(result.leaves.values()) & set(expected.values()))
    result.distinct_total = len(set(expected.values()))
    result.found = len(result.hosts & set(expected))
    if result.failure:
        return
    if strangers:
        result.failure = f"{len(strangers)} hosts that are not open"
    elif expected and not result.hosts:
        result.failure = "it found nothing: it did not run as it should"
    elif result.program == "tapseal scan" and result.fetches and result.right < len(expected):
        result.failure = f"{len(expected) - result.right} certificates are missing"
