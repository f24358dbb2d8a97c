# SPDX-License-Identifier: Apache-2.0
"""The memory: records into Postgres beside psql's COPY of the same rows."""
import shutil

from benches.outcome import Outcome
from benches.programs import built, gather
from benches.series import Budget
from benches.store_cluster import Cluster

HELP = "rows stored beside psql's binary COPY of the same rows"
PSQL = "psql \\copy"
_BUDGETS = (
    Budget("sessions stored", 0.8, True, PSQL),
    Budget("sessions stored", 0.8, True, "psql \\copy, links too", "issue 6"),
)


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case (default 3)")
    parser.add_argument("--sessions", type=int, default=300_000, help="rows (default 300,000)")


def run(directory, options):
    cases = {}
    with Cluster(directory) as cluster:
        for number in range(options.rounds):
            _round(cluster, directory / f"rows{number}", number, options.sessions, cases)
    return Outcome("store", list(cases.values()), list(_BUDGETS),
                   {"rounds": options.rounds, "sessions": options.sessions},
                   ["5,000 services, 2,000 certificates, 3,000 clients; records of 50,000 "
                    "sessions, each a transaction that is flushed to the disk.",
                    "psql copies the same rows of `session` into the same table with the same "
                    "indexes in one transaction; \"links too\" copies the rows of every table, the "
                    "links' into tables without an index or a merge."])


def _round(cluster, files, number, sessions, cases):
    files.mkdir()
    ours, theirs = f"ours{number}", f"theirs{number}"
    for name in (ours, theirs):
        cluster.sql("tapseal", f"CREATE DATABASE {name} TEMPLATE empty")
    for name, case in gather([built("store_bench"), cluster.socket, ours, files, sessions],
                             1).items():
        for subject, series in case.subjects.items():
            cases.setdefault(name, type(case)(case.name, case.unit)).add(subject, series.values[0])
    cluster.sql(theirs, "SELECT create_session_partition('2026-03-04', 1500)")
    took = cluster.copy(theirs, "session", files / "session", "session")
    cases["sessions stored"].add(PSQL, sessions / took)
    for path in sorted(files.iterdir()):
        if path.suffix or path.name == "session":
            continue
        like = "certificate" if path.name == "certificate_seen" else path.name
        columns = (files / f"{path.name}.columns").read_text()
        cluster.sql(theirs, f"CREATE TABLE raw_{path.name} AS SELECT {columns} FROM {like}"
                            " WITH NO DATA")
        took += cluster.copy(theirs, f"raw_{path.name}", path, path.name)
    cases["sessions stored"].add("psql \\copy, links too", sessions / took)
    for name in (ours, theirs):
        cluster.sql("tapseal", f"DROP DATABASE {name}")
    shutil.rmtree(files)
