# SPDX-License-Identifier: Apache-2.0
"""A wire between a daemon's interface and namespaces of ours: a bridge in a namespace of its own.

The daemon's end lies in the root namespace, with no address, so that the daemon can open it and the
kernel never answers there. What the wire loses, it loses between the two ends, as a real one does.
"""
import json
import os

from lab.network import end_processes, silence, switch_off_offloads, wait_until_gone
from lab.shell import LabError, inside, run

DAEMON_PORT = "daemon"


class Wire:
    """up() makes it, down() removes it with every namespace on it, in whatever state."""

    def __init__(self, name, interface):
        self.prefix = f"tapseal-{name}-{os.getpid()}"
        self.namespace = f"{self.prefix}-wire"
        self.interface = interface
        self._namespaces = []

    def up(self):
        if os.path.exists(f"/sys/class/net/{self.interface}"):
            raise LabError(f"interface {self.interface} exists already: is this test running?")
        self._bridge()
        self._plug(DAEMON_PORT, str(os.getpid()), self.interface)
        switch_off_offloads(None, self.interface)
        silence(None, self.interface)
        run("ip", "link", "set", self.interface, "up", "arp", "off")

    def _bridge(self):
        self.add_namespace(self.namespace)
        run("ip", "-n", self.namespace, "link", "add", "wire", "type", "bridge", "forward_delay",
            "0", "mcast_snooping", "0")
        silence(self.namespace, "wire")
        run("ip", "-n", self.namespace, "link", "set", "wire", "up")

    def down(self):
        for namespace in reversed(self._namespaces):
            end_processes(namespace)
        for namespace in reversed(self._namespaces):
            run("ip", "netns", "del", namespace)
        if self._namespaces:
            wait_until_gone(self.interface)
        self._namespaces.clear()

    def add_namespace(self, namespace):
        run("ip", "netns", "add", namespace)
        self._namespaces.append(namespace)
        run("ip", "-n", namespace, "link", "set", "lo", "up")

    def add_host(self, name, *addresses):
        """A namespace with eth0 on the wire; returns its name."""
        namespace = f"{self.prefix}-{name}"
        self.add_namespace(namespace)
        self._plug(name, namespace, "eth0")
        switch_off_offloads(namespace, "eth0")
        for address in addresses:
            run("ip", "-n", namespace, "addr", "add", address, "dev", "eth0")
        run("ip", "-n", namespace, "link", "set", "eth0", "up")
        return namespace

    def add_scanner(self, name):
        """A namespace whose eth0 has no address, for a daemon to open; returns its name."""
        namespace = f"{self.prefix}-{name}"
        self.add_namespace(namespace)
        self._plug(name, namespace, "eth0")
        switch_off_offloads(namespace, "eth0")
        silence(namespace, "eth0")
        run("ip", "-n", namespace, "link", "set", "eth0", "up", "arp", "off")
        return namespace

    def rules(self, namespace, text):
        """Loads rules of nftables in one of the namespaces."""
        run(*inside(namespace, "nft", "-f", "-"), input=text)

    def lose(self, percent):
        """Loses so many frames of a hundred in each direction, at random; ARP excepted."""
        self.rules(self.namespace, f"""\
table netdev loss {{
  chain lost {{ type filter hook ingress devices = {{ {DAEMON_PORT}, world }} priority 0;
    meta protocol ip meta random < {int(percent / 100 * 2 ** 32)} counter drop
    meta protocol ip counter accept
  }}
}}
""")

    def lost(self):
        """(lost, passed) frames since lose()."""
        listed = json.loads(run(*inside(self.namespace, "nft", "-j", "list", "ruleset")))
        counters = [word["counter"]["packets"] for row in listed["nftables"] if "rule" in row
                    for word in row["rule"]["expr"] if "counter" in word]
        return tuple(counters)

    def _plug(self, port, namespace, interface):
        run("ip", "-n", self.namespace, "link", "add", port, "type", "veth", "peer", "name",
            interface, "netns", namespace)
        switch_off_offloads(self.namespace, port)
        silence(self.namespace, port)
        run("ip", "-n", self.namespace, "link", "set", port, "master", "wire", "up",
            "txqueuelen", "10000")


class SharedWire(Wire):
    """One without a daemon in the root namespace: add_scanner() makes a place for each."""

    def __init__(self, name):
        super().__init__(name, "")

    def up(self):
        self._bridge()
