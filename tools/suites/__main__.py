# SPDX-License-Identifier: Apache-2.0
"""What each suite of tools/test consists of."""
import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from builds import Builds  # noqa: E402
from steps import Steps  # noqa: E402

TREE = Path(__file__).resolve().parents[2]
CHECKS = ("check_layers", "check_tidy", "check_format", "check_headers", "check_hot_symbols",
          "check_docs", "check_counters")

# Short: the named runs of tests/stress/README.md take minutes.
KILLS = (("the comparison can fail", ("kill_rounds", "--self-test")),
         ("random moments", ("kill_rounds",)), ("outages", ("outages",)))
KILLS_AS_ROOT = (("the daemon", ("daemon_rounds",)),)


def unit(steps, builds, options, everywhere=False):
    environment = {"TAPSEAL_CORPUS": options.corpus}
    builds.test("build", "unit", environment, everywhere)
    builds.test("build-asan", "unit", environment, everywhere)


def everywhere(steps, builds, options):
    unit(steps, builds, options, everywhere=True)
    if builds.built("build"):
        steps.run("check_headers, all", ["tools/checks/check_headers", "--all"])


def golden(steps, builds, options):
    every = ["--program", "build/tests/golden/all_methods/tapseal"]
    compare = ["tests/golden/compare.py", *every, "--corpus", options.corpus]
    x509 = ["tests/golden/x509.py", "--corpus", options.corpus]
    permuted = ["tests/golden/permuted.py", *every, "--corpus", options.corpus]
    steps.run("golden: the comparison itself", [*compare, "--self-test"])
    steps.run("golden: x509 can fail", [*x509, "--self-test"])
    steps.run("golden: the permutations themselves", ["tests/permute/self_test"])
    steps.run("golden: openings can differ", ["tests/golden/openings.py", "--self-test"])
    steps.run("golden: what they foretell", [*permuted, "--self-test"])
    if not builds.built("build"):
        return
    steps.run("golden: own captures", [*compare, "--own"])
    steps.run("golden: permuted captures", [*permuted, "--jobs", str(options.jobs)])
    if os.path.isdir(options.corpus):
        steps.run("golden: corpus", [*compare, "--jobs", str(options.jobs)])
        steps.run("golden: x509", x509)
        # Of all themes it takes as long as everything else together.
        steps.run("golden: openings", ["tests/golden/openings.py", *every, "--corpus",
                                       options.corpus, "tls12", "tls13", "reassembly", "starttls"])
    else:
        steps.skip("golden: corpus", f"not at {options.corpus} (--corpus DIR)")


def tidy(steps, builds, options):
    built = builds.built("build")
    for name in CHECKS:
        steps.run(f"{name} can fail", [f"tools/checks/{name}", "--self-test"])
        if built or name in ("check_layers", "check_tidy", "check_format", "check_counters"):
            steps.run(name, [f"tools/checks/{name}"])
        else:
            steps.fail(name, "needs the build")


def smoke(steps, builds, options):
    if builds.built("build"):
        run_waiting(steps, smokes(steps), options)


def smokes(steps):
    """(whether it wants every CPU, whether it is short, name, command) of each smoke test."""
    for script in sorted((TREE / "tests/smoke").glob("*_smoke")):
        name = f"smoke: {script.name.removesuffix('_smoke')}"
        text = script.read_text(encoding="utf-8")
        if "# needs: root" in text and os.geteuid() != 0:
            steps.skip(name, "needs root")
        else:
            yield ("# takes: every CPU" in text, "# takes: minutes" not in text, name, [script])


def kills(steps):
    """The same of kills and outages."""
    everyone = [*KILLS, ("nodes of a bus", ("bus/kill_nodes", "build/tests/stress/bus_end"))]
    for name, words in everyone + [*KILLS_AS_ROOT]:
        if (name, words) in KILLS_AS_ROOT and os.geteuid() != 0:
            steps.skip(f"kills: {name}", "needs root")
        else:
            yield False, True, f"kills: {name}", [f"tests/stress/{words[0]}", *words[1:]]


def run_waiting(steps, found, options):
    """What waits more than it works: some at a time, the longest first, the greedy alone."""
    found = sorted(found)
    steps.together([each[2:] for each in found if not each[0]], options.jobs)
    steps.together([each[2:] for each in found if each[0]], 1)


def stress(steps, builds, options):
    if builds.built("build"):
        run_waiting(steps, kills(steps), options)
    threads(steps, builds, options)


def threads(steps, builds, options):
    builds.test("build", "cost")
    builds.test("build-tsan", "stress")


def fuzz_smoke(steps, builds, options):
    # The targets of the sanitizer build: unoptimised, but built already.
    if builds.configured("build-asan"):
        steps.run("fuzz-smoke", ["tools/fuzz", "--build", "build-asan",
                                 "--seconds", str(options.fuzz_seconds),
                                 "--jobs", str(options.jobs), "--corpus", options.corpus])


DEFAULT = {"smoke": smoke, "stress": stress, "unit": unit, "golden": golden, "tidy": tidy,
           "fuzz-smoke": fuzz_smoke}
SUITES = {**DEFAULT, "everywhere": everywhere}


def arguments():
    parser = argparse.ArgumentParser(prog="tools/test")
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], help="default: the first six")
    parser.add_argument("--corpus", default=str(TREE.parent / "shared/corpus"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--fuzz-seconds", type=int, default=3)
    parser.add_argument("--no-install", action="store_true")
    options = parser.parse_args()
    options.corpus = os.path.abspath(options.corpus)
    return options


def run_all(steps, builds, options):
    """What waits comes first, while the sanitizers' builds compile."""
    if builds.built("build"):
        builds.begin_ahead(("build-tsan", "stress"), ("build-asan", "unit"))
        run_waiting(steps, [*smokes(steps), *kills(steps)], options)
    for each in (threads, unit, golden, tidy, fuzz_smoke):
        each(steps, builds, options)


def main():
    options = arguments()
    steps = Steps(TREE, TREE / "build" / "test-logs")
    builds = Builds(steps, options.jobs)
    for name in options.suites:
        SUITES[name](steps, builds, options)
    if not options.suites:
        run_all(steps, builds, options)
    return steps.close()


if __name__ == "__main__":
    sys.exit(main())
