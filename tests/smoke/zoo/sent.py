# SPDX-License-Identifier: Apache-2.0
"""What a scanner sent: every frame that left it, with the time at which it left."""
import ipaddress
import struct
import subprocess
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from appliance import check
from zoo.segments import ACK, ETHERNET, SYN, read_arp
from zoo.wire import DAEMON_PORT

WINDOW_S = 0.1
_HELD_BACK_S = 1.5  # libpcap hands over what it has once a second
_HEADER, _RECORD = 24, 16
_IPV4, _ARP = 0x0800, 0x0806


@dataclass(frozen=True)
class Frame:
    """An IPv4 packet, or an ARP frame (`protocol` 0) with the address it asks for as `dst`."""
    at: float
    protocol: int
    dst: int
    sport: int = 0
    dport: int = 0
    is_syn: bool = False
    src: int = 0


class Sent:
    """tcpdump at the daemon's end of a wire. A frame's time is that of its transmission: the kernel
    stamps it when it is handed over to the other end of the pair. `port`: another one of the wire,
    to which all that is sent goes out."""

    def __init__(self, place, name, port=None):
        self.path = place.directory / f"{name}.pcap"
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", place.wire.namespace, "tcpdump", "-i", port or DAEMON_PORT,
             "-Q", "out" if port else "in", "-s", "96", "-B", "65536", "-Z", "root", "-w",
             str(self.path)],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        place.processes.append(self._process)
        while "listening on" not in self._process.stderr.readline():
            check(self._process.poll() is None, "tcpdump did not start")

    def frames(self):
        """Ends the capture; all that was sent, in order."""
        time.sleep(_HELD_BACK_S)
        self._process.terminate()
        lost = [line for line in self._process.stderr if "dropped by kernel" in line]
        self._process.wait()
        check(lost and lost[0].startswith("0 "), f"tcpdump lost packets: {lost}")
        return list(_read(self.path.read_bytes()))


def _read(octets):
    check(octets[:4] == b"\xd4\xc3\xb2\xa1", "not a capture in microseconds of this machine")
    at = _HEADER
    while at + _RECORD <= len(octets):
        seconds, micros, size, _ = struct.unpack("<IIII", octets[at:at + _RECORD])
        at += _RECORD
        frame = _frame(seconds + micros / 1e6, octets[at:at + size])
        at += size
        if frame is not None:
            yield frame


def _frame(moment, octets):
    kind = struct.unpack(">H", octets[12:14])[0]
    if kind == _ARP:
        asked = read_arp(octets)
        return asked and Frame(moment, 0, int(ipaddress.ip_address(asked.target)))
    check(kind == _IPV4, f"a frame of type {kind:#06x} was sent")
    protocol, (src, dst) = octets[ETHERNET + 9], struct.unpack(">II", octets[26:34])
    if protocol != 6:
        return Frame(moment, protocol, dst)
    tcp = ETHERNET + (octets[ETHERNET] & 15) * 4
    sport, dport = struct.unpack(">HH", octets[tcp:tcp + 4])
    return Frame(moment, protocol, dst, sport, dport, octets[tcp + 13] & (SYN | ACK) == SYN, src)


def most_in_a_window(frames, key=lambda frame: None, window_s=WINDOW_S):
    """For each key the largest number of frames in any window; the largest of these, and its
    key."""
    most, windows = {}, defaultdict(deque)
    for frame in frames:
        window = windows[key(frame)]
        window.append(frame.at)
        while window[0] <= frame.at - window_s:
            window.popleft()
        most[key(frame)] = max(most.get(key(frame), 0), len(window))
    worst = max(most, key=most.get)
    return most[worst], worst
