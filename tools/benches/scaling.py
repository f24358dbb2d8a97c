# SPDX-License-Identifier: Apache-2.0
"""What a link of 10 or 40 Gb/s needs, worked out from cycles that were measured.

On paper: nothing here was seen on such a link. A core is taken to run at CORE_HZ with all of its
cycles for packets, at most LOAD of them on average; what its caches and its card would do is not
known.
"""
import math

from benches.series import OURS, number

CORE_HZ = 3e9
LOAD = 0.7
_BITS = {"10G": 10e9, "40G": 40e9}
# Frame without preamble and gap (20 bytes), and the measured case that stands for it.
_SIZES = {"64 B": (64, "64 B, 1 M flows"), "IMIX": (354, "IMIX, 1 M flows"),
          "900 B": (900, "900 B, 1 M flows, 1 % handshakes")}
_GAP_BYTES = 20
# Of a packet in a hundred that is of a handshake: so many make a session.
_HANDSHAKE_SHARE, _PACKETS_PER_SESSION = 0.01, 12
_FLOW_BYTES, _CORE_BYTES = 145, 160 * 2 ** 20  # measured; captures, openings and SYNs of a core
_HEAD = ("link", "frames", "packets/s", "cycles each", "cores", "queues", "memory",
         "sessions/s at 1 % handshakes", "workers", "rows/s for Postgres")


def rows(told):
    """The table's rows, the first is its head; none where what they need was not kept."""
    benches = {each["bench"]: {case["case"]: case for case in each["cases"]} for each in told}
    dataplane, pipeline = benches.get("dataplane", {}), benches.get("pipeline", {})
    line = pipeline.get("session to its line, certificates known")
    if line is None or any(case not in dataplane for _, case in _SIZES.values()):
        return []
    session_s = line["subjects"][OURS]["median"] / 1e6
    return [_HEAD] + [_row(link, bits, size, dataplane[case]["subjects"][OURS]["cycles"], session_s)
                      for link, bits in _BITS.items() for size, (_, case) in _SIZES.items()]


def _row(link, bits, size, cycles, session_s):
    packets = bits / 8 / (_SIZES[size][0] + _GAP_BYTES)
    cores = math.ceil(packets * cycles / (CORE_HZ * LOAD))
    sessions = packets * _HANDSHAKE_SHARE / _PACKETS_PER_SESSION
    memory = 1e6 * _FLOW_BYTES + cores * _CORE_BYTES
    return (link, size, number(packets), f"{cycles:.0f}", str(cores), str(cores),
            f"{memory / 2 ** 20:.0f} MiB", number(sessions),
            str(math.ceil(sessions * session_s / LOAD)), number(sessions))
