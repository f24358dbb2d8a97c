# SPDX-License-Identifier: Apache-2.0
"""Every server there is, and what has to be installed for it."""
import os

from dialogues import news, proxies, scripted_servers, servers
from dialogues.place import program

# Name, needs, how it is started. A need is a program, or a path.
SERVERS = (
    ("postfix", ("postfix",), servers.postfix),
    ("dovecot", ("dovecot", "/usr/lib/dovecot/managesieve", "/usr/lib/dovecot/lmtp"),
     servers.dovecot),
    ("slapd", ("slapd", "ldapsearch"), servers.slapd),
    ("prosody", ("prosody",), servers.prosody),
    ("postgresql", ("psql", "/usr/lib/postgresql"), servers.postgres),
    ("mariadb", ("mariadbd", "mariadb-install-db", "mariadb"), servers.mariadb),
    ("vsftpd", ("vsftpd",), servers.vsftpd),
    ("xrdp", ("xrdp",), servers.xrdp),
    ("tigervnc", ("Xtigervnc",), servers.vnc),
    ("inn", (f"{news.PROGRAMS}/nnrpd",), news.inn),
)
# Behind the servers: they lead to one of them.
PROXIES = (
    ("openssl", ("openssl", "curl"), proxies.web),
    ("tinyproxy", ("tinyproxy",), proxies.tinyproxy),
    ("dante", ("danted",), proxies.danted),
    ("haproxy", ("haproxy",), proxies.haproxy),
)
SCRIPTED = (
    ("s_client", ("openssl",), scripted_servers.by_s_client),
    ("active-directory", ("openssl",), scripted_servers.active_directory),
    ("freetds", ("tsql",), scripted_servers.mssql),
)


def is_there(need):
    return os.path.exists(need) if need.startswith("/") else program(need) is not None


def start(place, rows):
    """The exchanges of every row that can be, in order."""
    exchanges = []
    for name, needs, begin in rows:
        absent = [need for need in needs if not is_there(need)]
        if absent:
            print(f"left out: {name}: {', '.join(absent)} not installed")
            continue
        exchanges += begin(place)
    return exchanges
