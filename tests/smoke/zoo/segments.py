# SPDX-License-Identifier: Apache-2.0
"""Frames with ARP and TCP over IPv4, read and written by hand. RFC 826, 791, 9293."""
import socket
import struct
from dataclasses import dataclass

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET = 14
_ARP, _IPV4, _TCP = 0x0806, 0x0800, 6
_MSS = b"\x02\x04\x05\xb4"


@dataclass(frozen=True)
class ArpRequest:
    mac: bytes
    sender: str
    target: str


@dataclass(frozen=True)
class Segment:
    mac: bytes
    src: str
    dst: str
    sport: int
    dport: int
    seq: int
    ack: int
    flags: int
    payload: bytes


def read_arp(frame):
    """A request, else None."""
    if struct.unpack(">H", frame[12:14])[0] != _ARP or frame[20:22] != b"\x00\x01":
        return None
    return ArpRequest(frame[22:28], socket.inet_ntoa(frame[28:32]), socket.inet_ntoa(frame[38:42]))


def arp_reply(asked, mac):
    return (asked.mac + mac + struct.pack(">HHHBBH", _ARP, 1, _IPV4, 6, 4, 2) + mac
            + socket.inet_aton(asked.target) + asked.mac + socket.inet_aton(asked.sender))


def read_tcp(frame):
    """A segment of TCP over IPv4, else None."""
    if len(frame) < ETHERNET + 40 or struct.unpack(">H", frame[12:14])[0] != _IPV4 \
            or frame[ETHERNET + 9] != _TCP:
        return None
    packet = frame[ETHERNET:ETHERNET + struct.unpack(">H", frame[16:18])[0]]
    tcp = packet[(packet[0] & 15) * 4:]
    sport, dport, seq, ack, offset, flags = struct.unpack(">HHIIBB", tcp[:14])
    return Segment(frame[6:12], socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]),
                   sport, dport, seq, ack, flags, tcp[(offset >> 4) * 4:])


def checksum(octets):
    """RFC 1071."""
    octets += b"\x00" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Ends:
    """Both ends of a connection, seen from whom it was asked of."""

    def __init__(self, mac, syn):
        self.link = syn.mac + mac + struct.pack(">H", _IPV4)
        self.addresses = socket.inet_aton(syn.dst) + socket.inet_aton(syn.src)
        self.ports = struct.pack(">HH", syn.dport, syn.sport)

    def segment(self, flags, payload, **values):
        """`seq`, `ack`, `window`; `wrong_tcp_sum`, `wrong_ip_sum` break what they name."""
        options = _MSS if flags & SYN else b""
        offset = (20 + len(options)) // 4 << 4
        head = self.ports + struct.pack(">IIBBH", values["seq"], values["ack"], offset, flags,
                                        values["window"])
        rest = b"\x00\x00" + options + payload
        pseudo = self.addresses + struct.pack(">HH", _TCP, len(head) + 2 + len(rest))
        total = checksum(pseudo + head + b"\x00\x00" + rest) ^ \
            (0x1111 if values.get("wrong_tcp_sum") else 0)
        return self.link + self._header(len(head) + 2 + len(rest), values) + head \
            + struct.pack(">H", total) + rest

    def _header(self, length, values):
        front = struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, _TCP)
        total = checksum(front + b"\x00\x00" + self.addresses) ^ \
            (0x1111 if values.get("wrong_ip_sum") else 0)
        return front + struct.pack(">H", total) + self.addresses
