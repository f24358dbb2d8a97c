# SPDX-License-Identifier: Apache-2.0
"""A throw-away Postgres on a socket, for daemons that share a memory."""
import glob
import os
import signal
import subprocess

from appliance import check, wait_until

_SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=60")


def _programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    check(found, "no PostgreSQL is installed")
    return os.path.dirname(found[-1])


class Cluster:
    """A context. Runs as `postgres`, whoever we are."""

    def __init__(self, directory):
        self.home = directory / "cluster"
        self.sockets = directory / "sockets"
        self.url = f"postgresql:///tapseal?host={self.sockets}&user=tapseal"
        self._process = None

    def __enter__(self):
        for each in (self.home, self.sockets):
            each.mkdir(mode=0o755)
            subprocess.run(["chown", "postgres", str(each)], check=True)
        self._as_postgres(f"{_programs()}/initdb", "-D", self.home, "-A", "trust", "-U", "tapseal",
                          "-E", "UTF8", "--no-sync", "--no-locale")
        self.start()
        self.sql("CREATE DATABASE tapseal", "postgres")
        return self

    def __exit__(self, *_):
        self.go_on()
        self.stop()

    def start(self):
        words = [word for each in _SETTINGS for word in ("-c", each)]
        with open(self.home.parent / "cluster.log", "ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                 f"{_programs()}/postgres", "-D", str(self.home), "-k", str(self.sockets), *words],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True)
        wait_until("the throw-away database", lambda: self._answers("SELECT 1", "postgres"))

    def stop(self):
        self._process.send_signal(signal.SIGINT)  # fast
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def sql(self, query, database="tapseal"):
        """One value, as text."""
        done = self._ask(query, database)
        check(done.returncode == 0, f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def freeze(self):
        """It answers nobody, and ends nobody's connection."""
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        for pid in (self._process.pid, *self._children()):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def _children(self):
        path = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        try:
            with open(path, encoding="ascii") as file:
                return [int(word) for word in file.read().split()]
        except FileNotFoundError:
            return []

    def _answers(self, query, database):
        return self._ask(query, database).returncode == 0

    def _ask(self, query, database):
        return subprocess.run(["psql", "-h", str(self.sockets), "-U", "tapseal", "-d", database,
                               "-Atc", query], capture_output=True, text=True, check=False,
                              timeout=30)

    @staticmethod
    def _as_postgres(*words):
        done = subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                               *map(str, words)], capture_output=True, text=True, check=False,
                              timeout=120, cwd="/")
        check(done.returncode == 0, f"{words[0]}: {done.stderr.strip()}")
