# SPDX-License-Identifier: Apache-2.0
"""JA4T, JA4TS, JA4L and JA4LS of the TCP connections of a capture, from tshark's fields.

The second implementation; the rules are those of tls/fingerprint/foxio/README.md. It sees a whole
capture, the product only the packets up to the end of a handshake: of what comes late (the third
part of JA4L, repeats of a SYN-ACK) the product may know less.
"""
from fractions import Fraction

import tshark

_NAMES = ("tcp.stream", "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst",
          "tcp.srcport", "tcp.dstport", "ip.ttl", "ipv6.hlim", "tcp.flags", "tcp.seq_raw",
          "tcp.ack_raw", "tcp.len", "tcp.window_size_value", "tcp.option_kind",
          "tcp.options.mss_val", "tcp.options.wscale.shift")
_NEEDED = ("tcp.stream", "frame.time_epoch", "tcp.srcport", "tcp.flags", "tcp.seq_raw")
_SYN, _ACK = 2, 16
_JUMP_S = 3600


class Packet:
    """One TCP packet; of several headers the innermost counts."""

    def __init__(self, row):
        def last(*names):
            return next((row[name][-1] for name in names if row[name]), None)
        self.stream = last("tcp.stream")
        self.time = Fraction(last("frame.time_epoch"))
        self.sender = last("ip.src", "ipv6.src"), int(last("tcp.srcport"))
        self.receiver = last("ip.dst", "ipv6.dst"), int(last("tcp.dstport"))
        self.ttl = last("ip.ttl", "ipv6.hlim")
        self.flags = int(last("tcp.flags"), 16)
        self.seq, self.ack = int(last("tcp.seq_raw")), int(last("tcp.ack_raw") or 0)
        self.length = int(last("tcp.len") or 0)
        self.window = last("tcp.window_size_value")
        self.kinds = row["tcp.option_kind"]
        self.mss = last("tcp.options.mss_val") or "0"
        self.scale = last("tcp.options.wscale.shift") or "0"

    def is_kind(self, flags):
        return self.flags & (_SYN | _ACK) == flags


def openings(path, tls_ports=()):
    """{ends: {"ja4t": …}}, by the set of both ends. Left out are connections on the ends of
    another one, those with packets without a time, those that two servers answer in turns, and
    those whose clock jumps, which the product takes for a silence that ended them."""
    streams, untold = {}, set()
    for row in tshark.fields(path, _NAMES, "tcp", tls_ports):
        if all(row[name] for name in _NEEDED):
            packet = Packet(row)
            streams.setdefault(packet.stream, []).append(packet)
        else:
            untold.update(row["tcp.stream"])
    found, left_out = {}, set()
    for stream, packets in streams.items():
        ends = frozenset((packets[0].sender, packets[0].receiver))
        jumps = any(abs(later.time - earlier.time) > _JUMP_S
                    for earlier, later in zip(packets, packets[1:]))
        if ends in found or stream in untold or jumps or _has_two_servers(packets):
            left_out.add(ends)
        found[ends] = _facts(packets)
    return {ends: facts for ends, facts in found.items() if ends not in left_out}


def _has_two_servers(packets):
    """SYN-ACKs whose first number comes back after another one."""
    numbers = [each.seq for each in packets if each.is_kind(_SYN | _ACK)]
    turns = [number for at, number in enumerate(numbers) if at == 0 or number != numbers[at - 1]]
    return len(turns) > len(set(turns))


def _facts(packets):
    syns = _last_try([each for each in packets if each.is_kind(_SYN)])
    answers = _last_try([each for each in packets if each.is_kind(_SYN | _ACK)])
    facts = {"ja4t": _syn_text(syns[0]) if syns else None,
             "ja4ts": _syn_text(answers[0]) + _repeats_text(answers) if answers else None,
             "ja4l": None, "ja4ls": None}
    if not syns or not answers:
        return facts
    syn, answer = syns[0], answers[0]
    client = syn.sender
    ack = next((each for each in packets if each.sender == client and each.flags & _ACK
                and each.ack == (answer.seq + 1) % 2**32), None)
    starts = {syn.sender: syn.seq + 1, answer.sender: answer.seq + 1}
    asked, replied, asked_again = _turns(packets, client, starts)
    if ack and not _repeats(answers):
        facts["ja4l"] = _distance(answer, ack, syn.ttl, (replied, asked_again))
    if not _repeats(syns):
        facts["ja4ls"] = _distance(syn, answer, answer.ttl, (asked, replied))
    return facts


def _syn_text(packet):
    return "_".join((packet.window, "-".join(packet.kinds) or "00",
                     "00" if packet.mss == "0" else packet.mss,
                     "00" if packet.scale == "0" else packet.scale))


def _last_try(packets):
    """Of SYNs or SYN-ACKs with several first numbers those with the last one."""
    return [each for each in packets if each.seq == packets[-1].seq]


def _repeats(packets):
    """Whole seconds between the sendings of one packet; copies that came at once are none."""
    gaps = [int(later.time - earlier.time + Fraction(1, 2))
            for earlier, later in zip(packets, packets[1:])]
    return [gap for gap in gaps if gap > 0][:10]


def _repeats_text(packets):
    gaps = _repeats(packets)
    return "_" + "-".join(map(str, gaps)) if gaps else ""


def _turns(packets, client, starts):
    """The client's first new payload, the server's first one after it, the client's next one."""
    turns, seen_bytes = [], dict.fromkeys(starts, 0)
    for packet in packets:
        end = (packet.seq + packet.length - starts[packet.sender]) % 2**32
        if packet.length == 0 or not seen_bytes[packet.sender] < end < 2**31:
            continue
        seen_bytes[packet.sender] = end
        if len(turns) < 3 and (packet.sender == client) == (len(turns) != 1):
            turns.append(packet)
    return turns + [None] * (3 - len(turns))


def _distance(asked, answered, ttl, application):
    if answered.time < asked.time:
        return None
    text = f"{_half_us(asked, answered)}_{ttl}"
    first, second = application
    if first and second and second.time >= first.time:
        text += f"_{_half_us(first, second)}"
    return text


def _half_us(first, second):
    return int((second.time - first.time) * 1_000_000 / 2)
