# SPDX-License-Identifier: Apache-2.0
"""One connection with TLS in it: who makes it, and what must be said of it."""
from dataclasses import dataclass
from pathlib import Path

SAME = "as the certificate"
SCRIPTED = Path(__file__).resolve().parent / "scripted.py"


@dataclass(frozen=True)
class Exchange:
    """Without a command it is made by another one: the far side of a proxy."""
    port: int
    starttls: str
    certificate: str  # the name it is for
    command: tuple = ()
    sni: str = SAME  # None: this client sends none

    def expected(self, place):
        sni = self.certificate if self.sni == SAME else self.sni
        return self.port, self.starttls, sni, place.sha256(self.certificate)


def s_client(port, protocol, name, starttls=None, *more):
    words = ("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-starttls", protocol,
             "-servername", name, "-name", "client.test", *more)
    return Exchange(port, starttls or protocol, name, words)


def curl(port, starttls, name, *words):
    return Exchange(port, starttls, name, ("curl", "-sSk", "-m", "10", "--tls-max", "1.2", *words))


def scripted(protocol, port, name):
    """A client of ours, where Debian has none for a script."""
    return Exchange(port, protocol, name, ("/usr/bin/python3", SCRIPTED, "ask", protocol, port,
                                           name))
