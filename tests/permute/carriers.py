# SPDX-License-Identifier: Apache-2.0
"""An IP packet in every link type and tunnel: what stands before it, by the documents that say so.

LINKS: name: (LINKTYPE number, function). TUNNELS: name: function that gives an Ethernet frame. A
function takes the bytes of an IP packet.
"""
import struct

from packets import ip_packet

_MACS = bytes.fromhex("020000000001020000000002")
_STATION = bytes.fromhex("020000000001" "020000000002" "020000000003")


def ether_type(ip):
    return b"\x08\x00" if ip[0] >> 4 == 4 else b"\x86\xdd"


def ethernet(ip):
    return _MACS + ether_type(ip) + ip


def _tagged(*tags):
    return lambda ip: _MACS + b"".join(bytes.fromhex(tag) for tag in tags) + ether_type(ip) + ip


def _snap(ip):
    return b"\xaa\xaa\x03\0\0\0" + ether_type(ip) + ip


def _ieee_802_3(ip):
    llc = _snap(ip)
    return _MACS + struct.pack(">H", len(llc)) + llc if len(llc) <= 1500 else ethernet(ip)


def _ppp(ip):
    return (b"\x00\x21" if ip[0] >> 4 == 4 else b"\x00\x57") + ip


def _pppoe(ip):
    frame = _ppp(ip)
    return bytes.fromhex("1100 0001") + struct.pack(">H", len(frame)) + frame


def _mpls(labels):
    return b"".join(struct.pack(">I", (16 + i) << 12 | (i + 1 == labels) << 8 | 64)
                    for i in range(labels))


def _ipv4(protocol, payload):
    head = bytes.fromhex("4500 0000 0001 4000 40") + bytes([protocol]) + bytes.fromhex(
        "0000 c0000201 c0000202")
    return ip_packet(head, payload)


def _ipv6(protocol, payload):
    network = bytes.fromhex("20010db8ffff000000000000000000")
    head = bytes.fromhex("600000000000") + bytes([protocol, 64])
    return ip_packet(head + network + b"\x01" + network + b"\x02", payload)


def _udp(port, payload):
    return struct.pack(">HHHH", 50000, port, 8 + len(payload), 0) + payload


def _over_udp(port, head, inner):
    return lambda ip: ethernet(_ipv4(17, _udp(port, bytes.fromhex(head) + inner(ip))))


def _gre(head, inner):
    return lambda ip: ethernet(_ipv4(47, bytes.fromhex(head) + inner(ip)))


def _plain_gre(ip):
    return ethernet(_ipv4(47, b"\0\0" + ether_type(ip) + ip))


def _pptp(ip):
    frame = b"\xff\x03" + _ppp(ip)
    return ethernet(_ipv4(47, bytes.fromhex("3001 880b") + struct.pack(">HHI", len(frame), 1, 7) +
                          frame))


def _gtp(ip):
    head = bytes.fromhex("32ff") + struct.pack(">HI", len(ip) + 4, 9) + bytes(4)
    return ethernet(_ipv4(17, _udp(2152, head + ip)))


def _geneve_of_ip(ip):
    return ethernet(_ipv4(17, _udp(6081, bytes.fromhex("0200") + ether_type(ip) + bytes.fromhex(
        "00002a00 0102800111223344") + ip)))


def _own_number(ip):
    return 4 if ip[0] >> 4 == 4 else 41


def _teredo(ip):
    return ethernet(_ipv4(17, _udp(3544, ip if ip[0] >> 4 == 6 else _ipv6(4, ip))))


def _wlan(control, more=b""):
    return lambda ip: bytes.fromhex(control) + b"\0\0" + _STATION + b"\x10\0" + more + _snap(ip)


def _radiotap(ip):
    return bytes.fromhex("0000 0900 02000000 10") + _wlan("8802", b"\0\0")(ip) + bytes(4)


def _family(order):
    return lambda ip: struct.pack(order + "I", 2 if ip[0] >> 4 == 4 else 30) + ip


def _sll(ip):
    return bytes.fromhex("0000 0001 0006 020000000001 0000") + ether_type(ip) + ip


