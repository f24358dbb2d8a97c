# SPDX-License-Identifier: Apache-2.0
"""Proves that the comparison notices: each field is made wrong once, each rule used once."""
import copy
import json
import os

from disagreements import Disagreements
from matching import CERTIFICATE_FIELDS, CLIENT_FIELDS, SERVER_FIELDS, is_false, match
from reader import Reading
from tally import Scope, Tally

_HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(_HERE, "scope.json"), encoding="utf-8") as _file:
    _ALSO_REAL = json.load(_file)["also_real"]["sessions"][0]


def _certificate(number):
    return {"sha1": f"{number:040x}", "sha256": f"{number:064x}", "subject_cn": f"leaf {number}",
            "issuer_cn": "issuer", "not_before": "2024-01-01T00:00:00Z",
            "not_after": "2025-01-01T00:00:00Z", "serial": "0badcafe", "size": 700,
            "subject": [["2.5.4.3", f"leaf {number}"]], "issuer": [["2.5.4.3", "issuer"]]}


def _expected():
    session = {name: f"{name} value" for name in CLIENT_FIELDS + SERVER_FIELDS}
    session.update(src="10.0.0.1", sport=40000, dst="10.0.0.2", dport=443, transport="tcp",
                   alpn=["h2", "http/1.1"], ja4="t13d1516h2_aaaaaaaaaaaa_bbbbbbbbbbbb",
                   ja4_r="t13d1516h2_1301_0005", ja4_o="t13d1516h2_cccccccccccc_dddddddddddd",
                   ja4_ro="t13d1516h2_1301_0000,0005", certs=[_certificate(1), _certificate(2)],
                   client_certs=[_certificate(3)], hrr=False, required=True, carrier="eth:ip:tcp")
    return session


def _found(expected):
    report = copy.deepcopy(expected)
    for name in ("required", "carrier", "also_accept", "client_hellos", "server_hellos",
                 "repeated_syn"):
        report.pop(name, None)
    return report


def _is_accepted(expected, report):
    pairs, missed, spare = match([expected], [report])
    return not missed and not spare and not pairs[0][2]


def _wrong_reports():
    """(what is wrong, report) for every way in which a report can be wrong."""
    expected = _expected()
    for name in CLIENT_FIELDS + SERVER_FIELDS:
        yield name, {**_found(expected), name: "other"}
        report = _found(expected)
        del report[name]
        yield f"{name} absent", report
    yield "hrr", {**_found(expected), "hrr": True}
    for name in ("sport", "dport"):
        yield name, {**_found(expected), name: 1}
    yield "client and server exchanged", {**_found(expected), "src": "10.0.0.2", "dst": "10.0.0.1"}
    yield "transport", {**_found(expected), "transport": "quic"}
    for kind in ("certs", "client_certs"):
        for name in CERTIFICATE_FIELDS + ("size",):
            report = _found(expected)
            report[kind][-1][name] = "bad"
            yield f"{kind}.{name}", report
        yield f"{kind} fewer", {**_found(expected), kind: _found(expected)[kind][:-1]}
    yield "certs in another order", {**_found(expected), "certs": _found(expected)["certs"][::-1]}


def _lenient_cases():
    """(what, expected, report, accepted) for each rule that widens or narrows."""
    server_gone = dict.fromkeys(SERVER_FIELDS)
    alternative = "dd3i1516h2_aaaaaaaaaaaa_bbbbbbbbbbbb"
    member = {"sni": "second", "ja3": "second ja3", "ja4": "second ja4", "ja4_r": "second raw"}
    answer = {"negotiated": "0x0304", "cipher": "0x1301", "ja3s": "second ja3s"}

    expected = {**_expected(), "also_accept": {"ja4": [alternative]}}
    heads = {name: alternative[:10] + expected[name][10:]
             for name in ("ja4", "ja4_r", "ja4_o", "ja4_ro")}
    yield "other ja4", expected, {**_found(expected), **heads}, True
    yield "other ja4, raw of the first", expected, {**_found(expected), "ja4": alternative}, False

    expected = {**_expected(), "client_hellos": [member], "server_hellos": [answer]}
    yield "second hello", expected, {**_found(expected), **member}, True
    yield "half of the second hello", expected, {**_found(expected), "ja3": "second ja3"}, False
    second = {"ja3s": "second ja3s", "cipher": "0x1301", "server_version": "0x0304"}
    yield "other server hello", expected, {**_found(expected), **second}, True
    yield "other server hello, wrong cipher", expected, {**_found(expected), **second,
                                                         "cipher": "0x1302"}, False

    expected = {**_expected(), "also_accept": {"server_fields": [None]}}
    yield "server may be null", expected, {**_found(expected), **server_gone}, True
    yield "server may not be null", _expected(), {**_found(_expected()), **server_gone}, False

    expected = {**_expected(), "repeated_syn": True}
    yield "repeated attempt", expected, {**_found(expected), **server_gone, "certs": [],
                                         "client_certs": []}, True

    expected = {**_expected(), **server_gone, "certs": [], "client_certs": [], "also_accept": {
        "server_if_reported": [{"cipher": "0x1301", "ja3s": "lenient"}],
        "certs_if_reported": ["a" * 40]}}
    yield "lenient server", expected, {**_found(expected), "ja3s": "lenient", "cipher": "0x1301",
                                       "certs": [{"sha1": "a" * 40}]}, True
    yield "lenient server, other certificate", expected, {
        **_found(expected), "certs": [{"sha1": "b" * 40}]}, False

    expected = _expected()
    expected["certs"][0]["malformed"] = True
    report = _found(expected)
    report["certs"][0]["subject_cn"] = None
    yield "malformed certificate", expected, report, True
    report = _found(expected)
    report["certs"][0]["sha256"] = "0"
    yield "malformed certificate, other hash", expected, report, False


