# SPDX-License-Identifier: Apache-2.0
"""ClientHello and ServerHello from raw bytes, and their fingerprints.

The second implementation: written from the specifications alone, sharing nothing with the product,
so that equal results mean something. It is slow and plain on purpose.
"""
import hashlib
from dataclasses import dataclass, field

GREASE = {(n << 8) | n for n in range(0x0A, 0x100, 0x10)}
HELLO_RETRY_RANDOM = hashlib.sha256(b"HelloRetryRequest").digest()  # RFC 8446 section 4.1.3
_VERSION_NAMES = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3",
                  0x0002: "s2", 0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3"}
_EMPTY_HASH = "0" * 12


class Cursor:
    """Reads big-endian fields; an IndexError says that the bytes end early."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise IndexError("bytes end early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def vector(self, length_size):
        return Cursor(self.take(self.number(length_size)))

    def left(self):
        return len(self.data) - self.at

    def numbers(self, size):
        values = []
        while self.left():
            values.append(self.number(size))
        return values


@dataclass
class Hello:
    """What both hellos have; lists are in wire order."""
    version: int
    random: bytes = b""
    ciphers: list = field(default_factory=list)  # one in a ServerHello
    extensions: list = field(default_factory=list)  # (type, body)

    def extension(self, kind):
        return next((body for number, body in self.extensions if number == kind), None)

    def extension_types(self):
        return [kind for kind, _ in self.extensions]


def parse_client_hello(raw, has_cookie=False):
    """`has_cookie`: of DTLS, RFC 6347 section 4.2.1."""
    body = Cursor(raw[4:])
    hello = Hello(body.number(2), body.take(32))
    body.vector(1)
    if has_cookie:
        body.vector(1)
    hello.ciphers = body.vector(2).numbers(2)
    body.vector(1)
    hello.extensions = _extensions(body)
    return hello


def parse_server_hello(raw):
    body = Cursor(raw[4:])
    hello = Hello(body.number(2), body.take(32))
    body.vector(1)
    hello.ciphers = [body.number(2)]
    body.number(1)
    hello.extensions = _extensions(body)
    return hello


def parse_certificates(raw):
    """The DER certificates of a Certificate message up to TLS 1.2 (RFC 5246 section 7.4.2)."""
    chain, found = Cursor(raw[4:]).vector(3), []
    while chain.left():
        found.append(chain.vector(3).data)
    return found


def sni(hello):
    body = hello.extension(0)
    if not body:
        return None
    names = Cursor(body).vector(2)
    while names.left():
        kind, name = names.number(1), names.vector(2).data
        if kind == 0:
            return name
    return None


def alpn(hello):
    body = hello.extension(16)
    if body is None:
        return None
    names, found = Cursor(body).vector(2), []
    while names.left():
        found.append(names.vector(1).data)
    return found


def offered_versions(hello):
    """supported_versions without GREASE, or None without the extension."""
    body = hello.extension(43)
    if body is None:
        return None
    return without_grease(Cursor(body).vector(1).numbers(2))


def negotiated_version(hello):
    body = hello.extension(43)
    return int.from_bytes(body[:2], "big") if body else hello.version


def without_grease(values):
    return [value for value in values if value not in GREASE]


def ja3(hello):
    groups = hello.extension(10)
    formats = hello.extension(11)
    parts = (without_grease(hello.ciphers), without_grease(hello.extension_types()),
             without_grease(Cursor(groups).vector(2).numbers(2)) if groups else [],
             Cursor(formats).vector(1).numbers(1) if formats else [])
    raw = ",".join([str(hello.version)] + ["-".join(map(str, part)) for part in parts])
    return raw, hashlib.md5(raw.encode()).hexdigest()


def ja3s(hello):
    raw = (f"{hello.version},{hello.ciphers[0]},"
           f"{'-'.join(map(str, without_grease(hello.extension_types())))}")
    return raw, hashlib.md5(raw.encode()).hexdigest()


def ja4(hello, protocol="t"):
    """A dict of ja4, ja4_r, ja4_o and ja4_ro."""
    ciphers = [f"{value:04x}" for value in without_grease(hello.ciphers)]
    kinds = [f"{value:04x}" for value in without_grease(hello.extension_types())]
    head = (f"{protocol}{_ja4_version(hello)}{'d' if '0000' in kinds else 'i'}"
            f"{min(len(ciphers), 99):02d}{min(len(kinds), 99):02d}{_alpn_part(alpn(hello))}")
    signatures = ",".join(f"{value:04x}" for value in _signature_algorithms(hello))
    sorted_kinds = sorted(kind for kind in kinds if kind not in ("0000", "0010"))
    result = {}
    for name, some_ciphers, some_kinds in (("", sorted(ciphers), sorted_kinds),
                                           ("o", ciphers, kinds)):
        b, c = ",".join(some_ciphers), ",".join(some_kinds)
        if signatures:
            c += f"_{signatures}"
        result[f"ja4_{name}" if name else "ja4"] = f"{head}_{_h12(b)}_{_h12(c)}"
        result["ja4_ro" if name else "ja4_r"] = f"{head}_{b}_{c}"
    return result


def _ja4_version(hello):
    offered = offered_versions(hello)
    if offered is None:
        return _VERSION_NAMES.get(hello.version, "00")
    # DTLS counts downwards.
    known = [value for value in offered if value >= 0xFE00] or offered
    highest = min(known) if known and known[0] >= 0xFE00 else max(offered, default=0)
    return _VERSION_NAMES.get(highest, "00")


def _alpn_part(values):
    if not values or not values[0]:
        return "00"
    first = values[0]
    if all(bytes([byte]).isalnum() for byte in (first[0], first[-1])):
        return chr(first[0]) + chr(first[-1])
    return first.hex()[0] + first.hex()[-1]


def _signature_algorithms(hello):
    body = hello.extension(13)
    return without_grease(Cursor(body).vector(2).numbers(2)) if body else []


def _h12(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else _EMPTY_HASH


def _extensions(body):
    if not body.left():
        return []
    block, found = body.vector(2), []
    while block.left():
        found.append((block.number(2), block.vector(2).data))
    return found
