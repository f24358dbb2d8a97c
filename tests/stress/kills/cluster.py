# SPDX-License-Identifier: Apache-2.0
"""A private Postgres to be killed: its own directory, its own socket, never root, no TCP port."""
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from rounds import Failed, check, has_ended, wait_until

_ACCOUNT = "postgres"


def _programs():
    """The directory of the newest server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda path: float(path.parts[-3]))
    check(found, "no PostgreSQL server is installed (apt install postgresql)")
    return found[-1].parent


class Cluster:
    """Use it as a context manager; however the test ends, no process of it stays."""

    def __init__(self, directory, settings=()):
        self.home = Path(directory)
        self.data = self.home / "data"
        self.socket = self.home / "run"
        self.settings = settings
        self._as_account = []
        self._started = []

    def __enter__(self):
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._as_account = ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}",
                                "--clear-groups", "--"]
            shutil.chown(self.home, _ACCOUNT, _ACCOUNT)
        try:
            self._run("mkdir", "-p", self.socket)
            self._run(_programs() / "initdb", "-D", self.data, "-U", "feed", "-A", "trust",
                      "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            self.start()
            self.psql("CREATE DATABASE feed", "template1")
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def begin_anew(self):
        """With an empty database."""
        self.psql("DROP DATABASE feed WITH (FORCE)", "template1")
        self.psql("CREATE DATABASE feed", "template1")

    def _run(self, *command):
        done = subprocess.run([*self._as_account, *map(str, command)], capture_output=True,
                              text=True, check=False, cwd="/")
        check(done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}")

    def url(self, socket=None):
        return f"host={socket or self.socket} dbname=feed user=feed"

    def launch(self):
        """Starts the server and does not wait for it."""
        options = [word for name, value in (
            ("listen_addresses", ""), ("unix_socket_directories", self.socket),
            ("max_connections", "30"), *self.settings) for word in ("-c", f"{name}={value}")]
        with open(self.home / "log", "ab") as log:
            process = subprocess.Popen(
                [*self._as_account, str(_programs() / "postgres"), "-D", str(self.data), *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True)
        self._started.append(process)
        return process

    def start(self, timeout_s=120):
        # What a server leaves that is killed while it makes the file, and refuses to start beside.
        lock = self.data / "postmaster.pid"
        if lock.exists() and not lock.read_text(encoding="ascii").strip() and not self.pids():
            lock.unlink()
        process = self.launch()

        def is_up():
            check(process.poll() is None, f"the server ended: see {self.home / 'log'}")
            return self.answers()
        wait_until("the server", is_up, timeout_s, 0.05)

    def answers(self):
        try:
            return self.psql("SELECT 1", "template1") == "1"
        except Failed:
            return False

    def psql(self, sql, database="feed", timeout=600):
        """The rows as text: fields by |, rows by line."""
        done = subprocess.run(["psql", "-X", "-h", str(self.socket), "-U", "feed", "-d", database,
                               "-v", "ON_ERROR_STOP=1", "-Atq"], capture_output=True, text=True,
                              input=sql, check=False, timeout=timeout,
                              env={**os.environ, "PGTZ": "UTC", "PGCONNECT_TIMEOUT": "5"})
        if done.returncode != 0:
            raise Failed(f"psql: {done.stderr.strip()}")
        return done.stdout.strip("\n")

    def pids(self):
        """The postmaster, found by its -D, and all below it; orphans, found by their directory."""
        found = []
        # One that is dead and not fetched would pass for a running one, for the next one as well.
        self._started = [process for process in self._started if process.poll() is None]
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if os.readlink(entry / "cwd") == str(self.data):
                    found.append(int(entry.name))
            except OSError:
                continue
        return sorted(found)

    def signal(self, number, pids=None):
        for pid in self.pids() if pids is None else pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def postmaster(self):
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def stop(self):
        """As an operator stops it: sessions are ended, everything is on disk."""
        pid = self.postmaster()
        os.kill(pid, signal.SIGINT)
        wait_until("the server's end", lambda: has_ended(pid), 60, 0.02)

    def kill(self, order=None):
        """kill -9 of every process, in `order` (a shuffling function), until there is none."""
        for _ in range(200):
            pids = self.pids()
            if not pids and not self._started:
                return
            if order:
                order(pids)
            self.signal(signal.SIGKILL, pids)
            time.sleep(0.01)
        raise Failed("the server cannot be killed")
