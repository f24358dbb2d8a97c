# SPDX-License-Identifier: Apache-2.0
"""OpenSSL's s_server and gnutls-serv: a process for each kind of TLS."""
from dataclasses import replace

from zoo.truth import KINDS, MODERN, VERSION_OPTIONS, service_of

_GNUTLS_VERSIONS = {"TLSv1": "TLS1.0", "TLSv1.1": "TLS1.1", "TLSv1.2": "TLS1.2",
                    "TLSv1.3": "TLS1.3"}
_GNUTLS_GROUPS = {"P-256": "GROUP-SECP256R1", "P-384": "GROUP-SECP384R1"}
GNUTLS_FIRST_PORT = 5550


def s_server(place, certificates, addresses):
    """On a port that nobody knows."""
    port, services = 4433, []
    for kind, address in zip(KINDS, addresses):
        words = ["-accept", f"{address}:{port}", "-www", "-quiet"]
        words += ["-no_tls1", "-no_tls1_1"] if kind.versions == MODERN else \
            [VERSION_OPTIONS[kind.lowest]]
        words += ["-cipher", "ALL:@SECLEVEL=0"] if kind.old else []
        words += ["-groups", kind.groups] if kind.groups else []
        words += ["-Verify", "3", "-CAfile", certificates.root] if kind.wants_client else []
        for prefix, each in zip(("-", "-d"), kind.certificates):
            words += [f"{prefix}cert", certificates.pem(each), f"{prefix}key",
                      certificates.key(each)]
            issuers = certificates.issuers(each)
            words += [f"{prefix}cert_chain", issuers] if issuers else []
        service = service_of(kind, "openssl", (address, port), certificates)
        if kind.names:  # it knows one name, and sends that one's leaf alone
            name, each = kind.names[0]
            words += ["-servername", name, "-cert2", certificates.pem(each), "-key2",
                      certificates.key(each)]
            nameless = service.chains[""]
            service = replace(service, chains={"": nameless,
                                               name: [certificates.chain(each)[:1]]})
        place.spawn("openssl", "s_server", *words, env=place.old if kind.old else {})
        services.append(service)
    for address in addresses[:len(KINDS)]:
        place.at(address).wait_for_port(port)
    return services


def gnutls_serv(place, certificates, address):
    """It listens on every address of its namespace: each kind has a port of its own here."""
    services = []
    for number, kind in enumerate(KINDS):
        if kind.names:
            continue  # it chooses by what the certificates say, not by what it is told
        port = GNUTLS_FIRST_PORT + number
        priority = "NORMAL:-VERS-ALL" + "".join(f":+VERS-{_GNUTLS_VERSIONS[each]}"
                                                for each in kind.versions)
        priority += f":-GROUP-ALL:+{_GNUTLS_GROUPS[kind.groups]}" if kind.groups else ""
        words = ["--http", "--quiet", "--port", port, "--priority", priority]
        words += ["--require-client-cert", "--x509cafile", certificates.root] \
            if kind.wants_client else ["--disable-client-cert"]
        for each in kind.certificates:
            words += ["--x509certfile", certificates.pem(each), "--x509keyfile",
                      certificates.key(each)]
        place.spawn("gnutls-serv", *words)
        services.append(service_of(kind, "gnutls", (address, port), certificates))
    place.at(address)
    for service in services:
        place.wait_for_port(service.port)
    return services
