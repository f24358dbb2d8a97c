# SPDX-License-Identifier: Apache-2.0
"""Makes a number of real handshakes and writes the ledger of what was done."""
import json
import os
import subprocess
import threading

from lab.plan import plan
from lab.shell import inside

_WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client_worker.py")


def make_traffic(network, authority_directory, handshakes, on_line=None):
    """Makes exactly `handshakes` handshakes; returns the ledger's lines in the order of their end.

    `on_line` is called with each line as it comes, from one thread at a time.
    """
    by_client = {}
    for client, order in plan(network, handshakes):
        by_client.setdefault(client.namespace, []).append(order)
    ledger, lock = [], threading.Lock()

    def read_lines(stream):
        for text in stream:
            with lock:
                ledger.append(json.loads(text))
                if on_line:
                    on_line(ledger[-1])

    workers = [_start_worker(namespace, authority_directory, orders, read_lines)
               for namespace, orders in by_client.items()]
    try:
        for process, reader in workers:
            reader.join()
            process.wait()
    finally:
        for process, _ in workers:
            process.kill()
            process.wait()
    return ledger


def write_ledger(path, ledger):
    with open(path, "w", encoding="utf-8") as file:
        for line in sorted(ledger, key=lambda entry: entry["time"]):
            file.write(json.dumps(line) + "\n")


def _start_worker(namespace, authority_directory, orders, read_lines):
    process = subprocess.Popen(inside(namespace, "/usr/bin/python3", _WORKER),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    reader = threading.Thread(target=read_lines, args=(process.stdout,))
    reader.start()
    json.dump({"authority": authority_directory, "orders": orders}, process.stdin)
    process.stdin.close()
    return process, reader
