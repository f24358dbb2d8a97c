# SPDX-License-Identifier: Apache-2.0
"""What check_tidy holds the tree to, as data. The README beside says why."""
from dataclasses import dataclass

LINE_COLUMNS = 100
FUNCTION_LINES = 70
OWN_INCLUDES = 12
PARAMETERS = 4
NESTING = 3
FILE_LINES = {".cpp": 400, ".hpp": 200, ".py": 400, ".sql": 400, "script": 400}
README_LINES = 80  # a page

HOT = ("flowtable/", "dataplane/")
WIRE = ("flowtable/", "dataplane/", "tls/wire/")
PRODUCT = ("flowtable/", "dataplane/", "tls/", "control/")


@dataclass(frozen=True)
class Banned:
    """A token that may not stand in code under some folders, and what to write instead."""
    token: str  # regular expression over code without comments and texts
    instead: str
    folders: tuple = ("",)
    name: str = ""  # how exceptions call it; the token itself where it is a plain word

    @property
    def key(self):
        return self.name or self.token


BANNED = (
    Banned(r"volatile", "std::atomic with a stated order"),
    Banned(r"std::endl", "'\\n'", name="std::endl"),
    Banned(r"using\s+namespace", "the names you use", name="using namespace"),
    Banned(r"NULL", "nullptr"),
    Banned(r"assert", "CHECK or DCHECK (flowtable/base/check.hpp)", name="assert"),
    Banned(r"(?:s|vs|)printf|sn?printf|strcpy|strcat|strtok|atoi|atol|gets",
           "std::to_chars, std::string, std::from_chars", PRODUCT, name="C text functions"),
    Banned(r"(?:std::)?mem(?:cpy|move)", "flowtable::ByteReader, or std::copy of typed values",
           WIRE, name="memcpy"),
    Banned(r"reinterpret_cast", "flowtable::ByteReader and its big-endian loads", WIRE),
    Banned(r"throw", "a Result: bytes from outside are no exception", WIRE),
    Banned(r"std::c(?:out|err|log)", "a counter; control logs",
           ("flowtable/", "dataplane/", "tls/"), name="std streams"),
    Banned(r"std::(?:recursive_|shared_|timed_)?mutex|std::lock_guard|std::condition_variable",
           "one writer and release stores; a poll core never waits", HOT, name="mutex"),
    Banned(r"std::shared_ptr", "a unique owner; shared_ptr only in control and the pipeline",
           HOT + ("tls/wire/", "tls/x509/", "tls/fingerprint/"), name="std::shared_ptr"),
    Banned(r"(?:system|high_resolution)_clock", "a tick that is passed down", HOT,
           name="wall clock"),
)

# In every text file, comments included. Spelt so that this file does not find itself.
BANNED_MARKS = (
    (r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", "do it, or open an issue and name its number"),
    (r"/wo" r"rk/", "a path relative to the tree"),
)

# File names: words that say nothing (DESIGN section 13).
EMPTY_WORDS = ("manager", "helper", "helpers", "util", "utils", "misc", "common", "data", "info")

# (file, key of the rule): why it may stand there. An entry that excuses nothing is a finding.
EXCEPTIONS = {
    ("flowtable/flow_group.hpp", "reinterpret_cast"): "from one of our objects to its neighbours",
    ("flowtable/bucket.hpp", "reinterpret_cast"): "SIMD loads of our own tags, no wire data",
    ("dataplane/scan/syn_template.hpp", "reinterpret_cast"): "copies our own frame as one object",
    ("dataplane/capture/input_window.cpp", "memcpy"): "moves bytes that overlap, unread",
    ("dataplane/capture/libpcap_reader.cpp", "reinterpret_cast"): "stdio's char is our byte",
    ("flowtable/base/byte_reader.hpp", "memcpy"): "copy_bytes(), which all others call",
    ("tests/bench/measure.cpp", r"volatile"): "reads the time stamp counter by its instruction",
    ("tests/bench/measure.hpp", r"volatile"): "keeps a value from being optimised away",
    ("tests/bench/measure.cpp", "function parameters"): "three names and two figures of one row",
    ("tests/workload/traffic.cpp", "function parameters"): "types that cannot be mixed up",
    ("dataplane/poll_core.cpp", "function parameters"): "types that cannot be mixed up",
    ("tls/match/pattern_set.cpp", "function parameters"): "Hyperscan's type of a match handler",
}

# Product .cpp files without a test that includes their header, and what tests them instead.
UNTESTED = {
    "control/cli/become_engine.cpp": "golden: every comparison goes through `tapseal read`",
    "control/cli/daemon_start.cpp": "unit: cli_program_test runs `tapseal up`",
    "control/cli/interrupt.cpp": "smoke: scan_cli_smoke ends a scan by Ctrl-C",
    "control/cli/program_path.cpp": "unit: cli_program_test finds the daemon beside the program",
    "control/cli/scan_printer.cpp": "smoke: scan_limits_smoke, and the quickstart's own output",
    "control/cli/verb_db.cpp": "smoke: db_smoke",
    "control/cli/verb_import.cpp": "smoke: import_smoke",
    "control/cli/verb_read.cpp": "golden: every comparison goes through `tapseal read`",
    "control/cli/verbs.cpp": "unit: cli_program_test",
    "control/cli/watch_printer.cpp": "unit: cli_program_test watches",
    "control/daemon/cert_mode.cpp": "golden: x509 compares 502 certificates",
    "control/daemon/commands.cpp": "smoke: live_smoke asks every command",
    "control/daemon/d4_mode.cpp": "smoke: db_smoke",
    "control/daemon/database_command.cpp": "smoke: db_smoke",
    "control/daemon/db_mode.cpp": "smoke: db_smoke",
    "control/daemon/engine.cpp": "smoke: live_smoke, kills_smoke",
    "control/daemon/engine_options.cpp": "smoke: cores_smoke runs one core and two",
    "control/daemon/fleet.cpp": "smoke: scan_fleet_smoke pauses, kills, freezes the database",
    "control/daemon/import_mode.cpp": "smoke: import_smoke",
    "control/daemon/kernel_addresses.cpp": "smoke: scan_errors_smoke names one of the kernel",
    "control/daemon/label_commands.cpp": "unit: labels_test tests all that it calls",
    "control/daemon/ledger.cpp": "smoke: live_smoke compares counters with sessions",
    "control/daemon/log.cpp": "smoke: kills_smoke reads the log",
    "control/daemon/memory.cpp": "smoke: kills_smoke",
    "control/daemon/opened_memory.cpp": "smoke: db_smoke, with a daemon and without",
    "control/daemon/read_mode.cpp": "golden; smoke: errors_smoke",
    "control/daemon/scan_job.cpp": "smoke: scan_world_smoke, scan_limits_smoke",
    "control/daemon/scan_run.cpp": "smoke: scan_world_smoke, scan_limits_smoke (kills)",
    "control/daemon/scan_task.cpp": "smoke: scan_limits_smoke pauses, stops and kills",
    "control/daemon/scanner.cpp": "smoke: scan_limits_smoke",
    "control/daemon/serve_mode.cpp": "smoke: live_smoke, kills_smoke",
    "control/daemon/tap.cpp": "smoke: cores_smoke, live_smoke",
    "control/daemon/user_name.cpp": "smoke: scan_fleet_smoke reads who asked",
    "control/ipc/service_notify.cpp": "does nothing outside systemd",
    "tls/fingerprint/foxio/ja4s.cpp": "unit: foxio_test in a build with -Dfoxio=true",
}

# Macros are for one file only (HOUSE: section 10).
MACRO_FILES = ("flowtable/base/check.hpp",)
