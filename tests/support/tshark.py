# SPDX-License-Identifier: Apache-2.0
"""Handshake messages as tshark reassembles them: raw bytes, with who sent them to whom."""
import json
import subprocess
from dataclasses import dataclass

HANDSHAKE_TYPES = (1, 2, 11)  # ClientHello, ServerHello, Certificate


@dataclass(frozen=True)
class Message:
    """One handshake message with its four-byte header, in a connection."""
    frame: int
    stream: int  # TCP's or UDP's number of the pair of ends
    sender: tuple  # (address, port)
    receiver: tuple
    raw: bytes  # of DTLS too: its sequence number and fragment's place are left out
    transport: str = "tcp"

    @property
    def kind(self):
        return self.raw[0]


class TsharkError(Exception):
    """tshark is missing or refused the file."""


def handshake_messages(path, tls_ports=()):
    """Every hello and certificate message of the TCP connections of a capture, in order.

    `tls_ports` are ports known to speak TLS: without them a client's port that tshark knows as
    something else (57000 is IRC) decides how the connection is read.
    """
    wanted = " || ".join(f"tls.handshake.type == {kind}" for kind in HANDSHAKE_TYPES)
    packets = json.loads(_run(*_decode_as(tls_ports), "-r", path, "-Y", f"tcp && ({wanted})",
                              "-T", "json", "-x", "--no-duplicate-keys",
                              "-J", "frame ip ipv6 tcp tls") or "[]")
    messages = []
    for packet in packets:
        layers = packet["_source"]["layers"]
        frame, stream, sender, receiver = _place(layers, "tcp")
        for raw in _raw_handshakes(layers, "tls"):
            # An encrypted message may begin with any byte; only a whole one states its length.
            if raw[0] in HANDSHAKE_TYPES and int.from_bytes(raw[1:4], "big") == len(raw) - 4:
                messages.append(Message(frame, stream, sender, receiver, raw))
    return messages


def datagram_messages(path, ports):
    """Every hello of QUIC and DTLS in a capture, in order. `ports` says what speaks where tshark
    could not know: {port: "quic" or "dtls"}. A DTLS message that lies in several fragments is not
    seen."""
    hellos = " || ".join(f"{layer}.handshake.type == {kind}" for layer in ("tls", "dtls")
                         for kind in HANDSHAKE_TYPES[:2])
    decode = [word for port, name in ports.items() for word in ("-d", f"udp.port=={port},{name}")]
    packets = json.loads(_run(*decode, "-r", path, "-Y", f"udp && ({hellos})", "-T", "json", "-x",
                              "--no-duplicate-keys", "-J", "frame ip ipv6 udp quic tls dtls")
                         or "[]")
    messages = []
    for packet in packets:
        layers = packet["_source"]["layers"]
        place = _place(layers, "udp")
        for layer, transport in (("tls", "quic"), ("dtls", "dtls")):
            for raw in _raw_handshakes(layers, layer):
                whole = raw if layer == "tls" else _without_dtls_header(raw)
                if whole[0] in HANDSHAKE_TYPES[:2] and \
                        int.from_bytes(whole[1:4], "big") == len(whole) - 4:
                    messages.append(Message(*place, whole, transport))
    return messages


def _without_dtls_header(raw):
    """RFC 6347 section 4.2.2: message_seq, fragment_offset and fragment_length are eight bytes."""
    return raw[:4] + raw[12:]


def fields(path, names, display_filter, tls_ports=()):
    """Rows of the named fields of the packets that match; several values of a field are a list."""
    command = [*_decode_as(tls_ports), "-r", path, "-Y", display_filter, "-T", "fields", "-E",
               "separator=/t", "-E", "aggregator=|"]
    for name in names:
        command += ["-e", name]
    return [dict(zip(names, (value.split("|") if value else [] for value in line.split("\t"))))
            for line in _run(*command).splitlines()]


def _decode_as(tls_ports):
    return [word for port in tls_ports for word in ("-d", f"tcp.port=={port},tls")]


def _place(layers, carrier):
    """Frame, connection and ends of a packet; of several headers the innermost counts."""
    frame, ports = _last(layers["frame"]), _last(layers[carrier])
    ip, kind = (_last(layers["ip"]), "ip") if "ip" in layers else (_last(layers["ipv6"]), "ipv6")
    return (int(frame["frame.number"]), int(ports[f"{carrier}.stream"]),
            (ip[f"{kind}.src"], int(ports[f"{carrier}.srcport"])),
            (ip[f"{kind}.dst"], int(ports[f"{carrier}.dstport"])))


def _last(layer):
    return layer[-1] if isinstance(layer, list) else layer


def _raw_handshakes(node, layer):
    """The bytes of every tls.handshake or dtls.handshake in a packet's tree, in order."""
    if isinstance(node, list):
        for each in node:
            yield from _raw_handshakes(each, layer)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == f"{layer}.handshake_raw":
                entries = value if isinstance(value[0], list) else [value]
                yield from (bytes.fromhex(entry[0]) for entry in entries if entry[0])
            elif not key.endswith("_raw"):
                yield from _raw_handshakes(value, layer)


def _run(*arguments):
    try:
        done = subprocess.run(["tshark", "-n", *arguments], capture_output=True, check=False,
                              timeout=300)
    except FileNotFoundError as error:
        raise TsharkError("tshark is not installed (tools/install_packages test)") from error
    # A cut capture file is a warning and exit status 2 with the packets before the cut printed.
    if done.returncode not in (0, 2):
        raise TsharkError(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1])
    return done.stdout.decode("utf-8", "replace")
