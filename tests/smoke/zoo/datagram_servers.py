# SPDX-License-Identifier: Apache-2.0
"""Servers over UDP: DTLS by openssl and gnutls, HTTP/3 by Caddy, QUIC by ngtcp2."""
from zoo.truth import NAMELESS, Service

DTLS_PORT, TURN_PORT, QUIC_PORT = 5684, 5349, 443
_CADDYFILE = """\
{{
  admin off
  auto_https off
  default_sni {name}
  storage file_system {home}
}}
:{port} {{
  bind {address}
  tls {chain} {key}
  respond "the zoo"
}}
"""


def s_server(place, certificates, addresses):
    """DTLS 1.2 with a HelloVerifyRequest, and 1.0."""
    rows = (("dtls1.2-only", "mail-rsa", ("-dtls1_2", "-listen"), {}),
            ("dtls1.0-only", "old-rsa", ("-dtls1", "-cipher", "ALL:@SECLEVEL=0"), place.old))
    services = []
    for (kind, chain, options, environment), address in zip(rows, addresses):
        place.spawn("openssl", "s_server", "-accept", f"{address}:{DTLS_PORT}", "-quiet", "-cert",
                    certificates.pem(chain), "-key", certificates.key(chain), "-cert_chain",
                    certificates.issuers(chain), *options, env=environment)
        services.append(Service("openssl", kind, address, DTLS_PORT,
                                chains={NAMELESS: [certificates.chain(chain)]},
                                options=(options[0],)))
    return services


def gnutls_serv(place, certificates, address):
    chain = "gnutls-rsa"
    place.spawn("gnutls-serv", "--udp", "--quiet", "--port", TURN_PORT, "--disable-client-cert",
                "--priority", "NORMAL", "--x509certfile", certificates.pem(chain), "--x509keyfile",
                certificates.key(chain))
    return [Service("gnutls", "dtls", address, TURN_PORT,
                    chains={NAMELESS: [certificates.chain(chain)]}, options=("-dtls1_2",))]


def caddy(place, certificates, address):
    chain, home = "www-rsa", place.folder("caddy")
    config = home / "Caddyfile"
    config.write_text(_CADDYFILE.format(home=home, name="www.lab.test", port=QUIC_PORT,
                                        address=address, chain=certificates.pem(chain),
                                        key=certificates.key(chain)), encoding="ascii")
    place.spawn("caddy", "run", "--config", config, "--adapter", "caddyfile")
    return [Service("caddy", "http/3", address, QUIC_PORT,
                    chains={NAMELESS: [certificates.chain(chain)]})]


def ngtcp2(place, certificates, addresses):
    rows = (("quic", ()), ("quic-retry", ("-V",)),
            ("quic-hello-retry", ("--groups=-GROUP-ALL:+GROUP-SECP384R1",)))
    chain, services = "api-ec", []
    for (kind, options), address in zip(rows, addresses):
        place.spawn("gtlsserver", "-q", *options, address, QUIC_PORT, certificates.key(chain),
                    certificates.pem(chain))
        services.append(Service("ngtcp2", kind, address, QUIC_PORT,
                                chains={NAMELESS: [certificates.chain(chain)]}))
    return services
