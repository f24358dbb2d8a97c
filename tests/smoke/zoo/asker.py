# SPDX-License-Identifier: Apache-2.0
"""The truth asked for by somebody else at the scanner's end of the wire: s_client, the kernel."""
import hashlib
import re
import ssl
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.shell import inside, run
from zoo import sixteen
from zoo.truth import NAMELESS

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_S_CLIENT = {"postgresql": "postgres"}
# s_client does not speak these before TLS, nmap 7.93 fails at each; starttls_smoke has clients.
_ELSEWHERE = {"rdp", "vnc", "mssql"}
_BY_KEY = (("-tls1_2", "-cipher", "aRSA"), ("-tls1_2", "-cipher", "aECDSA"))
_TIMEOUT_S = 20
CONNECTING = str(Path(__file__).resolve().parent / "connecting.py")


def disagreements(place, services, namespace):
    """A line for every service whose certificates are not those of the truth."""
    asked = [(service, name) for service in services if service.chains
             and service.starttls not in _ELSEWHERE for name in service.chains]
    with ThreadPoolExecutor(4) as pool:
        lines = pool.map(lambda each: _compare(place, *each, namespace), asked)
    return len(asked), [line for line in lines if line]


def _compare(place, service, name, namespace):
    truth = service.chains[name]
    found, said = [], ""
    # Servers with two certificates show one at a time: each has to be among what was given.
    as_it_is = (*service.options, "-cipher", "ALL:@SECLEVEL=0")
    for options in (as_it_is,) if len(truth) == 1 else _BY_KEY:
        chain, said = _ask(place, service, name, (namespace, *options))
        found.append(chain)
    if sorted(found) != sorted(truth):
        return (f"{service.server} {service.kind} {service.address}:{service.port} "
                f"{service.starttls} {name}: {found}, not {truth}: {said}")
    return None


def _ask(place, service, name, how):
    namespace, *options = how
    words = ["ip", "netns", "exec", namespace, "openssl", "s_client", "-connect",
             f"{service.address}:{service.port}", "-showcerts", *options]
    if service.starttls:
        words += ["-starttls", _S_CLIENT.get(service.starttls, service.starttls)]
        words += ["-xmpphost", name] if service.starttls.startswith("xmpp") else []
    words += ["-servername", name] if name != NAMELESS else ["-noservername"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              env=place.environment, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return (), f"nothing in {_TIMEOUT_S} s"
    return digests(done.stdout.split("Server certificate")[0]), done.stderr[-300:]


def digests(text):
    """SHA-256 of every certificate in PEM, in order."""
    ders = [ssl.PEM_cert_to_DER_cert(pem) for pem in _PEM.findall(text)]
    return tuple(hashlib.sha256(der).hexdigest() for der in ders)


def disagreements_of_world(place, world, step=16):
    """Every 16th address of a Sixteen, asked by the kernel's own connections."""
    asker = place.wire.add_host("asker", f"{sixteen.ASKER}/{sixteen.WIRE_BITS}")
    run("ip", "-n", asker, "route", "add", sixteen.NETWORK, "via", sixteen.GATEWAY)
    numbers = {sixteen.address_of(number): number for number in range(0, sixteen.SIZE, step)}
    done = run(*inside(asker, "/usr/bin/python3", CONNECTING),
               input="".join(f"{address} {sixteen.PORT}\n" for address in numbers))
    wrong, told = [], Counter()
    for line in done.splitlines():
        address, outcome, leaf = line.split()
        number = numbers.pop(address)
        told[outcome] += 1
        truth = (world.outcome(number), world.chain(number)[0])
        # To the kernel a port that ICMP calls unreachable is refused like one that is closed.
        if world.icmp_code(number) == 3:
            truth = ("closed", None)
        if outcome != truth[0] or (outcome == "open" and leaf != truth[1]):
            wrong.append(f"{address}: {outcome} {leaf}, not {truth}")
    return told, wrong + [f"{address}: not told" for address in numbers]
