#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/own again: small captures of the lab's own handshakes, with expectations.

  make_own.py [CASE...]              as root; writes CASE.pcap and CASE.expected.jsonl
  make_own.py --expect [CASE...]     writes the expectations of the captures that are there

tcpdump on the mirror port captures, tests/support says what is in the capture. Look at the
difference before committing it: keys and times are new with every capture.
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
OWN = os.path.join(HERE, "own")
sys.path[:0] = [os.path.join(TREE, "tools"), os.path.join(TREE, "tests", "support")]

import reference  # noqa: E402
import tcp_opening  # noqa: E402
from lab.environment import Lab  # noqa: E402
from lab.shell import inside  # noqa: E402

_ECDSA = "ECDHE-ECDSA-AES256-GCM-SHA384"
_RSA = "ECDHE-RSA-AES128-GCM-SHA256"
VLANS = {"vlan": 42}  # by case: the tag that its packets get


def s_client(lab, server, port, *options, family=4):
    address = lab.network.servers[server].address(family)
    target = f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
    return ["openssl", "s_client", "-connect", target, "-CAfile", lab.authority.root_file, "-brief",
            *options]


def cases(lab):
    """name: commands. They may fail: some are meant to be refused."""
    session = os.path.join(lab.work, "session")
    mine = lab.authority.chain("client-rsa")
    client = ("-cert", mine, "-cert_chain", lab.authority.issuer_file("client-rsa"), "-key",
              lab.authority.key("client-rsa"))
    www = ("-servername", "www.lab.test")
    rsa = ("-tls1_2", "-cipher", _RSA, "-alpn", "h2,http/1.1", *www)
    tls12_rsa = s_client(lab, 0, 443, *rsa)
    return {
        "tls12-rsa": [tls12_rsa],
        "tls12-ecdsa": [s_client(lab, 0, 443, "-tls1_2", "-cipher", _ECDSA, *www)],
        "tls13": [s_client(lab, 0, 443, "-tls1_3", "-alpn", "h2,http/1.1", *www)],
        "tls13-retry": [s_client(lab, 1, 4435, "-groups", "X25519:P-384", *www)],
        "client-certificate": [s_client(lab, 0, 8443, "-tls1_2", *client, *www)],
        "ipv6": [s_client(lab, 2, 5556, "-tls1_2", "-servername", "gnutls.lab.test", family=6)],
        "vlan": [tls12_rsa],
        "resumption": [s_client(lab, 0, 443, *rsa, "-sess_out", session),
                       s_client(lab, 0, 443, *rsa, "-sess_in", session)],
        "refused": [s_client(lab, 1, 4433, "-tls1_2", "-cipher", _ECDSA)],
        "gnutls": [["gnutls-cli", "--x509cafile", lab.authority.root_file, "--sni-hostname",
                    "mail.lab.test", "--verify-hostname", "mail.lab.test", "--port", "443",
                    lab.network.servers[0].v4]],
        "self-signed": [s_client(lab, 3, 443, "-tls1_2", "-servername", "self.lab.test")],
    }


def capture(lab, commands, path):
    """Runs the commands one after the other on a client host while the mirror is captured."""
    tcpdump = subprocess.Popen(["tcpdump", "-i", lab.network.mirror, "--immediate-mode", "-U", "-s",
                                "0", "-Z", "root", "-w", path, "tcp"], stderr=subprocess.PIPE,
                               text=True)
    try:
        while "listening on" not in tcpdump.stderr.readline():
            pass
        for command in commands:
            subprocess.run(inside(lab.network.clients[0].namespace, *command), check=False,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        time.sleep(0.5)
    finally:
        tcpdump.terminate()
        tcpdump.wait()


def add_vlan_tag(path, vlan):
    """Rewrites a capture file (little endian, microseconds) with an 802.1Q tag in each frame."""
    with open(path, "rb") as file:
        data = file.read()
    written, at = [data[:24]], 24
    while at < len(data):
        seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + kept]
        at += 16 + kept
        written.append(struct.pack("<IIII", seconds, micros, kept + 4, length + 4) + frame[:12] +
                       struct.pack(">HH", 0x8100, vlan) + frame[12:])
    with open(path, "wb") as file:
        file.write(b"".join(written))


def expectations(path, vlan):
    lines, openings = [], tcp_opening.openings(path)
    for session in reference.sessions(path):
        ends = ((session["src"], session["sport"]), (session["dst"], session["dport"]))
        session.update(openings[frozenset(ends)])
        ip = "ipv6" if ":" in session["src"] else "ip"
        session["carrier"] = f"eth:{'vlan:' if vlan else ''}{ip}:tcp"
        session["required"] = True
        lines.append(json.dumps(session))
    return lines


def write_expectations(name, path, vlan):
    lines = expectations(path, vlan)
    with open(os.path.join(OWN, f"{name}.expected.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    print(f"{name}: {len(lines)} sessions, {os.path.getsize(path)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="only these cases")
    parser.add_argument("--expect", action="store_true", help="of the captures that are there")
    options = parser.parse_args()
    if options.expect:
        for file in sorted(os.listdir(OWN)):
            name = file.removesuffix(".pcap")
            if name != file and (not options.cases or name in options.cases):
                write_expectations(name, os.path.join(OWN, file), VLANS.get(name))
        return
    os.makedirs(OWN, exist_ok=True)
    with Lab("golden", mirror="golden0") as lab:
        for name, commands in cases(lab).items():
            if options.cases and name not in options.cases:
                continue
            path = os.path.join(OWN, f"{name}.pcap")
            capture(lab, commands, path)
            if name in VLANS:
                add_vlan_tag(path, VLANS[name])
            write_expectations(name, path, VLANS.get(name))


if __name__ == "__main__":
    main()
