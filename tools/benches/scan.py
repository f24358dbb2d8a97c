# SPDX-License-Identifier: Apache-2.0
"""The scanner: its parts alone, and as programs beside masscan, zmap and nmap on one network."""
from benches import scan_certificates, scan_network, scan_sweep, scan_wire
from benches.outcome import Outcome
from benches.peers import WAIT_S
from benches.series import OURS, Case

HELP = "the scanner beside masscan, zmap and nmap"
_OURS = {"tapseal scan": OURS}


def add_arguments(parser):
    parser.add_argument("--rate", type=int, default=20000,
                        help="SYNs per second when certificates are fetched (default 20000)")
    parser.add_argument("--sweep-rate", type=int, default=1000000,
                        help="the same when only open ports are sought (default 1000000)")
    parser.add_argument("--full", action="store_true", help="half of the network is open")
    parser.add_argument("--peers", action="store_true", help="only the others: no comparison")
    parser.add_argument("--part", choices=tuple(_PARTS), action="append",
                        help="only this; may stand several times")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program that measures")


def run(directory, options):
    settings = {"targets": 65536, "rate": options.rate, "sweep_rate": options.sweep_rate,
                "wait_s": WAIT_S, "full": options.full, "rounds": options.rounds}
    found = Outcome("scan", [], settings=settings)
    for name, part in _PARTS.items():
        if not options.part or name in options.part:
            cases, budgets = part(directory, options)
            found.cases += cases
            found.budgets += budgets
    if not options.part or "network" in options.part:
        found.notes.append(
            "All run on this one machine, which also is the network that answers.")
    return found


def network_cases(directory, options):
    cases = {}
    for result in scan_network.results_of(directory, options):
        subject = _OURS.get(result.program, result.program)
        for name, unit, value in _figures(result):
            case = cases.setdefault(name, Case(name, unit, unit != "s"))
            case.add(subject, value)
            if result.failure:
                case.failure = f"{result.program}: {result.failure}"
    return list(cases.values()), []


def _figures(result):
    yield f"{result.bench} of a /16: frames sent", "frames/s", result.sent_per_s
    yield f"{result.bench} of a /16: processor time", "s", result.cpu_s
    yield f"{result.bench} of a /16: time", "s", result.wall_s
    if result.fetches:
        yield "fetch of a /16: right certificates", "certificates/CPU s", \
            result.right / max(result.cpu_s, 0.01)


# Each returns its cases and what is asked of them.
_PARTS = {"sweep": scan_sweep.cases, "wire": scan_wire.cases,
          "certificates": scan_certificates.cases, "network": network_cases}
