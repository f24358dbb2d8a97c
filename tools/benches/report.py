# SPDX-License-Identifier: Apache-2.0
"""How a run is told: with what machine, what commit and what settings."""
import json
import os
import platform
import re
import subprocess
from pathlib import Path

from benches.peers import WAIT_S

_HEADINGS = ("bench", "program", "version", "hosts", "certificates", "distinct", "wall s", "CPU s",
             "frames/s")


def circumstances(tree):
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    git = subprocess.run(["git", "-C", str(tree), "describe", "--always", "--dirty", "--abbrev=12"],
                         capture_output=True, text=True, check=False)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return {"machine": cpu.group(1) if cpu else platform.machine(), "cpus": os.cpu_count(),
            "memory_gib": round(memory, 1), "kernel": platform.release(),
            "load": round(os.getloadavg()[0], 2), "commit": git.stdout.strip() or "unknown"}


def row_of(result):
    return {"bench": result.bench, "program": result.program, "version": result.version,
            "hosts": result.found, "hosts_open": result.total,
            "certificates_right": result.right if result.fetches else None,
            "certificates_distinct": result.distinct if result.fetches else None,
            "certificates_distinct_all": result.distinct_total,
            "wall_s": round(result.wall_s, 2), "cpu_s": round(result.cpu_s, 2),
            "frames_per_s": round(result.sent_per_s), "failure": result.failure or None}


def show(results, machine, options):
    settings = {"targets": 65536, "rate": options.rate, "sweep_rate": options.sweep_rate,
                "wait_s": WAIT_S, "full": options.full}
    rows = [row_of(result) for result in results]
    if options.json:
        print(json.dumps({"circumstances": machine, "settings": settings, "results": rows},
                         indent=1))
        return
    print("; ".join(f"{name}: {value}" for name, value in machine.items()))
    print("; ".join(f"{name}: {value}" for name, value in settings.items()))
    print("All run on this one machine, which also is the network that answers. frames/s: sent, "
          "in the liveliest second.\n")
    lines = [_HEADINGS] + [_cells(row) for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADINGS))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) if at < 3 else cell.rjust(width)
                         for at, (cell, width) in enumerate(zip(line, widths)))
        failure = rows[number - 1]["failure"] if number else None
        print(f"{text}{f'  FAILED: {failure}' if failure else ''}")


def _cells(row):
    certificates = row["certificates_right"]
    return (row["bench"], row["program"], row["version"],
            f"{row['hosts']}/{row['hosts_open']}",
            "-" if certificates is None else f"{certificates}/{row['hosts_open']}",
            "-" if certificates is None else
            f"{row['certificates_distinct']}/{row['certificates_distinct_all']}",
            f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", str(row["frames_per_s"]))
