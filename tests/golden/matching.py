# SPDX-License-Identifier: Apache-2.0
"""Does a reported session say what was expected? The corpus's rules, nothing about running.

A session is a dict with the native record's names. Expected ones carry what else is right besides
(`also_accept`, several hellos, repeated connection attempts); see the corpus README.
"""
import ipaddress

CLIENT_FIELDS = ("sni", "alpn", "client_version", "client_versions", "ja3_full", "ja3", "ja4",
                 "ja4_r", "ja4_o", "ja4_ro")
SERVER_FIELDS = ("server_version", "server_legacy_version", "cipher", "alpn_selected", "ja3s_full",
                 "ja3s")
# Only in a build with -Dfoxio=true, and only where the expectation says something of them: of the
# TCP connection, of the server, of a certificate. Each of a method.
OPENING_METHODS = {"ja4t": "ja4t", "ja4ts": "ja4ts", "ja4l": "ja4l", "ja4ls": "ja4ls"}
SERVER_METHODS = {"ja4s": "ja4s", "ja4s_r": "ja4s"}
CERTIFICATE_METHODS = {"ja4x": "ja4x", "ja4x_r": "ja4x"}
MARKS = ("psk", "ech")  # of the first ClientHello; an expectation names them where they are set
CERTIFICATE_FIELDS = ("sha1", "sha256", "subject_cn", "issuer_cn", "not_before", "not_after",
                      "serial", "subject", "issuer")
_HEAD = 10  # characters of JA4's first part


def endpoints(session):
    """What identifies a session inside a capture."""
    return (session["transport"], _address(session["src"]), session["sport"],
            _address(session["dst"]), session["dport"])


def is_mere_note(found):
    """A record that names a miss and claims no session: nothing of either hello, no certificate."""
    return (found.get("ja3") is None and found.get("ja3s") is None and not found.get("certs")
            and not found.get("client_certs"))


def same_fingerprints(expected, found):
    """The looser test for reports that are no false positive: same ends, same hellos."""
    hellos = [expected.get("ja3")] + [each["ja3"] for each in expected.get("client_hellos") or []]
    answers = ([expected.get("ja3s"), None] +
               [each["ja3s"] for each in expected.get("server_hellos") or []] +
               [each["ja3s"] for each in _alternatives(expected, "server_if_reported")])
    return found.get("ja3") in hellos and found.get("ja3s") in answers


def differences(expected, found):
    """What is wrong with `found`, one text per field; empty when it is right."""
    wrong = _client_differences(expected, found)
    wrong += _server_differences(expected, found)
    wrong += _certificate_differences(expected, found, "certs")
    wrong += _certificate_differences(expected, found, "client_certs")
    wrong += _compare(expected, found, _made(OPENING_METHODS, expected, found))
    if bool(expected["hrr"]) != bool(found.get("hrr")):
        wrong.append(_text("hrr", expected["hrr"], found.get("hrr")))
    return wrong


def _client_differences(expected, found):
    wanted = dict(expected)
    heads = {text[:_HEAD]: text for text in _alternatives(expected, "ja4")}
    reported_ja4 = found.get("ja4")
    if reported_ja4 in heads.values():
        for name in ("ja4", "ja4_r", "ja4_o", "ja4_ro"):
            wanted[name] = reported_ja4[:_HEAD] + expected[name][_HEAD:]
    member = next((each for each in expected.get("client_hellos") or []
                   if each["ja4"] == reported_ja4 and each["ja3"] == found.get("ja3")), None)
    if member and (member["ja4"], member["ja3"]) != (wanted["ja4"], wanted["ja3"]):
        return _compare(member, found, ("sni", "ja3", "ja4", "ja4_r"))
    marks = [_text(name, bool(expected.get(name)), found.get(name)) for name in MARKS
             if bool(expected.get(name)) != bool(found.get(name))]
    return _compare(wanted, found, CLIENT_FIELDS) + marks


