# SPDX-License-Identifier: Apache-2.0
"""The command line of tools/bench, and how a run ends."""
import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests/smoke")]

from benches import report, scan  # noqa: E402
from benches.measured import CannotCompare  # noqa: E402

from appliance import Failed  # noqa: E402
from lab.shell import LabError  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench")
    benches = parser.add_subparsers(dest="bench", required=True)
    one = benches.add_parser("scan", help="the scanner beside masscan, zmap and nmap")
    one.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    one.add_argument("--rate", type=int, default=20000, help="SYNs per second when certificates "
                     "are fetched (default 20000)")
    one.add_argument("--sweep-rate", type=int, default=1000000,
                     help="the same when only open ports are sought (default 1000000)")
    one.add_argument("--full", action="store_true", help="half of the network is open")
    one.add_argument("--peers", action="store_true", help="only the others: no comparison")
    return parser.parse_args()


def main():
    options = arguments()
    if os.geteuid() != 0:
        print("bench: needs root: network namespaces", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="tapseal-bench-")
    os.chmod(directory, 0o711)  # the database's account has to pass through
    try:
        results = scan.run(Path(directory), options)
        report.show(results, report.circumstances(TREE), options)
        return 1 if any(result.failure for result in results) else 0
    except (CannotCompare, Failed, LabError) as error:
        print(f"bench: no comparison: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(directory, ignore_errors=True)
