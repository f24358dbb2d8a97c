# SPDX-License-Identifier: Apache-2.0
"""A small enterprise's certificates, made at run time with openssl.

An RSA root, an RSA and an ECDSA intermediate, and leaves of every kind the inventory must tell
apart. `openssl ca` signs, because it is the one command that takes a start date.
"""
import os

from lab.shell import run

ROOT = "Lab Root CA"
LEAVES = (
    # name, key, issuer, subject alternative names, (first day, last day) or None for one year
    ("www-rsa", "rsa", "rsa", ("www.lab.test", "lab.test"), None),
    ("www-ec", "ec", "ec", ("www.lab.test", "lab.test"), None),
    ("mail-rsa", "rsa", "rsa", ("mail.lab.test",), None),
    ("api-ec", "ec", "ec", ("api.lab.test",), None),
    ("wildcard-rsa", "rsa", "rsa", ("*.apps.lab.test",), None),
    ("wildcard-ec", "ec", "ec", ("*.apps.lab.test",), None),
    ("old-rsa", "rsa", "rsa", ("old.lab.test",), None),
    ("gnutls-ec", "ec", "ec", ("gnutls.lab.test",), None),
    ("gnutls-rsa", "rsa", "rsa", ("gnutls.lab.test",), None),
    ("expired-rsa", "rsa", "rsa", ("expired.lab.test",), ("20210101000000Z", "20220101000000Z")),
    ("client-rsa", "rsa", "rsa", ("client-one.lab.test",), None),
)

_CONFIG = """\
[ca]
default_ca = lab
[lab]
new_certs_dir = {directory}
database = {directory}/index.txt
serial = {directory}/serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = empty
prompt = no
[empty]
[ca_extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
_LEAF_SECTION = """\
[leaf]
basicConstraints = CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = {names}
"""


class Authority:
    """Keys and certificates in one directory: NAME.key, NAME.pem (leaf first, then its chain)."""

    def __init__(self, directory):
        self.directory = directory
        self.root_file = self.path("root.crt")

    def path(self, name):
        return os.path.join(self.directory, name)

    def chain(self, name):
        return self.path(f"{name}.pem")

    def issuer_file(self, name):
        """The certificate of the intermediate that signed a leaf."""
        issuer = next(leaf[2] for leaf in LEAVES if leaf[0] == name)
        return self.path(f"intermediate-{issuer}.crt")

    def key(self, name):
        return self.path(f"{name}.key")

    def make(self):
        os.makedirs(self.directory, mode=0o755, exist_ok=True)
        self._write("index.txt", "")
        self._write("serial", "4a17c0de01\n")
        self._write("ca.conf", _CONFIG.format(directory=self.directory))
        self._make_root()
        for kind in ("rsa", "ec"):
            self._make_intermediate(kind)
        for name, key, issuer, names, dates in LEAVES:
            self._make_leaf(name, key, issuer, (names, dates))
        self._make_self_signed("self-signed", "self.lab.test")

    def _make_root(self):
        self._new_key("root", "rsa")
        run("openssl", "req", "-x509", "-new", "-key", self.key("root"), "-sha256", "-days", "3650",
            "-config", self.path("ca.conf"), "-extensions", "ca_extensions",
            "-subj", f"/C=LU/O=Lab/CN={ROOT}", "-out", self.root_file)

    def _make_intermediate(self, kind):
        name = f"intermediate-{kind}"
        self._new_key(name, kind)
        self._sign(name, f"/C=LU/O=Lab/CN=Lab {kind.upper()} CA", "root",
                   ("-extensions", "ca_extensions", "-days", "1825"))

    def _make_leaf(self, name, key, issuer, names_and_dates):
        names, dates = names_and_dates
        self._new_key(name, key)
        section = _LEAF_SECTION.format(names=",".join(f"DNS:{each}" for each in names))
        self._write(f"{name}.ext", section)
        span = ("-startdate", dates[0], "-enddate", dates[1]) if dates else ("-days", "365")
        self._sign(name, f"/C=LU/O=Lab/CN={names[0]}", f"intermediate-{issuer}",
                   ("-extfile", self.path(f"{name}.ext"), "-extensions", "leaf", *span))
        with open(self.chain(name), "w", encoding="ascii") as chain:
            for part in (name, f"intermediate-{issuer}"):
                with open(self.path(f"{part}.crt"), encoding="ascii") as certificate:
                    chain.write(certificate.read())

    def _make_self_signed(self, name, host):
        self._new_key(name, "rsa")
        run("openssl", "req", "-x509", "-new", "-key", self.key(name), "-sha256", "-days", "365",
            "-config", self.path("ca.conf"), "-subj", f"/CN={host}", "-addext",
            f"subjectAltName=DNS:{host}", "-out", self.chain(name))

    def _new_key(self, name, kind):
        how = (("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048") if kind == "rsa" else
               ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        run("openssl", "genpkey", *how, "-out", self.key(name))

    def _sign(self, name, subject, issuer, options):
        request = self.path(f"{name}.csr")
        run("openssl", "req", "-new", "-key", self.key(name), "-config", self.path("ca.conf"),
            "-subj", subject, "-out", request)
        run("openssl", "ca", "-batch", "-notext", "-config", self.path("ca.conf"), "-cert",
            self.path(f"{issuer}.crt"), "-keyfile", self.key(issuer), "-in", request, "-out",
            self.path(f"{name}.crt"), *options)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
