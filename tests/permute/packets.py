# SPDX-License-Identifier: Apache-2.0
"""Frames as packets that can be taken apart and put together again."""
import struct
from dataclasses import dataclass, replace

from captures import NotSimple

TCP, UDP = 6, 17
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_IPV4, _IPV6 = 0x0800, 0x86dd
_TAGS = (0x8100, 0x88a8, 0x9100)
_FRAGMENTED = 0x3fff
# What may carry IP and is not taken apart: PPPoE, MPLS, Cisco MetaData, VN-Tag.
_CARRIERS = (0x8864, 0x8847, 0x8848, 0x8909, 0x8926)
_EXTENSIONS = (0, 43, 44, 51, 60, 135)


@dataclass(frozen=True)
class Packet:
    """One packet. Those that are neither TCP nor UDP have `carried` and no ports; frames without IP
    have `frame` alone."""
    time: int  # nanoseconds
    frame: bytes | None = None
    head: bytes = b""  # the IP header as it was; lengths, checksums are made anew
    protocol: int = 0
    carried: bytes = b""  # what IP carries, of neither TCP nor UDP
    source: tuple = ()  # (address, port)
    target: tuple = ()
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    options: bytes = b""
    payload: bytes = b""

    @property
    def flow(self):
        return (self.protocol, *sorted((self.source, self.target)))

    @property
    def is_data(self):
        """Payload that can be moved about: a segment's, or a datagram's."""
        return bool(self.payload) and not self.flags & (SYN | RST)

    @property
    def is_barrier(self):
        """Begins or ends a connection: what moves does not pass it."""
        return self.protocol == TCP and bool(self.flags & (SYN | FIN | RST))

    @property
    def version(self):
        return self.head[0] >> 4

    def at(self, time):
        return replace(self, time=time)

    def ip(self):
        """The whole IP packet, or None."""
        if self.frame is not None:
            return None
        carried = self._transport() if self.source else self.carried
        return ip_packet(self.head, carried)

    def _transport(self):
        ports = struct.pack(">HH", self.source[1], self.target[1])
        if self.protocol == UDP:
            body = ports + struct.pack(">HH", 8 + len(self.payload), 0) + self.payload
            checksum = _checksum(self._pseudo_header(len(body)) + body) or 0xffff
            return body[:6] + struct.pack(">H", checksum) + body[8:]
        words = 5 + len(self.options) // 4
        body = (ports + struct.pack(">IIBBHHH", self.seq, self.ack, words << 4, self.flags,
                                    self.window, 0, 0) + self.options + self.payload)
        checksum = _checksum(self._pseudo_header(len(body)) + body)
        return body[:16] + struct.pack(">H", checksum) + body[18:]

    def _pseudo_header(self, length):
        addresses = self.source[0] + self.target[0]
        return addresses + struct.pack(">II", length, self.protocol)


def ip_packet(head, carried):
    """An IP header of either version with its length made right, and what it carries."""
    if head[0] >> 4 == 6:
        return head[:4] + struct.pack(">H", len(carried)) + head[6:40] + carried
    head = head[:2] + struct.pack(">H", len(head) + len(carried)) + head[4:10] + b"\0\0" + head[12:]
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + carried


def parse(frames):
    """The packets of Ethernet frames; NotSimple where one would not survive taking apart."""
    return [_parse(frame) for frame in frames]


def _parse(frame):
    at, kind = 14, int.from_bytes(frame.bytes[12:14], "big")
    while kind in _TAGS:
        kind = int.from_bytes(frame.bytes[at + 2:at + 4], "big")
        at += 4
    rest = frame.bytes[at:]
    if kind == _IPV4 and len(rest) >= 20 and rest[0] >> 4 == 4:
        return _ipv4(frame, rest)
    if kind == _IPV6 and len(rest) >= 40 and rest[0] >> 4 == 6:
        return _ipv6(frame, rest)
    if kind in _CARRIERS:
        raise NotSimple("IP in carriers other than tags")
    return Packet(frame.time, frame=frame.bytes)


def _ipv4(frame, rest):
    size, total = (rest[0] & 15) * 4, int.from_bytes(rest[2:4], "big")
    if int.from_bytes(rest[6:8], "big") & _FRAGMENTED:
        raise NotSimple("IP fragments")
    if size < 20 or total > len(rest) or 0 < total < size:
        raise NotSimple("IP lengths do not fit")
    carried = rest[size:total or len(rest)]
    return _transport(frame, rest[:size], rest[9], carried, (rest[12:16], rest[16:20]))


def _ipv6(frame, rest):
    length = int.from_bytes(rest[4:6], "big")
    if 40 + length > len(rest):
        raise NotSimple("IP lengths do not fit")
    if rest[6] in _EXTENSIONS:
        raise NotSimple("IPv6 extension headers")
    carried = rest[40:40 + length if length else len(rest)]
    return _transport(frame, rest[:40], rest[6], carried, (rest[8:24], rest[24:40]))


def _transport(frame, head, protocol, carried, addresses):
    plain = Packet(frame.time, head=head, protocol=protocol, carried=carried)
    if protocol not in (TCP, UDP):
        return plain
    if len(carried) < (20 if protocol == TCP else 8):
        raise NotSimple("transport header is cut")
    ports = struct.unpack(">HH", carried[:4])
    ends = {"source": (addresses[0], ports[0]), "target": (addresses[1], ports[1])}
    if protocol == UDP:
        length = int.from_bytes(carried[4:6], "big")
        if not 8 <= length <= len(carried):
            raise NotSimple("UDP length does not fit")
        return replace(plain, carried=b"", payload=carried[8:length], **ends)
    seq, ack, offset, flags, window = struct.unpack(">IIBBH", carried[4:16])
    size = (offset >> 4) * 4
    if not 20 <= size <= len(carried):
        raise NotSimple("TCP header length does not fit")
    return replace(plain, carried=b"", seq=seq, ack=ack, flags=flags, window=window,
                   options=carried[20:size], payload=carried[size:], **ends)


def _checksum(content):
    if len(content) % 2:
        content += b"\0"
    total = sum(struct.unpack(f">{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
