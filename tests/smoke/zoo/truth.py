# SPDX-License-Identifier: Apache-2.0
"""What is true of one service, whoever asks it."""
from dataclasses import dataclass, field

NAMELESS = ""


@dataclass(frozen=True)
class Service:
    """`chains`: for a name that is asked for, or NAMELESS, every chain that the server has for it,
    each as SHA-256 in the order sent. A service without any has a `refusal`."""
    server: str
    kind: str
    address: str
    port: int
    starttls: str = ""  # the dialogue before TLS
    chains: dict = field(default_factory=dict)
    options: tuple = ()  # with which s_client gets them
    refusal: str = ""  # the dialogue's end: failure, step, the protocol's own code
    versions: tuple = ()  # that it accepts, as nginx calls them; empty: not known

    @property
    def place(self):
        return self.address, self.port


@dataclass(frozen=True)
class Kind:
    """One kind of TLS server, for every program that can be it."""
    name: str
    versions: tuple  # as nginx calls them
    certificates: tuple
    groups: str = ""
    names: tuple = ()  # (name, certificate): what it shows for these
    wants_client: bool = False
    old: bool = False  # a program of today has to be told to do that

    @property
    def lowest(self):
        return self.versions[0]

    @property
    def highest(self):
        return self.versions[-1]


MODERN = ("TLSv1.2", "TLSv1.3")
KINDS = (
    Kind("tls1.0-only", ("TLSv1",), ("www-rsa",), old=True),
    Kind("tls1.1-only", ("TLSv1.1",), ("www-rsa",), old=True),
    Kind("tls1.2-only", ("TLSv1.2",), ("mail-rsa",)),
    Kind("tls1.3-only", ("TLSv1.3",), ("api-ec",)),
    Kind("hello-retry-p256", ("TLSv1.3",), ("www-rsa",), groups="P-256"),
    Kind("hello-retry-p384", ("TLSv1.3",), ("www-ec",), groups="P-384"),
    Kind("rsa+ecdsa", MODERN, ("www-rsa", "www-ec")),
    Kind("by-name", MODERN, ("old-rsa",), names=(("mail.lab.test", "mail-rsa"),
                                                 ("api.lab.test", "api-ec"))),
    Kind("client-certificate", MODERN, ("mail-rsa",), wants_client=True),
    Kind("client-certificate-1.3", ("TLSv1.3",), ("api-ec",), wants_client=True),
    Kind("ed25519", MODERN, ("ed25519",)),
    Kind("rsa1024-sha1", MODERN, ("weak",), old=True),
    Kind("8-KB-chain", MODERN, ("long",)),
    Kind("8-KB-chain-1.3", ("TLSv1.3",), ("long",)),
    Kind("expired", MODERN, ("expired-rsa",)),
    Kind("self-signed", MODERN, ("self-signed",)),
)
VERSION_CODES = {"TLSv1": "0x0301", "TLSv1.1": "0x0302", "TLSv1.2": "0x0303",
                 "TLSv1.3": "0x0304"}
VERSION_OPTIONS = {"TLSv1": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2",
                   "TLSv1.3": "-tls1_3"}


def service_of(kind, server, where, certificates):
    """The truth of a server of a kind that sends its chains whole."""
    chains = {NAMELESS: [certificates.chain(each) for each in kind.certificates]}
    chains.update({name: [certificates.chain(each)] for name, each in kind.names})
    options = (VERSION_OPTIONS[kind.highest],)
    return Service(server, kind.name, *where, chains=chains, options=options,
                   versions=kind.versions)
