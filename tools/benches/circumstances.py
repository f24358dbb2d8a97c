# SPDX-License-Identifier: Apache-2.0
"""With what machine and what commit a run was made."""
import os
import platform
import re
import subprocess
from pathlib import Path


def circumstances(tree):
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    git = subprocess.run(["git", "-C", str(tree), "describe", "--always", "--dirty", "--abbrev=12"],
                         capture_output=True, text=True, check=False)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return {"machine": cpu.group(1) if cpu else platform.machine(), "cpus": os.cpu_count(),
            "memory_gib": round(memory, 1), "kernel": platform.release(),
            "load": round(os.getloadavg()[0], 2), "commit": git.stdout.strip() or "unknown"}
