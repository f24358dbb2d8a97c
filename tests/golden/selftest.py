# SPDX-License-Identifier: Apache-2.0
"""Proves that the comparison notices: each field is made wrong once, each rule used once."""
import copy
import json
import os

from disagreements import Disagreements
from matching import (CERTIFICATE_FIELDS, CERTIFICATE_METHODS, CLIENT_FIELDS, MARKS,
                      OPENING_METHODS, SERVER_FIELDS, SERVER_METHODS, is_false, match)
from reader import Reading
from rederive import ja4_of, mismatches
from tally import Scope, Tally

_HERE = os.path.dirname(os.path.abspath(__file__))

with open(os.path.join(_HERE, "scope.json"), encoding="utf-8") as _file:
    _ALSO_REAL = json.load(_file)["also_real"]["sessions"][0]


def _certificate(number):
    return {"sha1": f"{number:040x}", "sha256": f"{number:064x}", "subject_cn": f"leaf {number}",
            "issuer_cn": "issuer", "not_before": "2024-01-01T00:00:00Z",
            "not_after": "2025-01-01T00:00:00Z", "serial": "0badcafe", "size": 700,
            "ja4x": f"ja4x {number}", "ja4x_r": "raw",
            "subject": [["2.5.4.3", f"leaf {number}"]], "issuer": [["2.5.4.3", "issuer"]]}


def _expected():
    session = {name: f"{name} value"
               for name in (*CLIENT_FIELDS, *SERVER_FIELDS, *SERVER_METHODS, *OPENING_METHODS)}
    session.update(src="10.0.0.1", sport=40000, dst="10.0.0.2", dport=443, transport="tcp",
                   alpn=["h2", "http/1.1"], ja4="t13d1516h2_aaaaaaaaaaaa_bbbbbbbbbbbb",
                   ja4_r="t13d1516h2_1301_0005", ja4_o="t13d1516h2_cccccccccccc_dddddddddddd",
                   ja4_ro="t13d1516h2_1301_0000,0005", certs=[_certificate(1), _certificate(2)],
                   client_certs=[_certificate(3)], hrr=False, required=True, carrier="eth:ip:tcp")
    return session


def _found(expected):
    report = {**copy.deepcopy(expected), **dict.fromkeys(MARKS, False),
              "fingerprint_versions": dict.fromkeys([*SERVER_METHODS, *OPENING_METHODS], "1")}
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
    for name in (*CLIENT_FIELDS, *SERVER_FIELDS, *SERVER_METHODS, *OPENING_METHODS):
        yield name, {**_found(expected), name: "other"}
        report = _found(expected)
        del report[name]
        yield f"{name} absent", report
    for name in ("hrr", *MARKS):
        yield name, {**_found(expected), name: True}
    for name in ("sport", "dport"):
        yield name, {**_found(expected), name: 1}
    yield "client and server exchanged", {**_found(expected), "src": "10.0.0.2", "dst": "10.0.0.1"}
    yield "transport", {**_found(expected), "transport": "quic"}
    for kind in ("certs", "client_certs"):
        for name in (*CERTIFICATE_FIELDS, *CERTIFICATE_METHODS, "size"):
            report = _found(expected)
            report[kind][-1][name] = "bad"
            yield f"{kind}.{name}", report
        yield f"{kind} fewer", {**_found(expected), kind: _found(expected)[kind][:-1]}
    yield "certs in another order", {**_found(expected), "certs": _found(expected)["certs"][::-1]}


def _lenient_cases():
    """(what, expected, report, accepted) for each rule that widens or narrows."""
    server_gone = dict.fromkeys((*SERVER_FIELDS, *SERVER_METHODS))
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

    expected = _expected()
    methods = dict.fromkeys((*SERVER_METHODS, *OPENING_METHODS))
    without = {**_found(expected), **methods, "fingerprint_versions": {}}
    yield "a program without foxio", expected, without, True
    silent = {name: value for name, value in expected.items() if name not in methods}
    yield "an expectation that says nothing of foxio", silent, _found(expected), True
    expected = {**_expected(), "psk": True}
    yield "psk", expected, {**_found(expected), "psk": True}, True
    yield "no psk", expected, {**_found(expected), "psk": False}, False

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
        ("a fingerprint that is not of its raw string", [],
         Reading(underived=["ja3"]), 1),
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


_RAW = {"ja3": "full", "ja3s": "full", "ja4": "r", "ja4s": "r"}  # ends of the raw strings' names


def _check_rederive(problems):
    """Published pairs of raw string and hash, and each of them made wrong."""
    certificate = {
        "ja4x": "2e9214a636bc_a373a9f83c6b_0e17604154c5",
        "ja4x_r": "550406,550408,55040a,550403_550406,55040a,550403_"
                  "551d13,551d11,551d0e,551d0f,551d25"}
    record = {
        "ja3": "ada70206e40642a3e4461f35503241d5",
        "ja3_full": "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
        "ja3s": "907bf3ecef1c987c889946b737b43de8", "ja3s_full": "771,4866,51-43",
        "ja4": "dd2i030300_f7e428980f70_6c817ce3d217",
        "ja4_r": "dd2i030300_c037,c0a8,c0ff_000a,000b,0100",
        "ja4s": "t120400_c030_4e8089b08790", "ja4s_r": "t120400_c030_0005,0017,ff01,0000",
        "certs": [certificate], "client_certs": []}
    if mismatches(record) or mismatches({}) or mismatches({**record, "certs": None}):
        problems.append("a published pair of raw string and hash is refused")
    for name in ("ja3", "ja3s", "ja4", "ja4s"):
        for wrong in ({name: None}, {name: "0"}, {f"{name}_{_RAW[name]}": "no list"}):
            if len(mismatches({**record, **wrong})) != 1:
                problems.append(f"{name} that is not of its raw string is not noticed")
    if len(mismatches({**record, "client_certs": [{**certificate, "ja4x": "0"}]})) != 1:
        problems.append("ja4x that is not of its raw string is not noticed")
    if ja4_of("t00i000000__") != "t00i000000_000000000000_000000000000":
        problems.append("empty lists have a name of their own")


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
    _check_rederive(problems)
    for problem in problems:
        print(f"selftest: {problem}")
    print(f"{cases} reports judged, {len(problems)} wrongly")
    return 1 if problems else 0
