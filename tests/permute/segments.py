# SPDX-License-Identifier: Apache-2.0
"""Permutations of segments and datagrams: the same words in another order, or said twice.

Each takes a Trace and gives a list of packets in the order of time. Nothing here depends on
anything but the capture and the seed.
"""
from dataclasses import dataclass, replace
from random import Random

from packets import ACK, FIN, PSH, SYN, TCP

HALF_SECOND = 500 * 10**6
LATE_AT_MOST = 200 * 10**6  # networks that turn packets round do not keep them for longer
MTU = 300


@dataclass
class Trace:
    packets: list
    clients: dict  # flow: the endpoint that is its client
    random: Random

    def opened(self):
        """The flows whose beginning is in the capture."""
        return {packet.flow for packet in self.packets if packet.flags & SYN or
                packet.protocol != TCP}

    def from_client(self, packet):
        return packet.source == self.clients[packet.flow]


def client_ends(packets, sessions):
    """Who the client of each flow is: as the sessions say, else who spoke first."""
    clients = {}
    for packet in packets:
        if packet.source:
            spoken = (packet.target, packet.source)
            known = next((end for end in spoken if (packet.flow, end) in sessions), packet.source)
            clients.setdefault(packet.flow, known)
    return clients


def in_time(packets):
    return sorted(packets, key=lambda packet: packet.time)


def reordered(trace):
    """Data segments of one flight (nothing of the other side in between) in random order."""
    return _shuffled(trace, flight=True)


def scrambled(trace):
    """Data segments of one direction in random order, four at a time, across flights."""
    return _shuffled(trace, flight=False)


def _shuffled(trace, flight, window=4):
    out, open_runs = list(trace.packets), {}

    def close(key):
        run = open_runs.pop(key, [])
        mixed = run[:]
        trace.random.shuffle(mixed)
        for place, index in zip(run, mixed):
            out[place] = trace.packets[index].at(trace.packets[place].time)

    for index, packet in enumerate(trace.packets):
        if not packet.source:
            continue
        here, there = (packet.flow, packet.source), (packet.flow, packet.target)
        if packet.is_barrier:
            close(here)
            close(there)
        elif packet.is_data:
            if flight or packet.protocol != TCP:
                close(there)
            first = open_runs.get(here, [index])[0]
            if packet.time - trace.packets[first].time > LATE_AT_MOST:
                close(here)
            open_runs.setdefault(here, []).append(index)
            if len(open_runs[here]) == window:
                close(here)
    for key in list(open_runs):
        close(key)
    return out


def duplicated(trace):
    """Every packet twice, every third once more half a second later."""
    out = []
    for index, packet in enumerate(trace.packets):
        out += [packet, packet.at(packet.time + 1000)]
        if index % 3 == 0 and packet.source and not packet.is_barrier:
            out.append(packet.at(packet.time + HALF_SECOND))
    return in_time(out)


def delayed_client(trace):
    """Everything that clients say, half a second late: one leg of the tap is slower."""
    return _delayed(trace, True)


def delayed_server(trace):
    """Everything that servers say, half a second late."""
    return _delayed(trace, False)


def _delayed(trace, client):
    return in_time(packet.at(packet.time + HALF_SECOND)
                   if packet.source and trace.from_client(packet) == client else packet
                   for packet in trace.packets)


def only_client(trace):
    """What servers say is not in the capture."""
    return [each for each in trace.packets if not each.source or trace.from_client(each)]


def only_server(trace):
    """What clients say is not in the capture."""
    return [each for each in trace.packets if not each.source or not trace.from_client(each)]


def cut_small(trace):
    """Segments cut so that no IP packet is longer than 300 bytes."""
    out = []
    for packet in trace.packets:
        room = MTU - (40 if packet.source and packet.version == 6 else 20) - 20
        room -= len(packet.options)
        if packet.protocol != TCP or not packet.is_data or len(packet.payload) <= room:
            out.append(packet)
            continue
        for begin in range(0, len(packet.payload), room):
            last = begin + room >= len(packet.payload)
            out.append(replace(packet, time=packet.time + begin // room,
                               seq=(packet.seq + begin) % 2**32,
                               flags=packet.flags if last else packet.flags & ~(FIN | PSH) | ACK,
                               payload=packet.payload[begin:begin + room]))
    return in_time(out)


def late_first(trace):
    """The first data segment of each direction comes after the next two of its direction."""
    out, held, seen = [], {}, set()

    def release(key, time):
        if key in held:
            first = held.pop(key)[0]
            out.append(first.at(min(time, first.time + LATE_AT_MOST)))

    for packet in trace.packets:
        key = (packet.flow, packet.source) if packet.source else None
        if packet.is_barrier:
            release(key, packet.time - 1)
            release((packet.flow, packet.target), packet.time - 1)
        elif packet.protocol == TCP and packet.is_data and key not in seen:
            seen.add(key)
            held[key] = [packet, 2]
            continue
        out.append(packet)
        if key in held and packet.is_data:
            held[key][1] -= 1
            if held[key][1] == 0:
                release(key, packet.time + 1)
    for key in list(held):
        release(key, trace.packets[-1].time + 1)
    return in_time(out)


def conflicting(trace):
    """Every data segment is sent again at once, with other bytes in it."""
    out = []
    for packet in trace.packets:
        out.append(packet)
        if packet.protocol == TCP and packet.is_data and not packet.flags & FIN:
            other = bytes(byte ^ 0x2a for byte in packet.payload)
            out.append(replace(packet, time=packet.time + 1, payload=other))
    return in_time(out)
