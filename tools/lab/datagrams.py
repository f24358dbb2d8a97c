# SPDX-License-Identifier: Apache-2.0
"""Real handshakes over UDP: HTTP/3 and DTLS, by five programs of four TLS stacks.

Not part of the lab that `lab up` makes: DatagramServers starts the servers in it, make_datagrams()
makes the handshakes of KINDS and returns a ledger of what was done.
"""
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab.servers import Servers
from lab.shell import LabError, inside, run

TIMEOUT_S = 30
V1, V2_DRAFT, GREASED = "0x00000001", "0x709a50c4", "0x1a2a3a4a"
_TLS13, _DTLS12, _DTLS10 = "0x0304", "0xfefd", "0xfeff"


@dataclass(frozen=True)
class Server:
    """Where one listens: host number, port, and the certificate that bears its name."""
    host: int
    port: int
    certificate: str
    name: str


SERVERS = {
    "caddy": Server(0, 4430, "www-rsa", "www.lab.test"),
    "ngtcp2": Server(1, 4431, "api-ec", "api.lab.test"),
    "ngtcp2 with Retry": Server(1, 4432, "api-ec", "api.lab.test"),
    "ngtcp2 that prefers version 2": Server(1, 4433, "api-ec", "api.lab.test"),
    # Offers one group that the client sends no key share for: HelloRetryRequest.
    "ngtcp2 with P-384": Server(1, 4434, "api-ec", "api.lab.test"),
    "openssl 1.2": Server(1, 4441, "old-rsa", "old.lab.test"),
    "openssl 1.0": Server(1, 4442, "old-rsa", "old.lab.test"),
    "gnutls": Server(2, 5557, "gnutls-rsa", "gnutls.lab.test"),
}
PORTS = {server.port: "quic" if server.port < 4440 else "dtls" for server in SERVERS.values()}


def _session(version, **facts):
    """What a record must say; of QUIC by its version, of DTLS by TLS's."""
    if version in (_DTLS12, _DTLS10):
        return {"transport": "dtls", "quic_version": None, "server_version": version, "hrr": False,
                "resumed": False, "missing_reason": None, **facts}
    return {"transport": "quic", "quic_version": version, "server_version": _TLS13, "hrr": False,
            "resumed": False, "missing_reason": None, **facts}


_REFUSED = _session(GREASED, server_version=None, sni=None, missing_reason="undecryptable")

# (how often, tool, server, options, the sessions that each is to be seen as). In this order for
# each server: the one with a ticket comes after the one that gets it.
KINDS = (
    (3, "chromium", "caddy", (), (_session(V1),)),
    (6, "gtlsclient", "caddy", (), (_session(V1),)),
    (8, "gtlsclient", "ngtcp2", (), (_session(V1),)),
    (4, "gtlsclient", "ngtcp2", ("-v", "v2draft"), (_session(V2_DRAFT),)),
    (4, "gtlsclient", "ngtcp2", ("-v", GREASED, "--preferred-versions=v1"),
     (_REFUSED, _session(V1))),
    (1, "gtlsclient", "ngtcp2", ("--session-file={work}/ticket", "--tp-file={work}/parameters"),
     (_session(V1),)),
    (4, "gtlsclient", "ngtcp2", ("--session-file={work}/ticket", "--tp-file={work}/parameters"),
     (_session(V1, resumed=True),)),
    (6, "gtlsclient", "ngtcp2 with Retry", (), (_session(V1),)),
    (4, "gtlsclient", "ngtcp2 that prefers version 2",
     ("--preferred-versions=v2draft,v1", "--other-versions=v2draft,v1"), (_session(V1),)),
    (4, "gtlsclient", "ngtcp2 with P-384", (), (_session(V1, hrr=True),)),
    (8, "openssl", "openssl 1.2", ("-dtls1_2",), (_session(_DTLS12),)),
    (6, "openssl", "openssl 1.0", ("-dtls1", "-cipher", "DEFAULT:@SECLEVEL=0"),
     (_session(_DTLS10),)),
    (2, "gnutls-cli", "gnutls", ("NORMAL",), (_session(_DTLS12),)),
    (1, "gnutls-cli", "gnutls", ("NORMAL:-VERS-ALL:+VERS-DTLS1.0",), (_session(_DTLS10),)),
)
HANDSHAKES = sum(kind[0] for kind in KINDS)

