# SPDX-License-Identifier: Apache-2.0
"""Namespaces, a hub between them, and the mirror port.

The kernel need not have tc's mirred action: the switch is a bridge that learns nothing
(`ageing_time 0`), so that it floods every frame to every port, and one port is the mirror. Each
frame is therefore seen exactly once. Nothing has a route out of 10.77.0.0/24 and fd77::/64.
"""
import os
import shutil
import signal
import time

from lab.shell import LabError, inside, run

PREFIX = "tapseal-lab-"
V4 = "10.77.0."
V6 = "fd77::"
_NETNS = "/etc/netns"  # ip-netns(8): one directory of files for each namespace


class Host:
    """One namespace with one interface on the hub."""

    def __init__(self, namespace, number):
        self.namespace = namespace
        self.v4 = f"{V4}{number}"
        self.v6 = f"{V6}{number}"

    def address(self, family):
        return self.v6 if family == 6 else self.v4


class Network:
    """The hub, its hosts and the mirror. up() makes it, down() removes it in whatever state."""

    def __init__(self, lab_id, clients=3, servers=4, mirror="mirror0", **ends):
        self.prefix = f"{PREFIX}{lab_id}-"
        self.hub = f"{self.prefix}hub"
        self.mirror = mirror
        self.mirror_namespace = ends.pop("mirror_namespace", None)
        self.scanner = ends.pop("scanner", None)  # an interface from which somebody may ask
        if ends:
            raise TypeError(f"a network has no {', '.join(ends)}")
        self.servers = [Host(f"{self.prefix}s{i + 1}", 10 + i) for i in range(servers)]
        self.clients = [Host(f"{self.prefix}c{i + 1}", 100 + i) for i in range(clients)]

    def namespaces(self):
        return [self.hub] + [host.namespace for host in self.servers + self.clients]

    def up(self):
        self._refuse_foreign_mirror()
        for namespace in self.namespaces():
            run("ip", "netns", "add", namespace)
        run("ip", "-n", self.hub, "link", "add", "hub", "type", "bridge", "ageing_time", "0",
            "forward_delay", "0", "mcast_snooping", "0")
        silence(self.hub, "hub")
        run("ip", "-n", self.hub, "link", "set", "hub", "up")
        for host in self.servers + self.clients:
            self._plug_in(host)
        self._plug_in_mirror()
        if self.scanner:
            self._plug_in_scanner()

    def down(self):
        """Ends every process in our namespaces and removes them; the links go with them."""
        present = [name for name in list_namespaces() if name.startswith(self.prefix)]
        for namespace in present:
            end_processes(namespace)
        for namespace in present:
            run("ip", "netns", "del", namespace)
            shutil.rmtree(os.path.join(_NETNS, namespace), ignore_errors=True)
        self._wait_until_our_ends_are_gone()

    @staticmethod
    def write_hosts(host, names):
        """What names mean inside a host: {name: address}. `ip netns exec` shows the programs it
        starts this file as /etc/hosts."""
        directory = os.path.join(_NETNS, host.namespace)
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "hosts"), "w", encoding="ascii") as file:
            file.writelines(f"{address} {name}\n" for name, address in names.items())

    def _refuse_foreign_mirror(self):
        where = ("-n", self.mirror_namespace) if self.mirror_namespace else ()
        if f" {self.mirror}@" in run("ip", *where, "-o", "link").replace(":", " "):
            raise LabError(f"interface {self.mirror} exists already: another lab is up "
                           "(tools/lab/lab status), or choose another name with --mirror")

    def _plug_in(self, host):
        port = host.namespace.removeprefix(self.prefix)
        run("ip", "-n", self.hub, "link", "add", port, "type", "veth", "peer", "name", "eth0",
            "netns", host.namespace)
        self._attach(port)
        switch_off_offloads(host.namespace, "eth0")
        run("ip", "-n", host.namespace, "link", "set", "lo", "up")
        run("ip", "-n", host.namespace, "addr", "add", f"{host.v4}/24", "dev", "eth0")
        run("ip", "-n", host.namespace, "addr", "add", f"{host.v6}/64", "dev", "eth0", "nodad")
        run("ip", "-n", host.namespace, "link", "set", "eth0", "up")

    def _plug_in_mirror(self):
        """The mirror's own end has no address and sends nothing."""
        end = ("netns", self.mirror_namespace or str(os.getpid()))
        run("ip", "-n", self.hub, "link", "add", "mirror", "type", "veth", "peer", "name",
            self.mirror, *end)
        self._attach("mirror")
        switch_off_offloads(self.mirror_namespace, self.mirror)
        silence(self.mirror_namespace, self.mirror)
        where = ("-n", self.mirror_namespace) if self.mirror_namespace else ()
        run("ip", *where, "link", "set", self.mirror, "up", "arp", "off", "promisc", "on")

    def _plug_in_scanner(self):
        """A port of which the mirror sees nothing, and which sees only what is meant for it: else
        everything would arrive twice. Its end has no address; who scans brings one."""
        run("ip", "-n", self.hub, "link", "add", "scanner", "type", "veth", "peer", "name",
            self.scanner, "netns", str(os.getpid()))
        self._attach("scanner")
        switch_off_offloads(None, self.scanner)
        silence(None, self.scanner)
        run("ip", "link", "set", self.scanner, "up", "arp", "off")
        with open(f"/sys/class/net/{self.scanner}/address", encoding="ascii") as file:
            mac = file.read().strip()
        run(*inside(self.hub, "bridge", "fdb", "add", mac, "dev", "scanner", "master", "static"))
        run("ip", "-n", self.hub, "link", "set", "scanner", "type", "bridge_slave", "isolated",
            "on", "flood", "off")
        run("ip", "-n", self.hub, "link", "set", "mirror", "type", "bridge_slave", "isolated", "on")

    def _attach(self, port):
        switch_off_offloads(self.hub, port)
        silence(self.hub, port)
        run("ip", "-n", self.hub, "link", "set", port, "master", "hub", "up")

    def _wait_until_our_ends_are_gone(self):
        ends = [] if self.mirror_namespace else [self.mirror]
        wait_until_gone(*ends, *([self.scanner] if self.scanner else []))


def wait_until_gone(*interfaces):
    """The kernel removes the links of a dead namespace a little later, by its own worker."""
    for _ in range(100):
        if not any(os.path.exists(f"/sys/class/net/{each}") for each in interfaces):
            return
        time.sleep(0.05)


def list_namespaces():
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line.strip()]


def end_processes(namespace):
    """SIGTERM, then SIGKILL, to the processes in a namespace: they can only be ours."""
    for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 2.0)):
        deadline = time.monotonic() + patience
        pids = processes_in(namespace)
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        while processes_in(namespace) and time.monotonic() < deadline:
            time.sleep(0.02)


def processes_in(namespace):
    own = os.getpid()
    return [pid for pid in map(int, run("ip", "netns", "pids", namespace).split()) if pid != own]


def switch_off_offloads(namespace, interface):
    """Frames as they are on a wire: no bigger than the MTU, with their checksums in place."""
    command = ("ethtool", "-K", interface, "tso", "off", "gso", "off", "gro", "off", "tx", "off",
               "rx", "off")
    run(*(inside(namespace, *command) if namespace else command))


def silence(namespace, interface):
    """No router solicitation, no neighbour discovery of the hub's own ends."""
    command = ("sysctl", "-q", "-w", f"net.ipv6.conf.{interface}.disable_ipv6=1")
    run(*(inside(namespace, *command) if namespace else command))
