# SPDX-License-Identifier: Apache-2.0
"""A /16 of which every address answers, or does not, by a rule that anybody can compute.

One namespace has all of it as local routes, one nginx listens on every address, and nftables keeps
those that are not open from it. Which certificate an open one has is said by its last digit.
"""
import ipaddress

from lab.shell import inside, run
from zoo.certificates import Certificates

NETWORK = "10.79.0.0/16"
SIZE = 65536
PORT = 443
GATEWAY = "10.80.0.1"
SCANNER = "10.80.0.2"
ASKER = "10.80.0.3"
WIRE_BITS = 24
SETTINGS = {"addresses": [f"{SCANNER}/{WIRE_BITS}"], "gateways": [GATEWAY], "allow": [NETWORK],
            "rate_max": 20000, "rate": 20000, "host_rate_max": 1000, "subnet_rate_max": 20000}
# Of 65,536: how many are open, closed, unreachable; the rest is silent.
SHARES = (2048, 16384, 8192)
SHARES_FULL = (32768, 8192, 4096)
CHAINS = ("www-rsa", "www-ec", "mail-rsa", "api-ec", "wildcard-rsa", "wildcard-ec", "old-rsa",
          "gnutls-ec", "gnutls-rsa", "expired-rsa")  # by the last digit
# nftables' word, RFC 792's and 1812's code of "destination unreachable".
ICMP = (("net-unreachable", 0), ("host-unreachable", 1), ("port-unreachable", 3),
        ("admin-prohibited", 13))
_FIRST = int(ipaddress.ip_address("10.79.0.0"))

_NGINX = """\
daemon off;
worker_processes 2;
worker_rlimit_nofile 65536;
user root;
pid {home}/nginx.pid;
error_log {home}/error.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  map $server_addr $chain {{
{chains}  }}
  server {{
    listen 443 ssl backlog=32768 reuseport;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_certificate {certificates}/$chain.pem;
    ssl_certificate_key {certificates}/$chain.key;
    return 200;
  }}
}}
"""
_SYSCTLS = ("net.ipv4.icmp_ratemask=0", "net.core.somaxconn=32768",
            "net.ipv4.tcp_max_syn_backlog=32768")


def address_of(number):
    return str(ipaddress.ip_address(_FIRST + number))


def mixed(number):
    """32 bits that have nothing to do with their neighbours'."""
    value = (number + 1) * 0x9E3779B1 & 0xffffffff
    value = (value ^ value >> 15) * 0x85EBCA6B & 0xffffffff
    return (value ^ value >> 13) & 0xffffffff


def class_of(number, shares=SHARES):
    """(outcome, ICMP's code or None) of the address with this number."""
    open_ones, closed, unreachable = shares
    place = mixed(number) >> 16
    if place < open_ones:
        return "open", None
    if place < open_ones + closed:
        return "closed", None
    if place < open_ones + closed + unreachable:
        return "unreachable", ICMP[mixed(number) & 3][1]
    return "silent", None


def chain_of(number):
    """Name of the chain of an open one."""
    return CHAINS[int(address_of(number)[-1])]


def _rules(shares):
    words = {"open": "accept", "closed": "jump refuse", "silent": "drop"}
    words_of_code = {code: f"jump icmp{code}" for _, code in ICMP}
    rows = ", ".join(f"{address_of(number)} : {words_of_code.get(code) or words[outcome]}"
                     for number in range(SIZE)
                     for outcome, code in (class_of(number, shares),))
    chains = "".join(f"  chain icmp{code} {{ reject with icmp type {name}; }}\n"
                     for name, code in ICMP)
    return (f"table ip world {{\n  chain refuse {{ reject with tcp reset; }}\n{chains}"
            f"  map classes {{ type ipv4_addr : verdict; elements = {{ {rows} }} }}\n"
            "  chain arrives { type filter hook input priority 0;\n"
            "    tcp flags & (syn | ack) == syn ip daddr vmap @classes\n  }\n}\n")


class Sixteen:
    """Starts it at the far end of a WirePlace's wire."""

    def __init__(self, place, shares=SHARES):
        self.shares = shares
        self.certificates = Certificates(place.directory / "authority")
        self.namespace = place.wire.add_host("world", f"{GATEWAY}/{WIRE_BITS}")
        for setting in _SYSCTLS:
            run(*inside(self.namespace, "sysctl", "-q", "-w", setting))
        run("ip", "-n", self.namespace, "route", "add", "local", NETWORK, "dev", "lo")
        place.wire.rules(self.namespace, _rules(shares))
        home = place.folder("nginx")
        chains = "".join(f"    ~{digit}$ {name};\n" for digit, name in enumerate(CHAINS))
        config = home / "nginx.conf"
        config.write_text(_NGINX.format(home=home, chains=chains,
                                        certificates=self.certificates.directory),
                          encoding="ascii")
        place.at("0.0.0.0", self.namespace).spawn("nginx", "-p", home, "-c", config)
        place.wait_for_port(PORT)
        self._chains = {name: self.certificates.chain(name) for name in CHAINS}

    def outcome(self, number):
        return class_of(number, self.shares)[0]

    def icmp_code(self, number):
        return class_of(number, self.shares)[1]

    def chain(self, number):
        return self._chains[chain_of(number)]
