# SPDX-License-Identifier: Apache-2.0
"""What a permutation must leave of a record, and whether it did.

A verdict is (kind, text): `equal` (every field), `explained` (different as the permutation has it),
`wrong`, or `extra` (a session that was not there before).
"""
import copy
import json
from collections import defaultdict
from ipaddress import ip_address

from catalogue import Leaves
from matching import endpoints, is_mere_note
from packets import TCP, UDP

# When and how far away: nobody promised that the permuted packets keep these.
TIMES = ("ts", "ja4l", "ja4ls")
CLIENT = ("sni", "alpn", "client_version", "client_versions", "ja3_full", "ja3", "ja4", "ja4_r",
          "ja4_o", "ja4_ro", "ja4t", "client_certs")
SERVER = ("server_version", "server_legacy_version", "cipher", "alpn_selected", "ja3s_full", "ja3s",
          "ja4s", "ja4s_r", "ja4ts", "certs")


def sessions_of(records):
    """The records that claim something, without what depends on time."""
    kept = [record for record in records if not is_mere_note(record)]
    return [_without_times(record) for record in kept]


def _without_times(record):
    """Also of the session that it resumes, where it names one."""
    return {name: _without_times(value) if name == "original" and value else value
            for name, value in record.items() if name not in TIMES}


def ends_of(session):
    """(flow, client's end) of a session, in the terms of packets.Packet."""
    protocol = TCP if session["transport"] == "tcp" else UDP
    client, server = ((ip_address(session[address]).packed, session[port])
                      for address, port in (("src", "sport"), ("dst", "dport")))
    return (protocol, *sorted((client, server))), client


def verdicts(before, after, leaves, unknowable=()):
    """One verdict for each session of before, and one for each of after that none was.

    `unknowable` are the endpoints() of sessions whose order of segments cannot be known any more:
    what is said of them is explained, whatever it is.
    """
    given = defaultdict(list)
    for record in after:
        given[endpoints(record)].append(record)
    out = []
    for record in before:
        others = given[endpoints(record)]
        judged = [_judge(record, other, leaves) for other in others] or [
            _judge_absent(record, leaves)]
        best = min(range(len(judged)), key=lambda at: _rank(judged[at]))
        if others:
            others.pop(best)
        forgiven = judged[best][0] == "wrong" and endpoints(record) in unknowable
        out.append(("explained", "") if forgiven else judged[best])
    out += [("extra", f"{_ends(record)}: {record.get('missing_reason')}")
            for ends, others in given.items() if ends not in unknowable for record in others]
    return out


def _rank(verdict):
    return (("equal", "explained", "wrong").index(verdict[0]), len(verdict[1]))


def _judge(record, other, leaves):
    if leaves == Leaves.CLIENT:
        return _judge_half(record, other, (CLIENT, SERVER), "server_hello_missing")
    if leaves == Leaves.SERVER:
        return _judge_half(record, other, (SERVER, CLIENT), "client_hello_missing")
    different = {name for name in record.keys() | other.keys()
                 if record.get(name) != other.get(name)}
    if not different:
        # Said again with other bytes, which datagrams are not: to be silent of it would be wrong.
        silent = (leaves == Leaves.ALL_AND_CONFLICT and record["transport"] == "tcp"
                  and not record["conflict"])
        return ("wrong", _text(record, ["conflict not seen"])) if silent else ("equal", "")
    if leaves == Leaves.ALL_AND_CONFLICT and different == {"conflict"} and other["conflict"]:
        return "explained", ""
    return "wrong", _text(record, [_change(name, record, other) for name in sorted(different)])


def _judge_half(record, other, fields, reason):
    kept, gone = fields
    wrong = [_change(name, record, other) for name in kept
             if name in record and record[name] != other.get(name)]
    wrong += [_change(name, {name: None}, other) for name in gone if other.get(name)]
    had_other_half = record["ja3s" if reason == "server_hello_missing" else "ja3"] is not None
    # An alert of the side that is left says more than that the other is gone.
    reasons = (reason, "alert") if other.get("alert") is not None else (reason,)
    if had_other_half and other.get("missing_reason") not in reasons:
        wrong.append(f"missing_reason: {reason} foretold, {other.get('missing_reason')}")
    return ("wrong", _text(record, wrong)) if wrong else ("explained", "")


def _judge_absent(record, leaves):
    """Nothing to say of a session whose only side was taken away."""
    if leaves == Leaves.CLIENT and record["ja3"] is None:
        return "explained", ""
    if leaves == Leaves.SERVER and record["ja3s"] is None and not record["certs"]:
        return "explained", ""
    # The keys of a server's first packets come from what the client sent (RFC 9001 section 5.2).
    if leaves == Leaves.SERVER and record["transport"] == "quic":
        return "explained", ""
    return "wrong", _text(record, ["not reported"])


def _change(name, record, other):
    return f"{name}: {_short(record.get(name))} became {_short(other.get(name))}"


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:40]}…{len(text)} bytes"


def _text(record, what):
    return f"{_ends(record)}: {'; '.join(what)}"


def _ends(record):
    return f"{record['src']}:{record['sport']} > {record['dst']}:{record['dport']}"


def self_test():
    """Each field made wrong once, under every promise; and the cases that must pass."""
    record = {"transport": "tcp", "src": "10.0.0.1", "sport": 1, "dst": "10.0.0.2", "dport": 443,
              "conflict": False, "complete": True, "missing_reason": None,
              **dict.fromkeys(CLIENT + SERVER, "said")}
    def half(gone, reason):
        return {**record, **dict.fromkeys(gone), "complete": False, "missing_reason": reason}
    good = {Leaves.ALL: record, Leaves.ALL_AND_CONFLICT: {**record, "conflict": True},
            Leaves.CLIENT: half(SERVER, "server_hello_missing"),
            Leaves.SERVER: half(CLIENT, "client_hello_missing")}
    failures = []
    for leaves, other in good.items():
        if verdicts([record], [other], leaves)[0][0] == "wrong":
            failures.append(f"{leaves}: what is right was refused")
        for name in CLIENT + SERVER + ("missing_reason", "conflict"):
            bad = copy.deepcopy(other)
            bad[name] = "other" if name != "conflict" else not other[name]
            indifferent = name == "conflict" and leaves in (Leaves.CLIENT, Leaves.SERVER)
            if (verdicts([record], [bad], leaves)[0][0] == "wrong") == indifferent:
                failures.append(f"{leaves}: {name} was not noticed")
        if verdicts([record], [], leaves)[0][0] != "wrong":
            failures.append(f"{leaves}: a session that is gone was not noticed")
        if [kind for kind, _ in verdicts([record], [other, other], leaves)][1:] != ["extra"]:
            failures.append(f"{leaves}: a session too many was not noticed")
    print("\n".join(failures) or "every change is noticed")
    return 1 if failures else 0