def _server_differences(expected, found):
    reported = found.get("ja3s")
    if reported is None and _server_may_be_missing(expected):
        return []
    for each in _alternatives(expected, "server_if_reported"):
        if reported == each["ja3s"]:
            return _compare(each, found, ("cipher",))
    member = next((each for each in expected.get("server_hellos") or []
                   if each["ja3s"] == reported), None)
    if member and reported != expected["ja3s"]:
        return _compare({"cipher": member["cipher"], "server_version": member["negotiated"]}, found,
                        ("cipher", "server_version"))
    return _compare(expected, found, SERVER_FIELDS + _made(SERVER_METHODS, expected, found))


def _server_may_be_missing(expected):
    return (expected.get("repeated_syn") or expected.get("ja3s") is None
            or None in _alternatives(expected, "server_fields"))


def _certificate_differences(expected, found, kind):
    wanted, reported = expected[kind], found.get(kind) or []
    if not reported and expected.get("repeated_syn"):
        return []
    if kind == "certs" and not wanted and reported:
        allowed = _alternatives(expected, "certs_if_reported")
        if allowed and all(each.get("sha1") in allowed for each in reported):
            return []
    if len(wanted) != len(reported):
        return [f"{kind}: {len(wanted)} expected, {len(reported)} found"]
    wrong = []
    for index, (left, right) in enumerate(zip(wanted, reported)):
        for text in _one_certificate(left, right):
            wrong.append(f"{kind}[{index}].{text}")
    return wrong


def _one_certificate(wanted, found):
    if wanted.get("malformed") or wanted.get("lenient"):
        return _compare(wanted, found, ("sha1", "sha256"))
    left, right = dict(wanted), dict(found)
    for side in (left, right):
        if side.get("serial"):
            side["serial"] = side["serial"].lstrip("0")
    present = tuple(name for name in (*CERTIFICATE_METHODS, "size")
                    if name in left and right.get(name) is not None)
    return _compare(left, right, CERTIFICATE_FIELDS + present)


def _made(methods, wanted, found):
    """The fields to compare: expectations without them are right too, as are programs without the
    method."""
    made = found.get("fingerprint_versions") or ()
    return tuple(name for name, method in methods.items() if name in wanted and method in made)


def _compare(wanted, found, names):
    missing = object()
    wrong = []
    for name in names:
        value = found.get(name, missing)
        if value is missing:
            wrong.append(f"{name}: not in the record")
        elif value != wanted.get(name):
            wrong.append(_text(name, wanted.get(name), value))
    return wrong


def _alternatives(expected, name):
    return (expected.get("also_accept") or {}).get(name) or []


def _text(name, wanted, value):
    return f"{name}: expected {_short(wanted)}, found {_short(value)}"


def _short(value):
    text = str(value)
    return text if len(text) <= 90 else f"{text[:60]}…{text[-25:]}"


def _address(text):
    return str(ipaddress.ip_address(text.split("%")[0]))


def match(expected, found):
    """Pairs the sessions of one capture.

    Returns (pairs, missed, spare): pairs of (expected, found, differences), expected sessions that
    nothing was reported for, and reports that belong to none. A report goes to the session with the
    same endpoints that it differs from least.
    """
    pairs, missed, spare = [], [], list(found)
    candidates = sorted(((len(differences(each, report)), index, number)
                         for index, each in enumerate(expected)
                         for number, report in enumerate(found)
                         if endpoints(each) == endpoints(report)))
    taken_expected, taken_found = set(), set()
    for _, index, number in candidates:
        if index in taken_expected or number in taken_found:
            continue
        taken_expected.add(index)
        taken_found.add(number)
        pairs.append((expected[index], found[number], differences(expected[index], found[number])))
    missed = [each for index, each in enumerate(expected) if index not in taken_expected]
    spare = [report for number, report in enumerate(found) if number not in taken_found]
    return pairs, missed, spare


def is_false(report, expected):
    """Whether a report that no expectation was paired with may not be there."""
    if is_mere_note(report):
        return False
    return not any(each.get("repeated_syn") and endpoints(each) == endpoints(report)
                   and same_fingerprints(each, report) for each in expected)