_CADDYFILE = """\
{{
  admin off
  auto_https off
  storage file_system {work}/caddy
}}
https://{name}:{port} {{
  tls {chain} {key}
  respond "the lab"
}}
"""


class DatagramServers(Servers):
    """Started by up(); they end with their namespaces (Network.down)."""

    LISTENERS = "-Hlun"

    def up(self):
        retry = ("-V",)
        second = ("--preferred-versions=v2draft,v1",)
        p384 = ("--groups=-GROUP-ALL:+GROUP-SECP384R1",)
        started = [self._caddy(SERVERS["caddy"]),
                   self._ngtcp2("ngtcp2"), self._ngtcp2("ngtcp2 with Retry", retry),
                   self._ngtcp2("ngtcp2 that prefers version 2", second),
                   self._ngtcp2("ngtcp2 with P-384", p384),
                   # -listen: with a HelloVerifyRequest.
                   self._openssl("openssl 1.2", ("-dtls1_2", "-listen")),
                   self._openssl("openssl 1.0", ("-dtls1", "-cipher", "DEFAULT:@SECLEVEL=0")),
                   self._gnutls(SERVERS["gnutls"])]
        for host, ports, process, log in started:
            self._wait_until_listening(host, ports, process, log)

    def _caddy(self, server):
        work = os.path.join(self.work, "caddy")
        os.makedirs(work, exist_ok=True)
        path = os.path.join(work, "Caddyfile")
        with open(path, "w", encoding="ascii") as file:
            file.write(_CADDYFILE.format(
                work=work, name=server.name, port=server.port,
                chain=self.authority.chain(server.certificate),
                key=self.authority.key(server.certificate)))
        return self._start(self.hosts[server.host], {server.port}, "env", f"HOME={work}", "caddy",
                           "run", "--config", path, "--adapter", "caddyfile")

    def _ngtcp2(self, name, options=()):
        server = SERVERS[name]
        return self._start(self.hosts[server.host], {server.port}, "gtlsserver", "-q", *options,
                           "*", str(server.port), self.authority.key(server.certificate),
                           self.authority.chain(server.certificate))

    def _openssl(self, name, options):
        server = SERVERS[name]
        return self._s_server(self.hosts[server.host], server.port, server.certificate, options)

    def _gnutls(self, server):
        return self._start(self.hosts[server.host], {server.port}, "gnutls-serv", "--udp",
                           "--quiet", "--port", str(server.port), "--disable-client-cert",
                           "--priority", "NORMAL:+VERS-DTLS1.0",
                           "--x509certfile", self.authority.chain(server.certificate),
                           "--x509keyfile", self.authority.key(server.certificate))


