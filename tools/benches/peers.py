# SPDX-License-Identifier: Apache-2.0
"""masscan, zmap and nmap, each as its makers mean it, in namespaces on the bench's wire.

masscan has a TCP of its own: its namespace's kernel has no address, or it would reset the
connections. zmap and nmap stand on a kernel's address.
"""
import base64
import hashlib
import json
import re
import shutil
import ssl
import subprocess
import xml.etree.ElementTree as ElementTree

from benches.measured import CannotCompare, Command, Result
from benches.port_rate import PortRate
from lab.shell import inside, run
from zoo import sixteen

PROGRAMS = ("masscan", "zmap", "nmap")
WAIT_S = 3  # for late answers to SYNs, each of them
BANNER_WAIT_S = 10  # masscan's own choice: what it asks after that comes late
MASSCAN_ADDRESS = "10.80.0.8"
KERNEL_ADDRESS = "10.80.0.9"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def check_present():
    absent = [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]
    if absent:
        raise CannotCompare(f"{', '.join(absent)} not installed (tools/install_packages bench)")


def version(name):
    done = subprocess.run([name, "--version"], capture_output=True, text=True, check=False,
                          env={"PATH": _PATH})
    found = re.search(r"(?:version\s+v?|zmap\s+v?)(\d+\.\d+(?:\.\d+)?)", done.stdout + done.stderr,
                      re.IGNORECASE)
    return found.group(1) if found else ""


class Peers:
    def __init__(self, place, world):
        check_present()
        self.place = place
        self.wire = place.wire.namespace
        self.masscan = place.wire.add_host("masscan")
        self.kernel = place.wire.add_host("kernel", f"{KERNEL_ADDRESS}/{sixteen.WIRE_BITS}")
        run("ip", "-n", self.kernel, "route", "add", sixteen.NETWORK, "via", sixteen.GATEWAY)
        gateway = json.loads(run("ip", "-n", world.namespace, "-j", "link", "show", "dev", "eth0"))
        self.gateway_mac = gateway[0]["address"]

    def sweep(self, port, rate):
        """Open ports only."""
        masscan, zmap = (Result("sweep", name, version(name)) for name in ("masscan", "zmap"))
        self._masscan(masscan, port, rate)
        self._zmap(zmap, port, rate)
        return [masscan, zmap]

    def fetch(self, port, rate):
        """Certificates: by masscan alone, and by nmap of what masscan found."""
        alone = Result("fetch", "masscan --banners", version("masscan"), fetches=True)
        self._masscan(alone, port, rate, "--banners")
        zmap = Result("fetch", "zmap", version("zmap"))
        self._zmap(zmap, port, rate)
        both = Result("fetch", "masscan + nmap", version("nmap"), fetches=True)
        self._masscan(both, port, rate)
        self._nmap(both, port)
        return [alone, zmap, both]

    def _masscan(self, result, port, rate, *more):
        out = self.place.directory / "masscan.json"
        with PortRate(self.wire, "masscan") as seen:
            Command(result).run(inside(
                self.masscan, "masscan", sixteen.NETWORK, "-p", port, "--rate", rate, "--wait",
                BANNER_WAIT_S if more else WAIT_S, "--adapter", "eth0", "--adapter-ip",
                MASSCAN_ADDRESS, "--router-mac", self.gateway_mac.replace(":", "-"), "-oJ", out,
                *more))
        result.sent_per_s = max(result.sent_per_s, seen.best)
        for row in json_rows(out):
            address = row["ip"]
            for each in row["ports"]:
                service = each.get("service")
                if service is None:
                    result.hosts.add(address)
                elif service["name"] == "X509":
                    der = base64.b64decode(service["banner"])
                    result.leaves.setdefault(address, hashlib.sha256(der).hexdigest())

    def _zmap(self, result, port, rate):
        out, nothing = self.place.directory / "zmap.csv", self.place.directory / "zmap.none"
        nothing.write_text("", encoding="ascii")  # its own list leaves out private networks
        with PortRate(self.wire, "kernel") as seen:
            Command(result).run(inside(
                self.kernel, "zmap", "-q", "-p", port, "-r", rate, "-i", "eth0", "-S",
                KERNEL_ADDRESS, "-G", self.gateway_mac, "-c", WAIT_S, "-b", nothing, "-o", out,
                "-f", "saddr", "--disable-syslog", sixteen.NETWORK))
        result.sent_per_s = seen.best
        if out.exists():
            result.hosts.update(line for line in out.read_text(encoding="ascii").splitlines()
                                if line[:1].isdigit())

    def _nmap(self, result, port):
        found, out = self.place.directory / "found", self.place.directory / "nmap.xml"
        found.write_text("\n".join(sorted(result.hosts)) + "\n", encoding="ascii")
        Command(result).run(inside(
            self.kernel, "nmap", "-n", "-Pn", "-T5", "--min-hostgroup", "256", "-p", port,
            "--script", "ssl-cert", "-iL", found, "-oX", out))
        if not out.exists():
            return
        for host in ElementTree.parse(out).getroot().iter("host"):
            address = host.find("address").get("addr")
            for element in host.iter("elem"):
                if element.get("key") == "pem":
                    der = ssl.PEM_cert_to_DER_cert(element.text.strip())
                    result.leaves.setdefault(address, hashlib.sha256(der).hexdigest())


def json_rows(path):
    """masscan writes a list with a comma more or less than JSON wants."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rows = [line.strip().rstrip(",") for line in text.splitlines()]
    return [json.loads(line) for line in rows if line.startswith("{") and line.endswith("}")]
