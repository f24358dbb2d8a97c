# SPDX-License-Identifier: Apache-2.0
"""The memory asked: how long a question takes of a memory that has grown."""
import os
import shutil
from pathlib import Path

from benches import memory_fill
from benches.measured import CannotCompare
from benches.outcome import Outcome
from benches.programs import built, gather
from benches.series import Budget
from benches.store_cluster import Cluster

HELP = "questions to a memory of any size: median and 95th percentile"
_MEDIAN_MS = 50
# A sighting with its indexes, the sort of its largest index, and what else lies beside it.
_BYTES_OF_SIGHTING = 560


def add_arguments(parser):
    parser.add_argument("--certificates", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--sightings", type=int, default=2_000_000, help="default 2,000,000")
    parser.add_argument("--values", type=int, default=40,
                        help="different values that each question is asked with (default 40)")
    parser.add_argument("--plans", metavar="FILE", help="write how the database answers each")


def run(directory, options):
    program = built("memory_bench")
    # No multiple of 2 or 5, so that no service shows one of the hundred everywhere twice.
    services = min(options.sightings // 25, 1 << 24) // 10 * 10 + 1
    room = shutil.disk_usage(directory).free
    if room < options.sightings * _BYTES_OF_SIGHTING:
        raise CannotCompare(f"{options.sightings} sightings need "
                            f"{options.sightings * _BYTES_OF_SIGHTING >> 30} GiB, {directory} has "
                            f"{room >> 30}: TMPDIR chooses another place")
    with Cluster(directory) as cluster:
        memory_fill.fill(lambda text: cluster.sql("tapseal", text), options.certificates,
                         options.sightings, services, services // 2)
        size = int(cluster.sql("tapseal", "SELECT pg_database_size('tapseal')"))
        words = [program, cluster.socket, "tapseal", options.certificates, services]
        _empty_the_caches()
        cases = gather([*words, options.values], 1)
        if options.plans:
            Path(options.plans).write_text(cluster.output([*words, "plans"]), encoding="utf-8")
    budgets = [Budget(name, _MEDIAN_MS, False, None, "issue 6") for name in cases]
    return Outcome("memory", list(cases.values()), budgets,
                   {"certificates": options.certificates, "sightings": options.sightings,
                    "services": services, "values of each question": options.values,
                    "database, GiB": round(size / 2**30, 1)},
                   ["Milliseconds from the words of a question to the rows as text, by one session "
                    "after another. All questions are asked for some values when nothing is in a "
                    "cache, then for others: of these \"tapseal\" is the first time, when what "
                    "leads to all rows is near and the rows are not, but by chance (the database's "
                    "own cache is 128 MB), and \"asked again\" the second, when they are. "
                    "\"slowest 5 %\" is of the first time, the others are medians."])


def _empty_the_caches():
    """The kernel's, of what was filled just now: as after a restart."""
    if os.geteuid() == 0:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3\n", encoding="ascii")
