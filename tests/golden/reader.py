# SPDX-License-Identifier: Apache-2.0
"""Runs `tapseal read --json` over one capture and says how it ended."""
import json
import os
import subprocess
from dataclasses import dataclass, field

from rederive import mismatches


@dataclass
class Reading:
    """What came of one capture. `failure` is a crash, a hang or output that is not records."""
    sessions: list = field(default_factory=list)
    underived: list = field(default_factory=list)  # fingerprints that are not of their raw strings
    failure: str | None = None
    refusal: str | None = None  # the program said no, in its own words


def read_capture(program, capture, timeout_s):
    try:
        done = subprocess.run([program, "read", capture, "--json"], capture_output=True,
                              timeout=timeout_s, check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
    except subprocess.TimeoutExpired:
        return Reading(failure=f"no end after {timeout_s} s")
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode < 0 or done.returncode >= 126 or _is_sanitizer(said):
        return Reading(failure=f"ended with status {done.returncode}: {' '.join(said[-1:])}")
    try:
        records = [json.loads(line) for line in done.stdout.splitlines()]
        sessions = [record for record in records if "ja3" in record]
    except (ValueError, TypeError) as error:
        return Reading(failure=f"output is not JSON lines: {error}")
    underived = [text for session in sessions for text in mismatches(session)]
    refusal = " ".join(said[-1:]) or f"status {done.returncode}" if done.returncode else None
    return Reading(sessions, underived, refusal=refusal)


def _is_sanitizer(lines):
    return any("Sanitizer" in line or "runtime error:" in line for line in lines)