def _also_real():
    """A report that the policy calls right though nothing expects it."""
    return {**_found(_expected()), **_ALSO_REAL, "transport": "quic"}


def _check_tally(problems):
    """False reports, misses and crashes must reach the counts that decide."""
    scope = Scope(os.path.join(_HERE, "scope.json"))
    cases = (
        ("nothing wrong", [_expected()], Reading([_found(_expected())]), 0),
        ("a session missed", [_expected()], Reading([]), 1),
        ("a session invented", [], Reading([_found(_expected())]), 1),
        ("a note is no session", [], Reading([{**dict.fromkeys(_expected()), "certs": [],
                                               "client_certs": []}]), 0),
        ("a session real by the policy", [], Reading([_also_real()]), 0),
        ("its ends with another hello", [], Reading([{**_also_real(), "ja3": "x"}]), 1),
        ("a crash", [], Reading(failure="ended with status -11"), 1),
        ("not required: a tunnel", [{**_expected(), "carrier": "eth:ip:gre:ip:tcp"}], Reading([]),
         0),
        ("required: a tunnel's session is wrong, not false",
         [{**_expected(), "carrier": "eth:ip:gre:ip:tcp"}],
         Reading([{**_found(_expected()), "sni": "x"}]), 0),
    )
    for what, expected, reading, failing in cases:
        tally = Tally()
        tally.add(_ALSO_REAL["capture"], expected, reading, scope)
        got = sum(kind in Tally.FAILING for kind, _, _ in tally.findings)
        if got != failing:
            problems.append(f"{what}: {failing} findings expected, {got} found")


def _check_disagreements(problems):
    """An excuse is for one finding, word for word, and has to be needed."""
    entry = {"capture": "own/x.pcap", "finding": "this", "rule": "because"}
    table = Disagreements({"sessions": [entry], "certificates": []})
    if table.excuses_session("own/x.pcap", "that") or table.excuses_session("own/y.pcap", "this"):
        problems.append("a disagreement excuses what it does not name")
    if len(table.unused_sessions({"own/x.pcap"})) != 1 or table.unused_sessions({"own/y.pcap"}):
        problems.append("a disagreement without need is not noticed")
    if table.excuses_session("own/x.pcap", "this") != "because" or \
            table.unused_sessions({"own/x.pcap"}):
        problems.append("a disagreement does not excuse what it names")


def main():
    problems = []
    if not _is_accepted(_expected(), _found(_expected())):
        problems.append("a right report is refused")
    cases = 1
    for what, report in _wrong_reports():
        cases += 1
        if _is_accepted(_expected(), report):
            problems.append(f"not noticed: {what}")
    for what, expected, report, accepted in _lenient_cases():
        cases += 1
        if _is_accepted(expected, report) != accepted:
            problems.append(f"{what}: {'refused' if accepted else 'accepted'}")
    repeated = {**_expected(), "repeated_syn": True}
    if is_false(_found(repeated), [repeated]) or not is_false(_found(_expected()), [_expected()]):
        problems.append("a second report of one session: only repeated attempts explain it")
    _check_tally(problems)
    _check_disagreements(problems)
    for problem in problems:
        print(f"selftest: {problem}")
    print(f"{cases} reports judged, {len(problems)} wrongly")
    return 1 if problems else 0
