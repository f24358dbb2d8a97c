# SPDX-License-Identifier: Apache-2.0
"""How fast one core makes SYNs, into a device that takes all of them."""
from benches.programs import built, gather
from benches.series import Budget

_NULL = "SYNs into net_null"


def cases(_directory, options):
    """And what is asked of them."""
    found = gather([built("sweep_bench")], options.rounds)
    return list(found.values()), [Budget(_NULL, 20e6, at_least=True)]
