# SPDX-License-Identifier: Apache-2.0
"""Capture files as lists of frames: pcap in both byte orders and resolutions, plain pcapng."""
import struct
from dataclasses import dataclass

ETHERNET = 1
_MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
          b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
_SECTION, _INTERFACE, _PACKET = 0x0a0d0d0a, 1, 6
_TIME_RESOLUTION = 9


class NotSimple(Exception):
    """A capture that this tool cannot permute, and why."""


@dataclass
class Frame:
    time: int  # nanoseconds
    bytes: bytes


def read(path):
    """The frames of a capture of Ethernet whose packets are all whole; NotSimple otherwise."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:4] in _MAGIC:
        return _read_pcap(content)
    if content[:4] == b"\x0a\x0d\x0d\x0a":
        return _read_pcapng(content)
    raise NotSimple("no pcap or pcapng file")


def write(path, link, frames):
    """A pcap file in nanoseconds, little-endian."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for frame in frames:
            seconds, nanoseconds = divmod(frame.time, 10**9)
            size = len(frame.bytes)
            file.write(struct.pack("<IIII", seconds, nanoseconds, size, size) + frame.bytes)


def _whole(captured, on_wire):
    if captured < on_wire:
        raise NotSimple("packets are cut")


def _read_pcap(content):
    order, unit = _MAGIC[content[:4]]
    if struct.unpack_from(order + "I", content, 20)[0] != ETHERNET:
        raise NotSimple("not Ethernet")
    frames, at = [], 24
    while at + 16 <= len(content):
        seconds, fraction, captured, on_wire = struct.unpack_from(order + "IIII", content, at)
        at += 16
        _whole(min(captured, len(content) - at), on_wire)
        frames.append(Frame(seconds * 10**9 + fraction * unit, content[at:at + captured]))
        at += captured
    return frames


def _read_pcapng(content):
    order, units, frames, at = "<", [], [], 0
    while at + 12 <= len(content):
        if content[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if content[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            units = []
        kind, length = struct.unpack_from(order + "II", content, at)
        body = content[at + 8:at + length - 4]
        if length < 12:
            raise NotSimple("broken pcapng")
        if kind == _INTERFACE:
            units.append(_unit(order, body))
        elif kind == _PACKET:
            frames.append(_packet(order, body, units))
        elif kind in (2, 3):
            raise NotSimple("packets without time")
        at += length
    return frames


def _unit(order, body):
    """Nanoseconds of an interface's time unit."""
    if struct.unpack_from(order + "H", body)[0] != ETHERNET:
        raise NotSimple("not Ethernet")
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == _TIME_RESOLUTION:
            if body[at + 4] not in (6, 9):
                raise NotSimple("unusual time unit")
            return 1000 if body[at + 4] == 6 else 1
        at += 4 + (length + 3) // 4 * 4
    return 1000


def _packet(order, body, units):
    interface, high, low, captured, on_wire = struct.unpack_from(order + "IIIII", body)
    _whole(captured, on_wire)
    return Frame((high << 32 | low) * units[interface], body[20:20 + captured])
