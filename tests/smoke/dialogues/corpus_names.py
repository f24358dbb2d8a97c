# SPDX-License-Identifier: Apache-2.0
"""Dialogues in the corpus's captures, as tshark calls them."""
import os
import subprocess
from pathlib import Path

from appliance import TREE

FOLDERS = ("starttls", "proxy")
# tshark's protocol, where it is a dialogue before TLS, and our name for it.
NAMES = {"smtp": "smtp", "imap": "imap", "pop": "pop3", "ftp": "ftp", "ldap": "ldap",
         "xmpp": "xmpp", "pgsql": "postgresql", "mysql": "mysql", "tpkt": "rdp",
         "http": "http-connect"}


def folder():
    return Path(os.environ.get("TAPSEAL_CORPUS", TREE.parent / "shared/corpus"))


def captures():
    return [path for name in FOLDERS for path in sorted((folder() / name).glob("*.pcap*"))]


def by_tshark(path):
    """What each conversation began with, by the client's and the server's port."""
    done = subprocess.run(
        ["tshark", "-r", str(path), "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.srcport", "-e",
         "tcp.dstport", "-e", "frame.protocols", "-e", "socks.version"], capture_output=True,
        text=True, check=True, timeout=60, stdin=subprocess.DEVNULL)
    found = {}
    for line in done.stdout.splitlines():
        source, destination, protocols, socks = line.split("\t")
        layers = protocols.split(":")
        name = next((NAMES[layer] for layer in layers if layer in NAMES), None)
        if "socks" in layers and socks:
            name = f"socks{socks.split(',')[0]}"
        if name and "tls" not in layers:
            for ends in ((source, destination), (destination, source)):
                found.setdefault(ends, name)
    return found
