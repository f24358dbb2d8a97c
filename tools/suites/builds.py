# SPDX-License-Identifier: Apache-2.0
"""The build directories of the tests, and meson's test runs in them."""
import json
import os
import shutil
import xml.etree.ElementTree as ElementTree

# Directory: meson options. `build` is a person's own too: its options are left as they are.
# Optimised, the sanitizers' checks take the compiler three times as long as they take to run; clang
# takes half as long as gcc, and its build serves the fuzzers as well.
OPTIONS = {
    "build": (),
    "build-asan": ("-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dfoxio=true",
                   "-Dfuzz=true", "-Doptimization=0", "-Ddebug=false",
                   "-Dcpp_args=-g1 -fno-sanitize-recover=undefined"),
    "build-tsan": ("-Db_sanitize=thread", "-Db_lundef=false", "-Doptimization=1"),
}
COMPILERS = {"build-asan": "clang++-14"}
# How many times longer than meson's 30 s a test may take: machines differ, some tests search long.
PATIENCE = 8
_ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Builds:
    """Configures a directory once, builds in it, runs its tests."""

    def __init__(self, steps, jobs):
        self.steps = steps
        self.jobs = jobs
        self._ready = {}

    def configured(self, name):
        if name not in self._ready:
            there = (self.steps.tree / name / "build.ninja").exists()
            compiler = {"CXX": COMPILERS[name]} if name in COMPILERS else {}
            self._ready[name] = there or self.steps.prepare(
                f"configure {name}", ["meson", "setup", name, *OPTIONS[name]], compiler)
        return self._ready[name]

    def built(self, name, *targets):
        """Builds the targets, or everything; once per run."""
        key = (name, targets)
        if key not in self._ready:
            what = f"build {name}" + (f" ({len(targets)} targets)" if targets else "")
            self._ready[key] = self.configured(name) and self.steps.prepare(
                what, ["ninja", "-C", name, f"-j{self.jobs}", *targets])
        return self._ready[key]

    def test(self, name, suite, environment=None):
        """Builds what the suite's tests need and runs them; counts GoogleTest's single cases."""
        if not self.configured(name):
            return False
        results = self.steps.tree / name / "gtest" / suite
        shutil.rmtree(results, ignore_errors=True)
        targets = self._test_targets(name, suite)
        if targets and not self.built(name, *targets):
            return False
        return self.steps.run(
            f"{suite} tests in {name}",
            ["meson", "test", "-C", name, "--suite", suite, "--no-rebuild", "--print-errorlogs",
             "--num-processes", str(self.jobs), "--timeout-multiplier", str(PATIENCE)],
            {**_ENVIRONMENT, **(environment or {}), "GTEST_OUTPUT": f"xml:{results}/"},
            lambda: self._count(name, results))

    def _test_targets(self, name, suite):
        """The programs of a suite, as meson knows them."""
        directory = self.steps.tree / name
        with open(directory / "meson-info/intro-tests.json", encoding="utf-8") as file:
            tests = json.load(file)
        with open(directory / "meson-info/intro-targets.json", encoding="utf-8") as file:
            known = {target["id"]: target["filename"][0] for target in json.load(file)}
        wanted = {known[each] for test in tests
                  if any(label.endswith(f":{suite}") for label in test["suite"])
                  for each in test["depends"] if each in known}
        return sorted(os.path.relpath(path, directory) for path in wanted)

    def _count(self, name, results):
        """(passed, failed, skipped): cases where a program told them, else whole programs."""
        passed = failed = skipped = 0
        for path in results.glob("*.xml"):
            for case in ElementTree.parse(path).getroot().iter("testcase"):
                if case.find("failure") is not None:
                    failed += 1
                elif case.find("skipped") is not None or case.get("status") == "notrun":
                    skipped += 1
                else:
                    passed += 1
        log = self.steps.tree / name / "meson-logs/testlog.json"
        programs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        bad = sum(program["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") for program in programs)
        if not passed and not failed:
            passed = len(programs) - bad
        return passed, max(failed, bad), skipped
