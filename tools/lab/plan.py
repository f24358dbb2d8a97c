# SPDX-License-Identifier: Apache-2.0
"""Which handshakes the traffic consists of.

A recipe is one kind of handshake and its share. The plan for N handshakes deals them out by share,
so that the mix is known, and shuffles them by a fixed seed, so that two runs make the same plan.
"""
import random

# (share, tool, server, port, sni, version, variant)
# Tools are four programs of two TLS stacks: python, openssl and curl use OpenSSL; gnutls its own.
# Variants change the ClientHello: see client_worker.py.
RECIPES = (
    (14, "python", 0, 443, "www.lab.test", "TLSv1.2", "rsa"),
    (14, "python", 0, 443, "www.lab.test", "TLSv1.2", "ecdsa"),
    (12, "python", 0, 443, "api.lab.test", "TLSv1.3", "browser"),
    (6, "python", 0, 443, "shop.apps.lab.test", "TLSv1.3", "plain"),
    (4, "python", 0, 443, None, "TLSv1.2", "rsa"),
    (4, "python", 0, 8443, "www.lab.test", "TLSv1.2", "client-certificate"),
    (4, "python", 1, 4435, "www.lab.test", "TLSv1.3", "plain"),
    (3, "python", 3, 443, "self.lab.test", "TLSv1.2", "trusting"),
    (3, "python", 3, 8443, "expired.lab.test", "TLSv1.2", "trusting"),
    (6, "openssl", 1, 4433, "old.lab.test", "TLSv1.2", ""),
    (5, "openssl", 1, 4434, "api.lab.test", "TLSv1.3", ""),
    (4, "openssl", 2, 5556, "gnutls.lab.test", "TLSv1.2", ""),
    (4, "curl", 0, 443, "mail.lab.test", "TLSv1.2", ""),
    (4, "curl", 0, 443, "blog.apps.lab.test", "TLSv1.3", ""),
    (6, "gnutls", 0, 443, "www.lab.test", "TLSv1.2", ""),
    (5, "gnutls", 0, 443, "mail.lab.test", "TLSv1.3", ""),
    (9, "gnutls", 2, 5556, "gnutls.lab.test", "TLSv1.2", ""),
    (6, "gnutls", 2, 5556, "gnutls.lab.test", "TLSv1.3", ""),
)

PORTS = sorted({recipe[3] for recipe in RECIPES})


def plan(network, handshakes, seed=7):
    """A list of (client host, order); an order is what client_worker.py reads."""
    kinds = _deal(handshakes)
    random.Random(seed).shuffle(kinds)
    orders = []
    for number, (_, tool, server, port, sni, version, variant) in enumerate(kinds):
        client = network.clients[number % len(network.clients)]
        family = 6 if number % 4 == 3 else 4
        orders.append((client, {
            "tool": tool, "client": client.address(family),
            "server": network.servers[server].address(family), "port": port, "sni": sni,
            "version": version, "variant": variant}))
    return orders


def _deal(handshakes):
    """Each recipe as often as its share says, rounded so that the sum is exact."""
    total = sum(recipe[0] for recipe in RECIPES)
    kinds, owed = [], 0.0
    for recipe in RECIPES:
        owed += handshakes * recipe[0] / total
        while len(kinds) < round(owed):
            kinds.append(recipe)
    return kinds
