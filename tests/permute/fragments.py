# SPDX-License-Identifier: Apache-2.0
"""IP packets in fragments (RFC 791 section 3.2, RFC 8200 section 4.5)."""
import struct

from packets import ip_packet

_MORE = 0x2000


def fragments(ip, number, size):
    """The fragments of a whole IP packet, each with at most `size` bytes (a multiple of 8) of it;
    the packet itself where it is not longer. `number` tells packets apart."""
    version6 = ip[0] >> 4 == 6
    head_size = 40 if version6 else (ip[0] & 15) * 4
    head, carried = ip[:head_size], ip[head_size:]
    if len(carried) <= size:
        return [ip]
    out = []
    for begin in range(0, len(carried), size):
        more = begin + size < len(carried)
        part = carried[begin:begin + size]
        if version6:
            extension = struct.pack(">BBHI", head[6], 0, begin | more, number)
            out.append(ip_packet(head[:6] + b"\x2c" + head[7:], extension + part))
        else:
            flags = (_MORE if more else 0) | begin // 8
            middle = struct.pack(">HH", number & 0xffff, flags)
            out.append(ip_packet(head[:4] + middle + head[8:], part))
    return out
