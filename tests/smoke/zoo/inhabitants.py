# SPDX-License-Identifier: Apache-2.0
"""Everybody who lives in the zoo, each at an address of the one /24 that is scanned."""
from dataclasses import replace

from dialogues import rows, scripted_servers, servers, without_tls
from zoo import datagram_servers, tool_servers, web_servers
from zoo.certificates import Certificates
from zoo.truth import KINDS, MODERN, NAMELESS, Service

NETWORK = "10.78.0.0/16"
GATEWAY = "10.78.0.1"
SCANNER = "10.78.0.2"
ASKER = "10.78.0.3"
TARGETS = "10.78.1.0/24"
GNUTLS = "10.78.1.240"
_PROGRAMS = (
    ("nginx", web_servers.nginx, 1),
    ("haproxy", web_servers.haproxy, 21),
    ("stunnel4", web_servers.stunnel, 41),
    ("openssl", tool_servers.s_server, 61),
)
_DIALOGUES = tuple(row for row in rows.SERVERS if row[0] != "inn") + (
    ("telnet, IRC, NNTP", (), scripted_servers.by_s_client),
    ("active-directory", (), scripted_servers.active_directory),
    ("mssql", (), scripted_servers.mssql),
)
_FIRST_DIALOGUE = 101
_FIRST_REFUSAL = 141
_FIRST_DATAGRAM = 201
# Whoever is asked for without its own domain says that there is none.
_NAMED_ONLY = {"xmpp", "xmpp-server"}


class Zoo:
    """Starts everybody; `services` is what is true of every open port, `datagrams`
    of those that answer over UDP."""

    def __init__(self, place):
        self.place = place
        self.certificates = Certificates(place.directory / "authority")
        host = place.wire.add_host("world", f"{GATEWAY}/16",
                                   *(f"10.78.1.{number}/32" for number in range(1, 220)))
        self.services = []
        for name, start, first in _PROGRAMS:
            if _are_there(name, (name,)):
                addresses = [f"10.78.1.{first + number}" for number in range(len(KINDS))]
                self.services += start(place.at(addresses[0], host), self.certificates, addresses)
        self.services += self._dialogues(host)
        self.services += self._refusals(host)
        self.datagrams = self._datagrams(host)
        if _are_there("gnutls", ("gnutls-serv",)):
            alone = place.wire.add_host("gnutls", f"{GNUTLS}/16")
            self.services += tool_servers.gnutls_serv(place.at(GNUTLS, alone), self.certificates,
                                                      GNUTLS)
            self.datagrams += datagram_servers.gnutls_serv(place, self.certificates, GNUTLS)

    def ports(self):
        return sorted({service.port for service in self.services})

    def _dialogues(self, host):
        services = []
        for number, (name, needs, start) in enumerate(_DIALOGUES):
            address = f"10.78.1.{_FIRST_DIALOGUE + number}"
            if not _are_there(name, needs):
                continue
            exchanges = start(self.place.at(address, host))
            asked = sorted({(each.port, each.starttls, each.certificate) for each in exchanges})
            for port, starttls, certificate in asked:
                known = certificate if starttls in _NAMED_ONLY else NAMELESS
                services.append(Service(name, "starttls", address, port, starttls,
                                        {known: [(self.place.sha256(certificate),)]}))
        return services

    def _datagrams(self, host):
        addresses = [f"10.78.1.{_FIRST_DATAGRAM + number}" for number in range(6)]
        place, services = self.place.at(addresses[0], host), []
        if _are_there("openssl", ("openssl",)):
            services += datagram_servers.s_server(place, self.certificates, addresses[:2])
        if _are_there("caddy", ("caddy",)):
            services += datagram_servers.caddy(place, self.certificates, addresses[2])
            self.services.append(replace(services[-1], kind="tls1.2+1.3", options=("-tls1_3",),
                                         versions=MODERN))
        if _are_there("ngtcp2", ("gtlsserver",)):
            services += datagram_servers.ngtcp2(place, self.certificates, addresses[3:])
        return services

    def _refusals(self, host):
        services = []
        for number, (name, needs, start) in enumerate(without_tls.ROWS):
            address = f"10.78.1.{_FIRST_REFUSAL + number}"
            if _are_there(name, needs):
                services += [Service(name, "without TLS", address, each.port, each.protocol,
                                     refusal=each.reason)
                             for each in start(self.place.at(address, host))]
        return services


def _are_there(name, needs):
    absent = [need for need in needs if not rows.is_there(need)]
    if absent:
        print(f"left out: {name}: {', '.join(absent)} not installed")
    return not absent
