# SPDX-License-Identifier: Apache-2.0
"""SYNs on a wire (veth) where nobody answers, beside masscan, zmap and testpmd's `txonly` on it.

The wire drops what comes at its far end, for all alike: what is measured is the sending.
"""
import json
import os
import subprocess
import time

from appliance import TAPSEAL
from benches.measured import CannotCompare, Command, Result, children_s, tree_s
from benches.port_rate import PortRate
from benches.series import OURS, Budget, Case
from lab.shell import inside, run
from zoo.scanning import scan, scanner
from zoo.wire import DAEMON_PORT, Wire

INTERFACE = "bench0"
NETWORK = "10.64.0.0/11"  # two million addresses
GATEWAY, SCANNER, MASSCAN, ZMAP = "10.80.0.1", "10.80.0.2", "10.80.0.8", "10.80.0.9"
NO_LIMIT = 50_000_000
FRAME_BYTES = 74
TXONLY_S = 4
TXONLY = "testpmd txonly"
_SETTINGS = {"addresses": [f"{SCANNER}/24"], "gateways": [GATEWAY], "allow": [NETWORK],
             "rate_max": NO_LIMIT, "rate": NO_LIMIT, "host_rate_max": NO_LIMIT,
             "subnet_rate_max": NO_LIMIT,
             "wait": "1s"}
KERNEL_PORT = "kernel"  # zmap stands on a kernel's address, in a namespace of its own
_DROP = f"""table netdev far_end {{
  chain arrives {{ type filter hook ingress devices = {{ {DAEMON_PORT}, {KERNEL_PORT} }} priority 0;
    ip daddr 10.64.0.0/10 drop
  }}
}}
"""
_RATE, _COST = "SYNs on a veth", "SYNs on a veth: processor time of a million"


def cases(directory, options):
    """And what is asked of them."""
    if not TAPSEAL.exists():
        raise CannotCompare(f"{TAPSEAL} is not built")
    rate, cost = Case(_RATE, "frames/s"), Case(_COST, "CPU s", more_is_better=False)
    wire = Wire("bench", INTERFACE)
    try:
        wire.up()
        gateway = wire.add_host("gateway", f"{GATEWAY}/24")
        wire.add_host(KERNEL_PORT, f"{ZMAP}/24")
        wire.rules(wire.namespace, _DROP)
        mac = json.loads(run("ip", "-n", gateway, "-j", "link", "show", "dev", "eth0"))
        for _ in range(min(options.rounds, 3)):
            for subject, measure in ((OURS, _tapseal), (TXONLY, _txonly),
                                     ("masscan", _masscan), ("zmap", _zmap)):
                result = Result("wire", subject)
                frames = _frames(wire)
                measure(result, wire, (directory, mac[0]["address"]))
                rate.failure = rate.failure or result.failure
                rate.add(subject, result.sent_per_s)
                cost.add(subject, result.cpu_s / max(_frames(wire) - frames, 1) * 1e6)
    finally:
        wire.down()
    return [rate, cost], [Budget(_RATE, 0.95, at_least=True, peer=TXONLY),
                          Budget(_COST, 1.15, at_least=False, peer=TXONLY)]


def _frames(wire):
    links = json.loads(run("ip", "-n", wire.namespace, "-s", "-j", "link", "show"))
    return sum(link["stats64"]["rx"]["packets"] for link in links
               if link["ifname"] in (DAEMON_PORT, KERNEL_PORT))


def _tapseal(result, wire, place):
    with scanner(place[0], INTERFACE, _SETTINGS) as appliance:
        roots = [pid for pid in (appliance.pid(), appliance.database_pid()) if pid]
        before = tree_s(*roots) + children_s()
        with PortRate(wire.namespace, DAEMON_PORT) as seen:
            scan(appliance, NETWORK, "-p", 9, "--rate", NO_LIMIT, "--attempts", 1, timeout=300)
            result.cpu_s = tree_s(*roots) + children_s() - before
        result.sent_per_s = seen.best
        appliance.down()


def _txonly(result, wire, place):
    words = ["dpdk-testpmd", "--no-huge", "--no-shconf", "-m", "256", "--no-pci", "-l", "0,1",
             "--vdev", f"net_af_packet0,iface={INTERFACE},framesz=2048,blocksz=65536,"
             "framecnt=2048", "--", "--forward-mode=txonly", f"--txpkts={FRAME_BYTES}",
             f"--eth-peer=0,{place[1]}", f"--tx-ip={SCANNER},10.64.0.1",
             "--total-num-mbufs=8192", "--no-lsc-interrupt"]
    with PortRate(wire.namespace, DAEMON_PORT) as seen:
        before = children_s()
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            time.sleep(TXONLY_S)
            said = process.communicate("\n", timeout=60)[1]
        if process.returncode != 0:
            result.failure = f"{TXONLY}: {said.strip()[-400:]}"
        result.cpu_s = children_s() - before
    result.sent_per_s = seen.best


def _masscan(result, wire, place):
    with PortRate(wire.namespace, DAEMON_PORT) as seen:
        Command(result).run(["masscan", NETWORK, "-p", "9", "--rate", NO_LIMIT, "--wait", "1",
                             "--adapter", INTERFACE, "--adapter-ip", MASSCAN, "--router-mac",
                             place[1].replace(":", "-"), "-oJ", os.devnull])
    result.sent_per_s = seen.best


def _zmap(result, wire, place):
    nothing = place[0] / "zmap.none"
    nothing.write_text("", encoding="ascii")  # its own list leaves out private networks
    with PortRate(wire.namespace, KERNEL_PORT) as seen:
        Command(result).run(inside(f"{wire.prefix}-{KERNEL_PORT}", "zmap", "-q", "-p", "9", "-B",
                                   "10G", "-i", "eth0", "-S", ZMAP, "-G", place[1], "-c", "1",
                                   "-b", nothing, "-o", os.devnull, "--disable-syslog", NETWORK))
    result.sent_per_s = seen.best
