# SPDX-License-Identifier: Apache-2.0
"""What one core does alone: SYNs into a device that takes all, and certificates of servers that
answer at once and whose work is not counted."""
from benches.programs import built, gather
from benches.series import Budget

_ASKED = (("SYNs into net_null", 20e6), ("TLS 1.2 certificates through net_ring", 50e3),
          ("TLS 1.3 certificates decrypted", 10e3))


def cases(_directory, options):
    """And what is asked of them."""
    found = gather([built("sweep_bench")], options.rounds)
    found |= gather([built("fetch_bench")], options.rounds)
    return list(found.values()), [Budget(name, bound, at_least=True) for name, bound in _ASKED]
