# SPDX-License-Identifier: Apache-2.0
"""The build directories of the tests, and meson's test runs in them."""
import json
import os
import shutil
import threading
import xml.etree.ElementTree as ElementTree

# Directory: meson options. `build` is a person's own too: its options are left as they are.
# Optimised, the sanitizers' checks take the compiler three times as long as they take to run; clang
# takes half as long as gcc, and its build serves the fuzzers as well. A library as one file (unity)
# reads its headers once; that each file stands alone is shown by a `meson setup` without options.
UNITY = ("-Dunity=on", "-Dunity_size=1000")
OPTIONS = {
    "build": ("-Ddebug=false", "-Dcpp_args=-g1", *UNITY),
    "build-asan": ("-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dfoxio=true",
                   "-Dfuzz=true", "-Doptimization=0", "-Ddebug=false",
                   "-Dcpp_args=-g1 -fno-sanitize-recover=undefined", *UNITY),
    "build-tsan": ("-Db_sanitize=thread", "-Db_lundef=false", "-Doptimization=1", *UNITY),
}
COMPILERS = {"build-asan": "clang++-14"}
# The folders of tests/unit whose tests read bytes from outside: under the sanitizers. The others
# work with servers and databases, as the product ships. Tests of meson's suite `both` are run in
# either, and all are by `tools/test everywhere`: in CI's twenty minutes no test is compiled twice.
SANITIZED = ("flowtable", "dataplane", "tls", "control", "filter", "query", "spool")
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
        self._locks = {name: threading.RLock() for name in OPTIONS}

    def begin_ahead(self, *suites):
        """Compiles what (build, suite) pairs need while nothing else wants the CPUs."""
        def run():
            for name, suite in suites:
                if self.configured(name):
                    self.built(name, *self._programs(name, self._tests(name, suite)), nice=True)
        threading.Thread(target=run, daemon=True).start()

    def configured(self, name):
        with self._locks[name]:
            if name not in self._ready:
                there = (self.steps.tree / name / "build.ninja").exists()
                compiler = {"CXX": COMPILERS[name]} if name in COMPILERS else {}
                self._ready[name] = there or self.steps.prepare(
                    f"configure {name}", ["meson", "setup", name, *OPTIONS[name]], compiler)
            return self._ready[name]

    def built(self, name, *targets, nice=False):
        """Builds the targets, or all but the unit tests of other builds; once per run."""
        key = (name, targets)
        with self._locks[name]:
            if key not in self._ready:
                what = f"build {name}" + (f" ({len(targets)} targets)" if targets else "")
                self._ready[key] = self.configured(name) and self.steps.prepare(
                    what, [*(["nice", "-n", "19"] if nice else []), "ninja", "-C", name,
                           f"-j{self.jobs}", *(targets or self._all(name))])
            return self._ready[key]

    def test(self, name, suite, environment=None, everywhere=False):
        """Builds what the suite's tests need and runs them; counts GoogleTest's single cases."""
        if not self.configured(name):
            return False
        results = self.steps.tree / name / "gtest" / suite
        shutil.rmtree(results, ignore_errors=True)
        tests = self._tests(name, suite, everywhere)
        targets = self._programs(name, tests)
        if targets and not self.built(name, *targets):
            return False
        return self.steps.run(
            f"{suite} tests in {name}",
            ["meson", "test", "-C", name, "--no-rebuild", "--print-errorlogs",
             # Tests with servers and databases wait as long as they work.
             "--num-processes", str(self.jobs + (suite == "unit" and name not in COMPILERS)),
             "--timeout-multiplier", str(PATIENCE),
             *(test["name"] for test in tests)],
            {**_ENVIRONMENT, **(environment or {}), "GTEST_OUTPUT": f"xml:{results}/"},
            lambda: self._count(name, results))

    def _read(self, name, what):
        path = self.steps.tree / name / f"meson-info/intro-{what}.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def _tests(self, name, suite, everywhere=False):
        return [test for test in self._read(name, "tests")
                if _is_of(test, suite) and (everywhere or self._runs_in(name, test))]

    def _runs_in(self, name, test):
        """Whether a test of meson's belongs to this build."""
        folders = os.path.relpath(test["cmd"][0], self.steps.tree / name).split("/")
        if _is_of(test, "both") or folders[:2] != ["tests", "unit"]:
            return _is_of(test, "both") or name not in COMPILERS
        return (folders[2] in SANITIZED) == (name in COMPILERS)

    def _programs(self, name, tests):
        """What the tests need to have built, as paths in the build directory."""
        known = {target["id"]: target["filename"][0] for target in self._read(name, "targets")}
        wanted = {known[each] for test in tests for each in test["depends"] if each in known}
        return sorted(os.path.relpath(path, self.steps.tree / name) for path in wanted)

    def _all(self, name):
        everything = {os.path.relpath(path, self.steps.tree / name)
                      for target in self._read(name, "targets")
                      if target["build_by_default"] for path in target["filename"]}
        tests = self._read(name, "tests")
        others = [test for test in tests if not self._runs_in(name, test)]
        needed = self._programs(name, [test for test in tests if self._runs_in(name, test)])
        alone = {path for path in self._programs(name, others) if path.startswith("tests/unit/")}
        return sorted(everything - alone | set(needed))

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


def _is_of(test, suite):
    return any(label.endswith(f":{suite}") for label in test["suite"])
