#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says one recorded handshake again and again on an interface, each time as another client.

handshakes.py INTERFACE CAPTURE FILE RATE: number n asks for n000123.test from 10.0.0.123. FILE
always holds the last number that was begun. Ends when it is told to.
"""
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

_NAME = b"www.lab.test"
_SYN, _ACK = 2, 16


def frames_of(path):
    """(frame, is it the client's) of a capture with one connection in it."""
    raw = Path(path).read_bytes()
    at, frames = 24, []
    while at < len(raw):
        kept = struct.unpack_from("<I", raw, at + 8)[0]
        frames.append(raw[at + 16:at + 16 + kept])
        at += 16 + kept
    client = next(frame[26:30] for frame in frames if frame[47] & (_SYN | _ACK) == _SYN)
    return [(frame, frame[26:30] == client) for frame in frames]


def _checksum(head):
    total = sum(struct.unpack(f">{len(head) // 2}H", head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def said_by(frames, number):
    """The same frames, of client `number`."""
    address = bytes((10, number >> 16 & 255, number >> 8 & 255, number & 255))
    port = struct.pack(">H", 1024 + number % 60000)
    name = b"n%06d.test" % number
    for frame, is_client in frames:
        made = bytearray(frame.replace(_NAME, name) if is_client else frame)
        ip, tcp = (26, 34) if is_client else (30, 36)
        made[ip:ip + 4] = address
        made[tcp:tcp + 2] = port
        made[24:26] = b"\0\0"
        made[24:26] = struct.pack(">H", _checksum(bytes(made[14:34])))
        yield bytes(made)


def main(interface, capture, place, rate):
    frames = frames_of(capture)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    file = os.open(place, os.O_WRONLY | os.O_CREAT)
    begin, number = time.monotonic(), 0
    while True:
        number += 1
        os.pwrite(file, b"%010d\n" % number, 0)
        for frame in said_by(frames, number):
            wire.send(frame)
        time.sleep(max(0.0, begin + number / float(rate) - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
