# SPDX-License-Identifier: Apache-2.0
"""The command line of tools/bench, and how a run ends."""
import argparse
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests/smoke")]

from benches import budgets, outcome  # noqa: E402
from benches.circumstances import circumstances  # noqa: E402
from benches.measured import CannotCompare  # noqa: E402

from appliance import Failed  # noqa: E402
from lab.shell import LabError  # noqa: E402

# Each is a module here with HELP, add_arguments(parser) and run(directory, options) -> Outcome.
BENCHES = ("flowtable", "dataplane", "pipeline", "read", "scan", "store", "memory")


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench")
    chosen = parser.add_subparsers(dest="bench", required=True)
    for name in BENCHES:
        module = importlib.import_module(f"benches.{name}")
        one = chosen.add_parser(name, help=module.HELP)
        one.add_argument("--json", action="store_true", help="one JSON object instead of the table")
        one.add_argument("--keep", action="store_true",
                         help=f"keep the figures in {outcome.RESULTS}, for `tools/bench budgets`")
        module.add_arguments(one)
        one.set_defaults(run=module.run)
    chosen.add_parser("budgets", help=f"write {budgets.PAGE} from the figures that were kept")
    return parser.parse_args()


def main():
    options = arguments()
    if options.bench == "budgets":
        return budgets.write(TREE)
    if os.geteuid() != 0:
        print("bench: needs root: namespaces, huge pages", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="tapseal-bench-")
    os.chmod(directory, 0o711)  # the database's account has to pass through
    try:
        return tell(options.run(Path(directory), options), options)
    except (CannotCompare, Failed, LabError) as error:
        print(f"bench: no comparison: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def tell(found, options):
    machine = circumstances(TREE)
    if options.json:
        print(json.dumps(outcome.as_json(found, machine), indent=1))
    else:
        outcome.show(found, machine)
    if found.failures():
        return 1
    if options.keep:
        outcome.keep(TREE, found, machine)
    return 0
