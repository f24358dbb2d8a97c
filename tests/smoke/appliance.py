# SPDX-License-Identifier: Apache-2.0
"""What the smoke tests share: the built programs, a daemon of our own, and checks with words."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TAPSEAL_BUILD", TREE / "build"))
TAPSEAL = BUILD / "control/cli/tapseal"
sys.path[:0] = [str(TREE / "tools"), str(TREE / "tests/support")]


class Failed(Exception):
    """Something was not as it has to be; the message says what."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def tapseal(*words, timeout=60, input_text="", **options):
    """Runs the CLI to its end; returns the finished process with text output."""
    return subprocess.run([str(TAPSEAL), *map(str, words)], capture_output=True, text=True,
                          timeout=timeout, input=input_text, check=False, **options)


def wait_until(what, condition, timeout_s=30, pause_s=0.1):
    """Returns the first true value of `condition()`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"{what}: not after {timeout_s} s")
        time.sleep(pause_s)


def has_ended(pid):
    """Gone, or dead with all its threads and not yet fetched by its parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return "State:\tZ" in status and len(os.listdir(f"/proc/{pid}/task")) == 1
    except FileNotFoundError:
        return True


def scenario(function):
    """Runs one smoke test in a directory of its own, and tells how it ended by the exit status."""
    if not TAPSEAL.exists():
        print(f"failed: {TAPSEAL} is not built")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is put away
    directory = tempfile.mkdtemp(prefix="tapseal-smoke-")
    # The database's account has to pass through.
    os.chmod(directory, 0o711)
    try:
        function(Path(directory))
    except Failed as failure:
        print(f"failed: {failure}")
        return 1
    except subprocess.TimeoutExpired as error:
        print(f"failed: {error.cmd[0]} {error.cmd[1]} did not end in {error.timeout} s")
        return 1
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    finally:
        if os.environ.get("TAPSEAL_KEEP"):
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print("all as it should be")
    return 0


class Appliance:
    """A daemon with its own state directory, socket and record file. `asker`: the device of a
    second port, named `scanner`."""

    def __init__(self, directory, device, cores="[0]", database="embedded", name="one", more="",
                 asker=None):
        self.state = directory / f"state-{name}"
        self.socket = directory / f"{name}.sock"
        self.records_file = directory / f"{name}.jsonl"
        self.config = directory / f"{name}.yaml"
        second = f", {{name: scanner, device: '{asker}'}}" if asker else ""
        self.config.write_text(
            f"run: {{state_dir: {self.state}, socket: {self.socket}, sensor: smoke}}\n"
            f"dataplane: {{cores: {cores}, hugepages: no, memory_mb: 128}}\n"
            f"ports: [{{name: tap, device: '{device}'}}{second}]\n"
            "flow_table: {handshake_timeout: 3s}\n"
            f"storage: {{database: {database}}}\n"
            f"output: {{json: {self.records_file}}}\n" + more, encoding="utf-8")

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def up(self):
        done = tapseal("up", "--config", self.config, "--timeout", "120s", timeout=150)
        check(done.returncode == 0, f"`tapseal up`: {done.returncode}: {done.stderr.strip()}")

    def ask(self, *words):
        """The rows of a command, read as JSON."""
        done = tapseal(*words, "--json", "--socket", self.socket)
        check(done.returncode == 0, f"`tapseal {' '.join(map(str, words))}`: {done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def counters(self):
        """Every counter of `tapseal status`, as (group, name): value."""
        return {(row["group"], row["name"]): row["value"]
                for row in self.ask("status", "--all") if "group" in row}

    def pid(self):
        return next(row["pid"] for row in self.ask("status") if "pid" in row)

    def records(self):
        """The sessions written so far; the last line may be half written."""
        if not self.records_file.exists():
            return []
        lines = self.records_file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def sql(self, query):
        """One value from the daemon's private database, as text."""
        done = subprocess.run(["psql", "-h", str(self.state / "run"), "-U", "tapseal", "-d",
                               "tapseal", "-Atc", query], capture_output=True, text=True,
                              check=False, timeout=30)
        check(done.returncode == 0, f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def database_pid(self):
        """The pid of the private server, None when there is none."""
        try:
            lines = (self.state / "pg/data/postmaster.pid").read_text().split()
            pid = int(lines[0])
            os.kill(pid, 0)
            return pid
        except (OSError, IndexError, ValueError):
            return None

    def down(self):
        done = tapseal("down", "--socket", self.socket, timeout=90)
        check(done.returncode == 0, f"`tapseal down`: {done.returncode}: {done.stderr.strip()}")
        check(not self.socket.exists(), "the socket is left behind after `tapseal down`")
        check(self.database_pid() is None, "the private database runs on after `tapseal down`")

    def end(self):
        """Whatever state it is in: nothing of it stays. For the end of a test, good or bad."""
        tapseal("down", "--socket", self.socket, timeout=90)
        for pid in self._own_processes():
            _kill(pid, signal.SIGKILL)

    def _own_processes(self):
        """Processes that name our directory: the daemon by its configuration, the server by -D."""
        marks = (str(self.config).encode(), str(self.state).encode())
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    words = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if any(mark in words for mark in marks):
                    found.append(int(entry.name))
        return found


class Capture:
    """tcpdump on the mirror, in parallel with the daemon. Of what a daemon sends, only the other
    end of its wire knows: that one lies in a namespace."""

    def __init__(self, interface, path, what, namespace=None):
        self.path = path
        where = ["ip", "netns", "exec", namespace] if namespace else []
        self.process = subprocess.Popen(
            [*where, "tcpdump", "-i", interface, "-B", "65536", "-s", "0", "-Z", "root", "-w",
             str(path), what], stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.process.stderr.readline():
            check(self.process.poll() is None, "tcpdump did not start")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            lost = [line for line in self.process.stderr if "dropped by kernel" in line]
            self.process.wait()
            check(lost and lost[0].startswith("0 "), f"tcpdump lost packets: {lost}")


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