def _sll2(ip):
    return ether_type(ip) + bytes.fromhex("0000 00000003 0001 0006 020000000001 0000") + ip


def _pktap(ip):
    return struct.pack("<III", 108, 1, 1) + bytes(96) + ethernet(ip)


def _nflog(ip):
    family = 2 if ip[0] >> 4 == 4 else 10
    return (bytes([family, 0, 0, 5]) + struct.pack("<HH", len(ip) + 4, 9) + ip +
            bytes(-len(ip) % 4))


LINKS = {
    "raw": (101, lambda ip: ip),
    "sll": (113, _sll),
    "sll2": (276, _sll2),
    "null-le": (0, _family("<")),
    "null-be": (0, _family(">")),
    "loop": (108, _family(">")),
    "ppp": (9, _ppp),
    "ppp-hdlc": (50, lambda ip: b"\xff\x03" + _ppp(ip)),
    "ppp-with-dir": (204, lambda ip: b"\x01\xff\x03" + _ppp(ip)),
    "pppoe-link": (51, _pppoe),
    "cisco-hdlc": (104, lambda ip: b"\x0f\0" + ether_type(ip) + ip),
    "802.11": (105, _wlan("0801")),
    "802.11-qos-4-addresses": (105, _wlan("8803", bytes(8))),
    "radiotap": (127, _radiotap),
    "prism": (119, lambda ip: struct.pack("<II", 0x44, 144) + bytes(136) + _wlan("0801")(ip)),
    "avs": (163, lambda ip: struct.pack(">II", 0x80211001, 64) + bytes(56) + _wlan("0801")(ip)),
    "ppi": (192, lambda ip: struct.pack("<BBHI", 0, 0, 8, 105) + _wlan("0801")(ip)),
    "pktap": (258, _pktap),
    "nflog": (239, _nflog),
}

TUNNELS = {
    "802.3-snap": _ieee_802_3,
    "vlan": _tagged("81000007"),
    "qinq": _tagged("88a80007", "81000008"),
    "three-tags": _tagged("88a80007", "81000008", "81000009"),
    "pppoe": lambda ip: _MACS + b"\x88\x64" + _pppoe(ip),
    "mpls": lambda ip: _MACS + b"\x88\x47" + _mpls(1) + ip,
    "mpls-3": lambda ip: _MACS + b"\x88\x47" + _mpls(3) + ip,
    "mpls-pseudowire": lambda ip: _MACS + b"\x88\x47" + _mpls(2) + bytes(4) + ethernet(ip),
    "gre": _plain_gre,
    "gre-everything": lambda ip: ethernet(_ipv4(47, bytes.fromhex("b000") + ether_type(ip) +
                                                bytes(4) + bytes(8) + ip)),
    "gre6": lambda ip: ethernet(_ipv6(47, b"\0\0" + ether_type(ip) + ip)),
    "nvgre": _gre("2000 6558 00002a01", ethernet),
    "pptp": _pptp,
    "erspan-1": _gre("0000 88be", ethernet),
    "erspan-2": _gre("1000 88be 00000009 10070001 00000003", ethernet),
    "erspan-3": _gre("1000 22eb 00000009 20070001 00001234 0000 0001 1122334455667788", ethernet),
    "ip-in-ip": lambda ip: ethernet(_ipv4(_own_number(ip), ip)),
    "ip-in-ipv6": lambda ip: ethernet(_ipv6(_own_number(ip), ip)),
    "vxlan": _over_udp(4789, "08000000 00002a00", ethernet),
    "vxlan-gpe": _over_udp(4790, "0c000003 00002a00", ethernet),
    "geneve": _over_udp(6081, "00006558 00002a00", ethernet),
    "geneve-ip": _geneve_of_ip,
    "gtp-u": _gtp,
    "teredo": _teredo,
    "l2tp": _over_udp(1701, "0002 0001 0002 ff03", _ppp),
    "capwap": _over_udp(5247, "00100300 00000000", _wlan("0801")),
    "vxlan-in-gtp": lambda ip: _gtp(_over_udp(4789, "08000000 00002a00", ethernet)(ip)[14:]),
}
