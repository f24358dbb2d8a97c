#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TCP of our own that breaks rules on purpose; runs in a namespace whose kernel has no address.

    raw_peer.py CERTIFICATE KEY

Answers ARP and TCP for every address of hostile.RAW_KINDS; see what each does below.
"""
import random
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zoo import flights, hostile  # noqa: E402
from zoo.segments import ACK, FIN, RST, SYN, Ends, arp_reply, read_arp, read_tcp  # noqa: E402

PIECE = 500
RESEND_S = 0.4
RESENDS = 3
FIRST = 1_000_000
FAR = 1 << 24
TINY_WINDOW = 48
INTERFACE = "eth0"


class Conversation:
    """One connection of a scanner with a peer of a kind."""

    def __init__(self, peer, ends, syn, kind):
        self.peer, self.ends, self.kind = peer, ends, kind
        self.heard_to = (syn.seq + 1) & 0xffffffff
        self.window = {"tiny_window": TINY_WINDOW, "no_window": 0}.get(kind, 65000)
        self.heard = b""
        self.said = b""
        self.acked = 0
        self.resends = 0
        self.resend_at = None

    def send(self, flags, at=0, payload=b"", **changed):
        values = {"seq": (FIRST + 1 + at) & 0xffffffff, "ack": self.heard_to,
                  "window": self.window, **changed}
        self.peer.send(self.ends.segment(flags, payload, **values))

    def begin(self):
        if self.kind == "wrong_reset":  # acknowledges what nobody sent
            self.send(RST | ACK, -1, seq=0, ack=(self.heard_to + FAR) & 0xffffffff)
            return
        ack = self.heard_to + (1 if self.kind == "wrong_cookie" else 0)
        for _ in range(3 if self.kind == "many_syn_acks" else 1):
            self.send(SYN | ACK, -1, ack=ack & 0xffffffff)

    def take(self, segment):
        if segment.flags & (RST | SYN):
            return
        if self.kind == "reset_at_once":
            self.send(RST | ACK)
            return
        self.acked = max(self.acked, (segment.ack - FIRST - 1) & 0xffffffff
                         if segment.flags & ACK else 0)
        fresh = (segment.seq - self.heard_to) & 0xffffffff
        if fresh != 0 or (not segment.payload and not segment.flags & FIN):
            return
        self.heard += segment.payload
        self.heard_to += len(segment.payload) + bool(segment.flags & FIN)
        self.heard_to &= 0xffffffff
        self.send(ACK, self.acked)
        if not self.said and flights.is_whole(self.heard):
            self.said = flights.flight(self.peer.context, self.heard)
            self.say()

    def say(self):
        self.resend_at = time.monotonic() + RESEND_S
        pieces = [(at, self.said[at:at + PIECE]) for at in range(0, len(self.said), PIECE)]
        getattr(self, f"say_{self.kind}", self.say_plain)(pieces)

    def say_plain(self, pieces):
        for at, piece in pieces:
            self.send(ACK, at, piece)

    def say_reordered(self, pieces):
        self.say_plain(pieces[::-1])

    def say_overlapping(self, pieces):
        """Each byte two or three times, in no order."""
        pieces = [(at, self.said[at:at + 2 * PIECE + 100]) for at, _ in pieces]
        random.Random(7).shuffle(pieces)
        self.say_plain(pieces)

    def say_wrong_checksums(self, pieces):
        """Before each what it is not: changed, once with TCP's checksum wrong, once with IP's."""
        for at, piece in pieces:
            changed = bytes(byte ^ 0x55 for byte in piece)
            self.send(ACK, at, changed, wrong_tcp_sum=True)
            self.send(ACK, at, changed, wrong_ip_sum=True)
            self.send(ACK, at, piece)

    def say_outside_window(self, pieces):
        for at, piece in pieces:
            self.send(ACK, at + FAR, b"\xff" * len(piece))
            self.send(ACK, at - FAR, b"\xff" * len(piece))
            self.send(ACK, at, piece)

    def say_data_after_fin(self, pieces):
        self.say_plain(pieces)
        self.send(FIN | ACK, len(self.said))
        for number in range(20):
            self.send(ACK, len(self.said) + 1 + number * PIECE, b"\xff" * PIECE)

    def say_stray_resets(self, pieces):
        """RFC 5961: a reset that is not exactly at the next byte resets nothing."""
        for at, piece in pieces:
            self.send(RST, at + FAR)
            self.send(RST, at - 1)
            self.send(ACK, at, piece)

    def look(self, now):
        """Whoever sends has to send again."""
        if self.said and self.acked < len(self.said) and self.resends < RESENDS \
                and now > self.resend_at:
            self.resends += 1
            self.say()


class Peer:
    def __init__(self, certificate, key):
        self.context = flights.context_of(certificate, key)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((INTERFACE, 0))
        self.socket.settimeout(0.1)
        self.mac = self.socket.getsockname()[4]
        self.conversations = {}
        every = (*hostile.RAW_KINDS, hostile.MIDDLEBOX)
        self.addresses = {address for kind in every for address in kind.addresses()}

    def send(self, frame):
        self.socket.send(frame)

    def run(self):
        print("ready", flush=True)
        while True:
            try:
                frame, where = self.socket.recvfrom(65536)
                if where[2] != socket.PACKET_OUTGOING:
                    self.take(frame)
            except TimeoutError:
                pass
            now = time.monotonic()
            for conversation in list(self.conversations.values()):
                conversation.look(now)

    def take(self, frame):
        asked = read_arp(frame)
        if asked and asked.target in self.addresses:
            self.send(arp_reply(asked, self.mac))
        segment = read_tcp(frame)
        if segment is None or segment.dst not in self.addresses:
            return
        name = (segment.src, segment.sport, segment.dst, segment.dport)
        if segment.flags & (SYN | ACK) == SYN:
            ends = Ends(self.mac, segment)
            conversation = Conversation(self, ends, segment, hostile.kind_of(segment.dst))
            self.conversations[name] = conversation
            conversation.begin()
        elif name in self.conversations and hostile.kind_of(segment.dst) != "middlebox":
            self.conversations[name].take(segment)


if __name__ == "__main__":
    Peer(*sys.argv[1:]).run()
