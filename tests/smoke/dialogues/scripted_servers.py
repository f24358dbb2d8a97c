# SPDX-License-Identifier: Apache-2.0
"""Dialogues whose server is a script of ours and whose client is a real program."""
from dialogues.exchange import SCRIPTED, Exchange, s_client


def _serve(place, protocol, port, name):
    pem, key = place.certificate(name)
    place.spawn("/usr/bin/python3", SCRIPTED, "serve", protocol, place.address, port, pem,
                key)
    place.wait_for_port(port)


def by_s_client(place):
    rows = []
    for number, (protocol, standard) in enumerate((("telnet", 23), ("irc", 6667), ("nntp", 119))):
        port, name = place.port(16000 + number, standard), f"{protocol}.test"
        _serve(place, protocol, port, name)
        rows.append(s_client(port, protocol, name))
    return rows


def mssql(place):
    """TLS in TDS packets; FreeTDS is the client."""
    port, name = place.port(11433, 1433), "mssql.test"
    _serve(place, "mssql", port, name)
    config = place.directory / "freetds.conf"
    config.write_text(f"[{name}]\nhost = 127.0.0.1\nport = {port}\ntds version = 7.4\n"
                      "encryption = require\n", encoding="utf-8")
    words = ("env", f"FREETDSCONF={config}", "timeout", "5", "tsql", "-S", name, "-U", "u", "-P",
             "p")
    return [Exchange(port, "mssql", name, words, sni=None)]


def active_directory(place):
    """LDAP as Active Directory writes it; s_client is the client."""
    port, name = place.port(16389, 389), "ad.test"
    _serve(place, "ldap", port, name)
    return [s_client(port, "ldap", name)]
