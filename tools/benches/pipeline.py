# SPDX-License-Identifier: Apache-2.0
"""The workers: sessions from captured bytes to observations and lines."""
from benches.outcome import Outcome
from benches.programs import TREE, built, gather
from benches.series import Budget

HELP = "sessions in a worker beside their hashes and OpenSSL's d2i_X509"
CAPTURES = TREE / "tests/golden/own"
_ISSUE = "the bench's issue"
_BUDGETS = (
    Budget("session, certificates known", 10, False),
    Budget("session, certificates new", 100, False),
    Budget("session to its line, certificates known", 3, False, source=_ISSUE),
)


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case (default 5)")
    parser.add_argument("--case", default="", help="only cases with this in their name")


def run(_directory, options):
    words = [built("pipeline_bench"), CAPTURES] + ([options.case] if options.case else [])
    cases = list(gather(words, options.rounds).values())
    names = {case.name for case in cases}
    asked = [budget for budget in _BUDGETS if not options.case or budget.case in names]
    return Outcome("pipeline", cases, asked, {"rounds": options.rounds},
                   ["Sessions of tests/golden/own that show a certificate; every one has another "
                    "client and session id, and a new one another serial number."])