class Clients:
    """Runs the handshakes of KINDS, those of one server one after another."""

    def __init__(self, lab):
        self.network = lab.network
        self.authority = lab.authority
        self.work = os.path.join(lab.work, "datagrams")

    def run(self):
        """The ledger: one line for each session that is to be seen."""
        os.makedirs(self.work, exist_ok=True)
        self._name_servers()
        by_server = {}
        for kind in KINDS:
            by_server.setdefault(kind[2], []).append(kind)
        with ThreadPoolExecutor(len(by_server)) as pool:
            return [line for lines in pool.map(self._run_kinds, by_server.values())
                    for line in lines]

    def _name_servers(self):
        """Some programs send a name only where they look it up: IPv4 here, IPv6 there."""
        for number, client in enumerate(self.network.clients):
            names = {server.name: self.network.servers[server.host].address(self._family(number))
                     for server in SERVERS.values()}
            self.network.write_hosts(client, names)

    @staticmethod
    def _family(client_number):
        return 6 if client_number % 2 else 4

    def _run_kinds(self, kinds):
        ledger, number = [], 0
        for count, tool, name, options, sessions in kinds:
            for _ in range(count):
                ledger += self._run_one(number, tool, (SERVERS[name], options), sessions)
                number += 1
        return ledger

    def _run_one(self, number, tool, aim, sessions):
        server, options = aim
        # OpenSSL's server of DTLS has one family; a ticket is for one address.
        number = 0 if tool == "openssl" or options else number % len(self.network.clients)
        client, family = self.network.clients[number], self._family(number)
        line = {"tool": tool, "client": client.address(family), "port": server.port,
                "server": self.network.servers[server.host].address(family), "sni": server.name,
                "certificate": server.certificate, "ok": False}
        command = getattr(self, f"_{tool.replace('-', '_')}")(server, options, line["server"])
        try:
            done = subprocess.run(inside(client.namespace, *command), stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=TIMEOUT_S, check=False)
            said = (done.stdout + done.stderr).decode("utf-8", "replace")
            line["ok"] = done.returncode == 0 and _SUCCESS[tool] in said
            if not line["ok"]:
                line["error"] = said.strip()[-300:]
        except (OSError, subprocess.TimeoutExpired) as error:
            line["error"] = f"{type(error).__name__}: {error}"
        return [{**line, **session} for session in sessions]

    def _chromium(self, server, _options, _address):
        profile = os.path.join(self.work, "profile")
        shutil.rmtree(profile, ignore_errors=True)
        return ("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--disable-background-networking",
                "--disable-component-update", "--no-first-run", f"--user-data-dir={profile}",
                "--enable-quic", f"--origin-to-force-quic-on={server.name}:{server.port}",
                f"--ignore-certificate-errors-spki-list={self._key_hash(server.certificate)}",
                "--dump-dom", f"https://{server.name}:{server.port}/")

    def _gtlsclient(self, server, options, _address):
        return ("gtlsclient", "--exit-on-all-streams-close", "--timeout=5s", "--no-quic-dump",
                *(option.format(work=self.work) for option in options), server.name,
                str(server.port), f"https://{server.name}/")

    def _openssl(self, server, options, address):
        return ("openssl", "s_client", *options, "-connect", f"{address}:{server.port}",
                "-servername", server.name, "-CAfile", self.authority.root_file,
                "-verify_return_error")

    def _gnutls_cli(self, server, options, address):
        return ("gnutls-cli", "--udp", "--priority", options[0], "--port", str(server.port),
                "--sni-hostname", server.name, "--verify-hostname", server.name, "--x509cafile",
                self.authority.root_file, address)

    def _key_hash(self, name):
        """SHA-256 of the public key in base64, as browsers pin it."""
        der = os.path.join(self.work, f"{name}.spki")
        run("openssl", "pkey", "-in", self.authority.key(name), "-pubout", "-outform", "DER",
            "-out", der)
        run("openssl", "dgst", "-sha256", "-binary", "-out", f"{der}.hash", der)
        return run("openssl", "base64", "-A", "-in", f"{der}.hash").strip()


# What each program says when its handshake was done and its request answered.
_SUCCESS = {"chromium": "the lab", "gtlsclient": "QUIC handshake has been confirmed",
            "openssl": "Verify return code: 0 (ok)", "gnutls-cli": "Handshake was completed"}


def make_datagrams(lab):
    """Starts the servers in a lab that is up and makes every handshake; returns the ledger."""
    missing = [name for name in ("caddy", "chromium", "gtlsserver", "gtlsclient")
               if shutil.which(name) is None]
    if missing:
        raise LabError(f"{missing[0]} is not installed (tools/install_packages lab)")
    DatagramServers(lab.network, lab.authority, lab.work).up()
    return Clients(lab).run()
