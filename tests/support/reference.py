#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second, plain implementation of what a passive reader must find in a capture.

  reference.py FILE...                     one JSON line per TLS, QUIC or DTLS session
  reference.py --check CORPUS THEME...     how many sessions equal the corpus's expectations

tshark reassembles, hello.py and der.py read the bytes. Fields and formats are the native record's.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import der  # noqa: E402
import hello as hellos  # noqa: E402
import tshark  # noqa: E402

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = tshark.HANDSHAKE_TYPES
_SERVER_FIELDS = ("server_version", "server_legacy_version", "cipher", "alpn_selected", "ja3s_full",
                  "ja3s")
_JA4_LETTERS = {"tcp": "t", "quic": "q", "dtls": "d"}


def sessions(path, tls_ports=()):
    """The sessions of a capture in the order of their first ClientHello, as native records."""
    by_stream = {}
    for message in tshark.handshake_messages(path, tls_ports):
        by_stream.setdefault(message.stream, []).append(message)
    found = []
    for messages in by_stream.values():
        first = next((each for each in messages if each.kind == CLIENT_HELLO), None)
        if first is not None:
            found.append((first.frame, _session(messages, first)))
    return [record for _, record in sorted(found, key=lambda pair: pair[0])]


def datagram_sessions(path, ports=None):
    """The same of QUIC and DTLS, without certificates: tshark shows no fragmented ones. `ports`:
    see tshark.datagram_messages."""
    by_stream = {}
    for message in tshark.datagram_messages(path, ports or {}):
        by_stream.setdefault((message.stream, message.transport), []).append(message)
    found = []
    for messages in by_stream.values():
        first = next((each for each in messages if each.kind == CLIENT_HELLO), None)
        if first is not None:
            record = _session(messages, first)
            del record["certs"], record["client_certs"]
            found.append(record)
    return found


def text_of(value):
    """Bytes as the records show them: what is not printable UTF-8 is \\xHH."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and text.isprintable() and "\\" not in text:
        return text
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}"
                   for byte in value)


def _session(messages, first):
    client = hellos.parse_client_hello(first.raw, first.transport == "dtls")
    record = {"src": first.sender[0], "sport": first.sender[1], "dst": first.receiver[0],
              "dport": first.receiver[1], "transport": first.transport}
    record.update(_client_fields(client, _JA4_LETTERS[first.transport]))
    answers = [hellos.parse_server_hello(each.raw) for each in messages
               if each.kind == SERVER_HELLO and each.sender == first.receiver]
    record.update(_server_fields(answers))
    for name, sender in (("certs", first.receiver), ("client_certs", first.sender)):
        record[name] = [der.certificate_facts(certificate) for each in messages
                        if each.kind == CERTIFICATE and each.sender == sender
                        for certificate in hellos.parse_certificates(each.raw)]
    return record


def _client_fields(client, ja4_letter):
    name, offered = hellos.sni(client), hellos.alpn(client)
    versions = hellos.offered_versions(client)
    ja3_full, ja3 = hellos.ja3(client)
    return {"sni": None if name is None else text_of(name),
            "alpn": None if offered is None else [text_of(each) for each in offered],
            "client_version": f"0x{client.version:04x}",
            "client_versions": None if versions is None else [f"0x{v:04x}" for v in versions],
            "ja3_full": ja3_full, "ja3": ja3, **hellos.ja4(client, ja4_letter)}


def _server_fields(answers):
    record = dict.fromkeys(_SERVER_FIELDS)
    record["hrr"] = any(answer.random == hellos.HELLO_RETRY_RANDOM for answer in answers)
    if answers:
        last = answers[-1]
        selected = hellos.alpn(last)
        record["server_version"] = f"0x{hellos.negotiated_version(last):04x}"
        record["server_legacy_version"] = f"0x{last.version:04x}"
        record["cipher"] = f"0x{last.ciphers[0]:04x}"
        record["alpn_selected"] = text_of(selected[0]) if selected else None
        record["ja3s_full"], record["ja3s"] = hellos.ja3s(last)
    return record


def check(corpus, themes):
    """Compares with the corpus's expectations; returns (equal, different)."""
    equal, different = 0, []
    for theme in themes:
        for name in sorted(os.listdir(os.path.join(corpus, theme))):
            if not name.endswith(".expected.jsonl"):
                continue
            stem = os.path.join(corpus, theme, name.removesuffix(".expected.jsonl"))
            capture = next(stem + end for end in (".pcap", ".pcapng") if os.path.exists(stem + end))
            found = {_key(record): record
                     for record in sessions(capture) + datagram_sessions(capture)}
            with open(os.path.join(corpus, theme, name), encoding="utf-8") as file:
                wanted = [json.loads(line) for line in file]
            for each in wanted:
                if each["transport"] not in _JA4_LETTERS or not each["required"] or \
                        each["ja3"] is None:
                    continue
                reasons = _differences(each, found.get(_key(each)))
                equal += not reasons
                different += [(f"{theme}/{name}", reasons)] if reasons else []
    return equal, different


def _key(record):
    return record["src"], record["sport"], record["dst"], record["dport"], record["ja3"]


def _differences(wanted, found):
    if found is None:
        return ["not found"]
    found = dict(found)
    certificates = {name: (wanted[name], found.pop(name)) for name in ("certs", "client_certs")
                    if name in found}
    different = [f"{name}: {wanted[name]} != {value}" for name, value in found.items()
                 if wanted[name] != value]
    if wanted.get("repeated_syn") and found["cipher"] is None:
        return [each for each in different if each.split(":")[0] not in _SERVER_FIELDS]
    for name, (left, right) in certificates.items():
        different += _certificate_differences(name, left, right)
    return different


def _certificate_differences(name, wanted, found):
    if [each["sha256"] for each in wanted] != [each["sha256"] for each in found]:
        return [f"{name}: other certificates"]
    return [f"{name}[{index}].{key}: {left[key]} != {right[key]}"
            for index, (left, right) in enumerate(zip(wanted, found))
            for key in right if key in left and left[key] != right[key]]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="CORPUS", help="compare with the expectations there")
    parser.add_argument("names", nargs="+", help="capture files, or themes with --check")
    options = parser.parse_args()
    if not options.check:
        for path in options.names:
            for record in sessions(path) + datagram_sessions(path):
                print(json.dumps(record))
        return 0
    equal, different = check(options.check, options.names)
    for name, reasons in different:
        print(f"{name}: {'; '.join(reasons)[:300]}")
    print(f"{equal} sessions equal, {len(different)} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
