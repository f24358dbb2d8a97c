#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the handshakes of one client host; runs inside its namespace.

Standard input: one JSON object: authority directory and orders (see plan.py). Standard output: the
ledger, one JSON line per handshake, in the order in which they ended.
"""
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

TIMEOUT_S = 20
THREADS = 4
_RSA = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256"
_ECDSA = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
_GNUTLS_PRIORITY = {"TLSv1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                    "TLSv1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3"}


def python_context(order, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(os.path.join(authority, "root.crt"))
    context.maximum_version = ssl.TLSVersion[order["version"].replace(".", "_")]
    variant = order["variant"]
    if variant == "trusting" or order["sni"] is None:
        context.check_hostname = False
    if variant == "trusting":
        context.verify_mode = ssl.CERT_NONE
    if variant == "rsa":
        context.set_ciphers(_RSA)
    if variant == "ecdsa":
        context.set_ciphers(_ECDSA)
        context.set_alpn_protocols(["http/1.1"])
    if variant == "browser":
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2", "http/1.1"])
    if variant == "client-certificate":
        context.load_cert_chain(os.path.join(authority, "client-rsa.pem"),
                                os.path.join(authority, "client-rsa.key"))
    return context


def by_python(order, authority, contexts):
    """Returns (ok, own port, version agreed on)."""
    kind = (order["version"], order["variant"], order["sni"] is None)
    context = contexts.setdefault(kind, None) or python_context(order, authority)
    contexts[kind] = context
    with socket.create_connection((order["server"], order["port"]), TIMEOUT_S) as plain:
        own_port = plain.getsockname()[1]
        with context.wrap_socket(plain, server_hostname=order["sni"]) as secure:
            version = secure.version()
            secure.sendall(b"GET / HTTP/1.0\r\nHost: lab\r\n\r\n")
            while secure.recv(4096):
                pass
    return version == order["version"], own_port, version


def by_program(order, authority):
    """Returns (ok, own port where the program tells it, version)."""
    root, version = os.path.join(authority, "root.crt"), order["version"]
    server, port, sni = order["server"], str(order["port"]), order["sni"]
    bracketed = f"[{server}]" if ":" in server else server
    number = version.removeprefix("TLSv")
    if order["tool"] == "openssl":
        command = ["openssl", "s_client", "-connect", f"{bracketed}:{port}", "-servername", sni,
                   f"-tls{number.replace('.', '_')}", "-CAfile", root, "-verify_return_error",
                   "-brief"]
    elif order["tool"] == "curl":
        command = ["curl", "--silent", "--show-error", "--resolve", f"{sni}:{port}:{bracketed}",
                   "--cacert", root, f"--tlsv{number}", "--tls-max", number, "--output",
                   "/dev/null", "--write-out", "%{local_port}", f"https://{sni}:{port}/"]
    else:
        command = ["gnutls-cli", "--x509cafile", root, "--sni-hostname", sni, "--verify-hostname",
                   sni, "--priority", _GNUTLS_PRIORITY[version], "--port", port, server]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.decode("utf-8", "replace").strip()[-200:])
    own_port = int(done.stdout) if order["tool"] == "curl" else None
    return True, own_port, version


def perform(order, authority, contexts):
    """One handshake, and its line of the ledger."""
    line = {"time": time.time(), "client": order["client"], "sport": None,
            "server": order["server"], "port": order["port"], "sni": order["sni"],
            "tool": order["tool"], "version": order["version"], "ok": False}
    try:
        made = (by_python(order, authority, contexts) if order["tool"] == "python" else
                by_program(order, authority))
        line["ok"], line["sport"], line["version"] = made
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        line["error"] = f"{type(error).__name__}: {error}"
    return line


def main():
    work = json.load(sys.stdin)
    contexts, output = {}, threading.Lock()

    def one(order):
        line = json.dumps(perform(order, work["authority"], contexts))
        with output:
            print(line, flush=True)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, work["orders"]))


if __name__ == "__main__":
    main()
