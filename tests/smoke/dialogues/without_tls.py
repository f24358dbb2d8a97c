# SPDX-License-Identifier: Apache-2.0
"""Servers of Debian that were given no certificate, and how each says so."""
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    protocol: str
    port: int
    reason: str  # the failure, the step, the protocol's own code


def slapd(place):
    port, home = place.port(14389, 389), place.folder("slapd-plain")
    (home / "slapd.conf").write_text(f"pidfile {home}/pid\nargsfile {home}/args\n"
                                     "database config\n", encoding="utf-8")
    place.spawn("slapd", "-d", "0", "-f", home / "slapd.conf", "-h",
                f"ldap://{place.address}:{port}")
    place.wait_for_port(port)
    # RFC 4511 4.14.2 protocolError: OpenLDAP has not even the operation without a certificate.
    return [Refusal("ldap", port, "refused at starttls 2")]


def dovecot(place):
    ports = {"imap": place.port(13143, 143), "pop3": place.port(13110, 110),
             "lmtp": place.port(13024, 24), "sieve": place.port(13419, 4190)}
    # (protocol, its login service, the listener's name, that of TLS which is on by default)
    services = (("imap", "imap-login", "imap", "imaps"), ("pop3", "pop3-login", "pop3", "pop3s"),
                ("lmtp", "lmtp", "lmtp", ""), ("sieve", "managesieve-login", "sieve", ""))
    home = place.folder("dovecot-plain")
    words = "".join(
        f"service {service} {{\n  inet_listener {listener} {{\n    port = {ports[protocol]}\n  }}\n"
        + (f"  inet_listener {with_tls} {{\n    port = 0\n  }}\n" if with_tls else "") + "}\n"
        for protocol, service, listener, with_tls in services)
    (home / "dovecot.conf").write_text(
        f"base_dir = {home}/run\nlog_path = {home}/log\nprotocols = imap pop3 lmtp sieve\n"
        f"listen = {place.address}\nssl = no\nmail_location = maildir:~/mail\n"
        "passdb {\n  driver = static\n  args = password=x\n}\n"
        "userdb {\n  driver = static\n  args = uid=nobody gid=nogroup home=/nonexistent\n}\n"
        + words, encoding="utf-8")
    place.spawn("dovecot", "-F", "-c", home / "dovecot.conf")
    for port in ports.values():
        place.wait_for_port(port)
    return [Refusal("imap", ports["imap"], "no_advert at starttls BAD"),
            Refusal("pop3", ports["pop3"], "refused at stls -ERR"),
            Refusal("lmtp", ports["lmtp"], "no_advert at starttls 502"),
            Refusal("sieve", ports["sieve"], "no_advert at starttls NO")]


def vsftpd(place):
    port, empty = place.port(13021, 21), place.folder("vsftpd-empty")
    config = place.directory / "vsftpd-plain.conf"
    config.write_text(f"listen=YES\nlisten_port={port}\n"
                      f"listen_address={place.address}\nbackground=NO\n"
                      f"anonymous_enable=NO\nlocal_enable=YES\nsecure_chroot_dir={empty}\n",
                      encoding="utf-8")
    place.spawn("vsftpd", config)
    place.wait_for_port(port)
    return [Refusal("ftp", port, "refused at auth_ssl 530")]


def xrdp(place):
    port = place.port(15389, 3389)
    config = place.directory / "xrdp-plain.ini"
    config.write_text(f"[Globals]\nport=tcp://{place.address}:{port}\nsecurity_layer=rdp\n"
                      f"[Logging]\nLogFile={place.directory}/xrdp-plain.log\n"
                      "EnableSyslog=false\n[Xorg]\nname=x\nlib=libxup.so\n", encoding="utf-8")
    place.spawn("xrdp", "--nodaemon", "--config", config)
    place.wait_for_port(port)
    # It answers that it chose protocol 0, standard RDP security.
    return [Refusal("rdp", port, "refused at negotiation protocol_0")]


def vnc(place):
    rows = []
    for number, (types, reason) in enumerate((
            ("None", "no_advert at security_types"),
            ("TLSNone", "no_certificate at vencrypt_subtypes"))):
        port = place.port(16900, 5900) + number
        place.spawn("Xtigervnc", f":{78 + number}", "-rfbport", port, "-interface", place.address,
                    "-SecurityTypes", types, "-listen", "tcp", "-nolisten", "local", "-nolisten",
                    "unix", "-nolock")
        place.wait_for_port(port)
        time.sleep(0.3)
        rows.append(Refusal("vnc", port, reason))
    return rows


ROWS = (
    ("dovecot", ("dovecot", "/usr/lib/dovecot/managesieve", "/usr/lib/dovecot/lmtp"), dovecot),
    ("slapd", ("slapd",), slapd),
    ("vsftpd", ("vsftpd",), vsftpd),
    ("xrdp", ("xrdp",), xrdp),
    ("tigervnc", ("Xtigervnc",), vnc),
)
