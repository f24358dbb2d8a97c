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


def unit(steps, builds, options):
    environment = {"TAPSEAL_CORPUS": options.corpus}
    builds.test("build", "unit", environment)
    builds.test("build-asan", "unit", environment)


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
    if not builds.built("build"):
        return
    for script in sorted((TREE / "tests/smoke").glob("*_smoke")):
        name = f"smoke: {script.name.removesuffix('_smoke')}"
        needs = "needs root" if "# needs: root" in script.read_text(encoding="utf-8") else ""
        if needs and os.geteuid() != 0:
            steps.skip(name, needs)
        else:
            steps.run(name, [script])


def stress(steps, builds, options):
    builds.test("build-tsan", "stress")
    builds.test("build", "cost")
    if not builds.built("build"):
        return
    for name, words in KILLS:
        steps.run(f"kills: {name}", [f"tests/stress/{words[0]}", *words[1:]])
    steps.run("kills: nodes of a bus", ["tests/stress/bus/kill_nodes",
                                        "build/tests/stress/bus_end"])
    if os.geteuid() == 0:
        steps.run("kills: the daemon", ["tests/stress/daemon_rounds"])
    else:
        steps.skip("kills: the daemon", "needs root")


def fuzz_smoke(steps, builds, options):
    # The targets of the sanitizer build: unoptimised, but built already.
    if builds.configured("build-asan"):
        steps.run("fuzz-smoke", ["tools/fuzz", "--build", "build-asan",
                                 "--seconds", str(options.fuzz_seconds),
                                 "--jobs", str(options.jobs), "--corpus", options.corpus])


SUITES = {"unit": unit, "golden": golden, "tidy": tidy, "smoke": smoke, "stress": stress,
          "fuzz-smoke": fuzz_smoke}


def arguments():
    parser = argparse.ArgumentParser(prog="tools/test")
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], help="default: all")
    parser.add_argument("--corpus", default=str(TREE.parent / "shared/corpus"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--fuzz-seconds", type=int, default=5)
    parser.add_argument("--no-install", action="store_true")
    options = parser.parse_args()
    options.corpus = os.path.abspath(options.corpus)
    return options


def main():
    options = arguments()
    steps = Steps(TREE, TREE / "build" / "test-logs")
    builds = Builds(steps, options.jobs)
    for name in options.suites or SUITES:
        SUITES[name](steps, builds, options)
    return steps.close()


if __name__ == "__main__":
    sys.exit(main())
