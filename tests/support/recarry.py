# SPDX-License-Identifier: Apache-2.0
"""The same traffic, carried otherwise: captures rewritten frame by frame.

A carrier takes an Ethernet frame and its number in the capture, and gives the frames that carry it.
All are written by the standards they name, and know nothing of tapseal.
"""
import itertools
import struct

ETHERNET = 14
IPV4, IPV6 = 0x0800, 0x86DD


def read_pcap(path):
    """(head, [(record head, frame)]) of a little-endian pcap file of Ethernet frames."""
    blob = path.read_bytes()
    magic, *_, link = struct.unpack_from("<IHHiIII", blob)
    if magic not in (0xA1B2C3D4, 0xA1B23C4D) or link != 1:
        raise ValueError(f"{path}: no little-endian pcap of Ethernet frames")
    frames, at = [], 24
    while at < len(blob):
        seconds, fraction, captured, _ = struct.unpack_from("<IIII", blob, at)
        frames.append(((seconds, fraction), blob[at + 16:at + 16 + captured]))
        at += 16 + captured
    return blob[:24], frames


def rewrite(source, target, carrier):
    """Writes `target`: the frames of `source` as the carrier carries them. Returns their number."""
    head, frames = read_pcap(source)
    written = 0
    with open(target, "wb") as out:
        out.write(head)
        for number, (stamp, frame) in enumerate(frames):
            for each in carrier(frame, number):
                out.write(struct.pack("<IIII", *stamp, len(each), len(each)) + each)
                written += 1
    return written


def whole(frame, _number):
    """As it was."""
    return [frame]


def fragments(size):
    """IP fragments of `size` bytes (a multiple of 8): RFC 791 section 3.2, RFC 8200 section 4.5."""
    def carrier(frame, number):
        kind = struct.unpack_from(">H", frame, 12)[0]
        if kind == IPV4 and frame[ETHERNET] == 0x45 and frame[23] in (6, 17):
            total = struct.unpack_from(">H", frame, 16)[0]
            return _cut4(frame[:ETHERNET + total], number, size)
        if kind == IPV6 and frame[20] in (6, 17):
            length = struct.unpack_from(">H", frame, 18)[0]
            return _cut6(frame[:ETHERNET + 40 + length], number, size)
        return [frame]
    return carrier


def vxlan(frame, _number):
    """One tunnel between two hosts: RFC 7348. Nothing outside tells the flows apart."""
    datagram = struct.pack(">HHHH", 50000, 4789, 8 + 8 + len(frame), 0)
    datagram += struct.pack(">II", 0x08000000, 42 << 8) + frame
    head = bytearray(b"\x02" * 12 + struct.pack(">H", IPV4))
    head += struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0,
                        bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)))
    struct.pack_into(">H", head, 24, _checksum(head[ETHERNET:]))
    return [bytes(head) + datagram]


def one_after_the_other(inner, outer):
    """What `inner` gives, each carried by `outer`."""
    numbers = itertools.count()

    def carrier(frame, number):
        return [last for each in inner(frame, number) for last in outer(each, next(numbers))]
    return carrier


def _pieces(payload, size):
    for begin in range(0, len(payload), size):
        yield begin, payload[begin:begin + size], begin + size < len(payload)


def _cut4(frame, number, size):
    head, payload = bytearray(frame[:ETHERNET + 20]), frame[ETHERNET + 20:]
    out = []
    for begin, piece, more in _pieces(payload, size):
        struct.pack_into(">H", head, 16, 20 + len(piece))
        struct.pack_into(">HH", head, 18, number & 0xFFFF, (0x2000 if more else 0) | begin // 8)
        struct.pack_into(">H", head, 24, 0)
        struct.pack_into(">H", head, 24, _checksum(head[ETHERNET:]))
        out.append(bytes(head) + piece)
    return out


def _cut6(frame, number, size):
    head, payload = bytearray(frame[:ETHERNET + 40]), frame[ETHERNET + 40:]
    protocol, head[20] = head[20], 44
    out = []
    for begin, piece, more in _pieces(payload, size):
        extension = struct.pack(">BBHI", protocol, 0, begin | more, number)
        struct.pack_into(">H", head, 18, len(extension) + len(piece))
        out.append(bytes(head) + extension + piece)
    return out


def _checksum(header):
    """RFC 1071."""
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
