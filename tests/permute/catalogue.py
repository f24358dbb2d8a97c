# SPDX-License-Identifier: Apache-2.0
"""All permutations by name: what they do, and what they must leave of the sessions."""
from dataclasses import dataclass
from enum import Enum

import carriers
import segments
from captures import ETHERNET, Frame
from fragments import fragments

FRAGMENT_BYTES = 256


class Leaves(Enum):
    """What a reader can still know afterwards."""
    ALL = "everything"
    ALL_AND_CONFLICT = "everything, and that bytes were in conflict"
    CLIENT = "what clients said"
    SERVER = "what servers said"


@dataclass(frozen=True)
class Permutation:
    name: str
    what: str
    leaves: Leaves
    make: object  # Trace -> (link type, [Frame])
    # It may put other segments before the first: where there was no SYN, nobody can know.
    moves_first: bool = False
    # It changes what is around packets, not their order or number.
    wraps: bool = False


def _segments(function, leaves=Leaves.ALL, moves_first=False):
    def make(trace):
        return ETHERNET, [_on_ethernet(packet) for packet in function(trace)]
    name = function.__name__.replace("_", "-")
    return Permutation(name, function.__doc__.splitlines()[0], leaves, make, moves_first)


def _on_ethernet(packet):
    ip = packet.ip()
    return Frame(packet.time, packet.frame if ip is None else carriers.ethernet(ip))


def _carried(name, link, wrap):
    """Every IP packet in a carrier; frames without IP stay where the link is Ethernet."""
    def make(trace):
        frames = []
        for packet in trace.packets:
            ip = packet.ip()
            if ip is not None:
                frames.append(Frame(packet.time, wrap(ip)))
            elif link == ETHERNET:
                frames.append(Frame(packet.time, packet.frame))
        return link, frames
    what = f"every IP packet in {name.partition(':')[2]}"
    return Permutation(name, what, Leaves.ALL, make, wraps=True)


def _fragmented(name, what, order=lambda parts: parts, wrap=lambda ip: ip):
    """Every IP packet in fragments; `wrap` puts it into another one before."""
    def make(trace):
        frames = []
        for number, packet in enumerate(trace.packets):
            ip = packet.ip()
            if ip is None:
                frames.append(Frame(packet.time, packet.frame))
                continue
            parts = order(fragments(wrap(ip), number + 1, FRAGMENT_BYTES))
            frames += [Frame(packet.time + index, carriers.ethernet(part))
                       for index, part in enumerate(parts)]
        return ETHERNET, frames
    return Permutation(name, what, Leaves.ALL, make)


def _in_gre(ip):
    return carriers.TUNNELS["gre"](ip)[14:]


def _all():
    yield _segments(segments.reordered, moves_first=True)
    yield _segments(segments.scrambled, moves_first=True)
    yield _segments(segments.duplicated)
    yield _segments(segments.delayed_client)
    yield _segments(segments.delayed_server)
    yield _segments(segments.only_client, Leaves.CLIENT)
    yield _segments(segments.only_server, Leaves.SERVER)
    yield _segments(segments.cut_small)
    yield _segments(segments.late_first, moves_first=True)
    yield _segments(segments.conflicting, Leaves.ALL_AND_CONFLICT)
    yield _fragmented("fragmented", "IP packets in fragments of 256 bytes")
    yield _fragmented("fragmented-reversed", "the same, the last fragment first",
                      lambda parts: parts[::-1])
    yield _fragmented("fragmented-duplicated", "the same, every fragment twice",
                      lambda parts: [part for part in parts for _ in range(2)])
    yield _fragmented("fragmented-tunnel", "in GRE, whose outer packets are in fragments",
                      wrap=_in_gre)
    for name, wrap in carriers.TUNNELS.items():
        yield _carried(f"tunnel:{name}", ETHERNET, wrap)
    for name, (link, wrap) in carriers.LINKS.items():
        yield _carried(f"link:{name}", link, wrap)


PERMUTATIONS = {each.name: each for each in _all()}
