# SPDX-License-Identifier: Apache-2.0
"""Where the servers of the test run: a namespace with a loopback, a directory, certificates.

Nothing system-wide is touched: every server has its own configuration, data and port, and is ended
by its pid.
"""
import hashlib
import os
import shutil
import signal
import ssl
import subprocess
import time

from appliance import check

# TLS 1.3 would hide the certificates that are compared. Both for programs with OpenSSL and GnuTLS.
_OPENSSL = """\
openssl_conf = modules
[modules]
ssl_conf = protocols
[protocols]
system_default = plain
[plain]
MinProtocol = TLSv1.2
MaxProtocol = TLSv1.2
"""
_GNUTLS = "[overrides]\ndisabled-version = tls1.3\n"


def program(name):
    """The path of a program, also of those only in root's path; None where it is absent."""
    return shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin")


class Place:
    """A context: the namespace and every process in it are gone when it ends."""

    address = "127.0.0.1"  # where its servers listen
    versions = ("TLSv1.2",)  # for servers that take them from their own configuration

    def __init__(self, directory):
        self.directory = directory
        self.namespace = f"tapseal-dialogues-{os.getpid()}"
        self.processes = []
        self.certificates = {}
        openssl, gnutls = directory / "openssl.cnf", directory / "gnutls.conf"
        openssl.write_text(_OPENSSL, encoding="utf-8")
        gnutls.write_text(_GNUTLS, encoding="utf-8")
        self.environment = {**os.environ, "OPENSSL_CONF": str(openssl), "LC_ALL": "C",
                            "GNUTLS_SYSTEM_PRIORITY_FILE": str(gnutls), "HOME": str(directory),
                            "LDAPTLS_REQCERT": "allow", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def __enter__(self):
        _run("ip", "netns", "add", self.namespace)
        _run("ip", "-n", self.namespace, "link", "set", "lo", "up")
        return self

    def end_processes(self):
        """Those that spawn() started."""
        for process in reversed(self.processes):
            _end(process)
        self.processes.clear()

    def __exit__(self, *_):
        self.end_processes()
        # Servers that have left their parent behind: they are whatever still lives in here.
        listed = subprocess.run(["ip", "netns", "pids", self.namespace], capture_output=True,
                                text=True, check=False).stdout
        for pid in map(int, listed.split()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        _run("ip", "netns", "del", self.namespace)

    def port(self, uncommon, standard):
        """Which of the two a server gets: here one that tells nothing."""
        return uncommon

    def folder(self, name, mode=0o755):
        path = self.directory / name
        path.mkdir(mode=mode, exist_ok=True)
        return path

    def inside(self, *words):
        return ["ip", "netns", "exec", self.namespace, *map(str, words)]

    def spawn(self, *words, **options):
        """A server in the foreground; what it says goes to a log beside its configuration."""
        environment = {**self.environment, **options.pop("env", {})}
        with open(self.directory / f"{os.path.basename(str(words[0]))}.log", "ab") as log:
            process = subprocess.Popen(self.inside(*words), stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env=environment, **options)
        self.processes.append(process)
        return process

    def run(self, *words, timeout=20, **options):
        """A program to its end; its status is the caller's to judge."""
        return subprocess.run(self.inside(*words), capture_output=True, text=True, check=False,
                              timeout=timeout, env={**self.environment, **options.pop("env", {})},
                              **{"stdin": subprocess.DEVNULL, **options})

    def wait_for_port(self, port, timeout_s=20):
        """Until somebody listens there: the kernel is asked, a connection would be traffic."""
        deadline = time.monotonic() + timeout_s
        while True:
            listed = _run("ip", "netns", "exec", self.namespace, "ss", "-Hltn", f"sport = :{port}")
            if any(f"{each}:{port}" in listed for each in (self.address, "*", "0.0.0.0")):
                return
            check(time.monotonic() < deadline,
                  f"nobody listens on {self.address} port {port} after {timeout_s} s")
            time.sleep(0.05)

    def certificate(self, name):
        """Paths of a self-signed certificate for `name` and its key; made at the first question."""
        if name not in self.certificates:
            pem, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
            _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                 "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                 "-out", pem, "-keyout", key)
            os.chmod(key, 0o644)
            der = ssl.PEM_cert_to_DER_cert(pem.read_text(encoding="utf-8"))
            self.certificates[name] = (pem, key, hashlib.sha256(der).hexdigest())
        return self.certificates[name][:2]

    def sha256(self, name):
        return self.certificates[name][2]


def _run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, timeout=30)
    check(done.returncode == 0, f"{words[0]} {words[1]}: {done.stderr.strip()}")
    return done.stdout


def _end(process):
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
