# SPDX-License-Identifier: Apache-2.0
"""The certificates of the zoo: those of the lab's authority, and the odd ones."""
import hashlib
import re
import ssl
from pathlib import Path

from appliance import check
from lab.authority import Authority
from lab.shell import run

# Subject alternative names of the long chain's leaf; with its issuers more than 8 KB of DER.
LONG_NAMES = 340
LONG_BYTES = 8192
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def sha256_list(path):
    """Of every certificate of a PEM file, in order."""
    return tuple(hashlib.sha256(der).hexdigest() for der in _ders(path))


def _ders(path):
    text = Path(path).read_text(encoding="ascii")
    return [ssl.PEM_cert_to_DER_cert(pem) for pem in _PEM.findall(text)]


class Certificates:
    """Chains by name: `pem(name)` (leaf first), `key(name)`, `leaf(name)`, `issuers(name)`."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.authority = Authority(str(self.directory))
        self.root = self.authority.root_file
        self.authority.make()
        self._self_signed("ed25519", ("-newkey", "ed25519"))
        self._self_signed("weak", ("-newkey", "rsa:1024", "-sha1"))
        self._make_long()

    def pem(self, name):
        return self.directory / f"{name}.pem"

    def key(self, name):
        return self.directory / f"{name}.key"

    def both(self, name):
        """Chain and key in one file."""
        path = self.directory / f"{name}.both"
        if not path.exists():
            path.write_bytes(self.pem(name).read_bytes() + self.key(name).read_bytes())
        return path

    def issuers(self, name):
        """The chain without its leaf, None for a certificate alone."""
        path = self.directory / f"{name}.issuers"
        text = _PEM.findall(self.pem(name).read_text(encoding="ascii"))[1:]
        if not path.exists():  # a server may be reading it
            path.write_text("\n".join(text) + "\n", encoding="ascii")
        return path if text else None

    def chain(self, name):
        return sha256_list(self.pem(name))

    def _self_signed(self, name, options):
        run("openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", f"/CN={name}.zoo.test",
            "-addext", f"subjectAltName=DNS:{name}.zoo.test", "-out", str(self.pem(name)),
            "-keyout", str(self.key(name)), *options)

    def _make_long(self):
        names = ",".join(f"DNS:host-{number:04}.long.zoo.test" for number in range(LONG_NAMES))
        parts = (("long-root", None, "basicConstraints=critical,CA:TRUE"),
                 ("long-issuer", "long-root", "basicConstraints=critical,CA:TRUE"),
                 ("long", "long-issuer", f"subjectAltName={names}"))
        for name, issuer, extension in parts:
            signed = ("-CA", str(self.pem(issuer)), "-CAkey", str(self.key(issuer))) \
                if issuer else ()
            run("openssl", "req", "-x509", "-nodes", "-days", "30", "-newkey", "rsa:2048",
                "-config", self.authority.path("ca.conf"), "-subj", f"/CN={name}.zoo.test",
                "-addext", extension, "-out", str(self.pem(name)), "-keyout",
                str(self.key(name)), *signed)
        text = "".join(self.pem(name).read_text(encoding="ascii") for name, _, _ in parts[::-1])
        self.pem("long").write_text(text, encoding="ascii")
        total = sum(map(len, _ders(self.pem("long"))))
        check(total > LONG_BYTES, f"the long chain has only {total} bytes")
