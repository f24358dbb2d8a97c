# SPDX-License-Identifier: Apache-2.0
"""Passive and active side by side: what the tap saw of a service, and what the scanner fetched."""
from collections import defaultdict

_SEALED = "0x0304"  # TLS 1.3 sends its certificates encrypted


def print_both_eyes(sessions):
    """One line for each service that either eye knows of, from native records."""
    tap, scanner, sealed = defaultdict(set), defaultdict(set), defaultdict(int)
    for session in sessions:
        service = (session["dst"], session["dport"])
        active = session["source"] == "active"
        names = {_name(session["certs"][0])} if session["certs"] else set()
        (scanner if active else tap)[service] |= names
        if not active and not names and session["server_version"] == _SEALED:
            sealed[service] += 1
    # The scanner asked by IPv4; a server's other address is the same server.
    rows = [(f"{dst}:{dport}", _words(tap[dst, dport], sealed[dst, dport]),
             _words(scanner[dst, dport], 0), scanner[dst, dport] - tap[dst, dport])
            for dst, dport in sorted(set(tap) | set(scanner)) if ":" not in dst]
    width = max((len(row[1]) for row in rows), default=0)
    print(f"\n{'service':18}  {'the tap saw':{width}}  the scanner fetched")
    for service, seen, fetched, more in rows:
        print(f"{service:18}  {seen:{width}}  {fetched}{'  <- only here' if more else ''}")
    only = sum(bool(row[3]) for row in rows)
    print(f"\n{only} of {len(rows)} services have certificates that only the scanner got: TLS 1.3 "
          "seals them, or no client asked for them.", flush=True)
    return only


def _name(certificate):
    return f"{certificate['subject_cn'] or '?'} ({certificate['key'] or '?'})"


def _words(names, sealed):
    words = sorted(names) + ([f"{sealed} sealed"] if sealed else [])
    return ", ".join(words) or "-"
