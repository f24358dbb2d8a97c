# SPDX-License-Identifier: Apache-2.0
"""The flow table beside rte_hash, absl::flat_hash_map and tbb::concurrent_hash_map."""
from benches.measured import CannotCompare
from benches.outcome import Outcome
from benches.programs import built, gather
from benches.series import Budget

HELP = "the flow table beside rte_hash, absl::flat_hash_map and tbb::concurrent_hash_map"

PEERS = ("rte_hash", "absl::flat_hash_map", "tbb::concurrent_hash_map")
_SIZES = (10_000, 1_000_000, 10_000_000)
_SMALL_SIZES = (10_000, 100_000)
_FLOOD = (1_000_000, 5_000_000)  # flows that are known, sources of the flood
_SMALL_FLOOD = (100_000, 500_000)
_ISSUE = "issue: bench"
# A round of ten million flows takes as long as all of the others.
_LARGE_ROUNDS = 2


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case (default 5)")
    parser.add_argument("--small", action="store_true",
                        help="few flows, for a fast run: no figure asked for is measured")


def run(_directory, options):
    sizes, flood = (_SMALL_SIZES, _SMALL_FLOOD) if options.small else (_SIZES, _FLOOD)
    program = built("flowtable_bench")
    cases = {}
    for pages, which, numbers, rounds in _runs(sizes, flood, options.rounds):
        cases |= gather([program, pages, which, *numbers], rounds)
    expect_peers(cases.values())
    settings = {"rounds": options.rounds, "sizes": sizes, "flood": flood,
                "pages": "2 MiB by madvise(), for all, where a case does not say 4 KiB"}
    return Outcome("flowtable", list(cases.values()), [] if options.small else _budgets(),
                   settings, _NOTES)


def _runs(sizes, flood, rounds):
    """(pages, cases, numbers, rounds) of each run of the program."""
    *usual, large = sizes
    yield "huge", "all", usual, rounds
    yield "huge", "all", [large], min(rounds, _LARGE_ROUNDS)
    yield "small", "lookups", usual[-1:], rounds
    yield "huge", "flood", flood, min(rounds, 3)


def expect_peers(cases):
    """A case without one of the peers compares nothing."""
    for case in cases:
        missing = [peer for peer in PEERS if peer not in case.subjects]
        if missing:
            raise CannotCompare(f"{case.name}: {', '.join(missing)} is not in this build")


def _budgets():
    million, flood = "1 M flows", "1 M flows, flood of 5 M"
    large = "10 M flows"
    return [
        Budget(f"lookup: hits, {million}", 2, True, "rte_hash"),
        Budget(f"lookup and count: hits, {million}", 2, True, "rte_hash"),
        Budget(f"lookup: hits, {million}", 2, True, "absl::flat_hash_map"),
        Budget(f"lookup and count: hits, {million}", 2, True, "absl::flat_hash_map"),
        Budget(f"memory, all included, {million}", 128, False, source=_ISSUE),
        Budget(f"memory, all included, {large}", 2 ** 31 / 10_000_000, False),
        Budget(f"known flows, share of the quiet rate, {flood}", 0.8, True, source=_ISSUE),
        Budget(f"known flows lost, {flood}", 0, False, source=_ISSUE),
    ]


_NOTES = [
    "All subjects get the same keys with the same hashes, and lead to the same 116-byte records. "
    "Questions of eight bursts at a time are in the cache, as keys are that a core has just read.",
    "rte_hash: lock-free readers, lookups in bursts of 64 with hashes; the others: find() each.",
    "Count: packets, bytes and time in the record; peers ask for a burst's records ahead.",
    "Expiry: ours by its timers; peers have none and are told whom to erase, in order.",
    "Flood: a burst of SYNs after each burst of lookups, which alone are timed as known flows;",
    "the table is full: each SYN evicts. Peers are told the oldest.",
]
