# SPDX-License-Identifier: Apache-2.0
"""A database server that lives as long as a bench."""
import os
import subprocess
import time

from benches.measured import CannotCompare
from benches.programs import TREE

PROGRAM = TREE / "build" / "tests" / "stress" / "bus_end"


class Cluster:
    """A server of this bench's own, with a migrated database to copy: "empty"."""

    def __init__(self, directory):
        if not PROGRAM.exists():
            raise CannotCompare(f"{PROGRAM} is not built: ninja -C build tests/stress/bus_end")
        os.chmod(directory, 0o755)  # the server's account has to pass
        (directory / "state").mkdir()
        self._process = subprocess.Popen([PROGRAM, "database", directory / "state"], text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.socket = self._process.stdout.readline().strip()
        if not self.socket:
            raise CannotCompare("no PostgreSQL: tools/install_packages run")
        self.sql("template1", "CREATE DATABASE empty TEMPLATE tapseal")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=60)

    def sql(self, database, text):
        done = subprocess.run(["psql", "-h", self.socket, "-U", "tapseal", "-d", database, "-Atqc",
                               text], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotCompare(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def copy(self, database, table, path, name):
        """Seconds that psql takes for a file."""
        columns = (path.parent / f"{name}.columns").read_text()
        begin = time.monotonic()
        self.sql(database, f"\\copy {table} ({columns}) FROM '{path}' WITH (FORMAT binary)")
        return time.monotonic() - begin

    @staticmethod
    def output(words):
        """What a program prints."""
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise CannotCompare(f"{words[0]}: {done.stderr.strip()}")
        return done.stdout
