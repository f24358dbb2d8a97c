# SPDX-License-Identifier: Apache-2.0
"""Where servers stand that are to be scanned: on a wire, on standard ports, with all of TLS."""
from dialogues.place import Place
from zoo.wire import Wire

OLD = """\
openssl_conf = modules
[modules]
ssl_conf = protocols
[protocols]
system_default = old
[old]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""


class WirePlace(Place):
    """Its servers are started wherever it stands: see at()."""

    versions = ("TLSv1.2", "TLSv1.3")

    def __init__(self, directory, name, interface, wire=None):
        super().__init__(directory)
        self.wire = wire or Wire(name, interface)
        (directory / "openssl.cnf").write_text("", encoding="utf-8")
        (directory / "gnutls.conf").write_text("", encoding="utf-8")
        old = directory / "old.cnf"
        old.write_text(OLD, encoding="utf-8")
        self.old = {"OPENSSL_CONF": str(old)}  # for servers that speak TLS 1.0 or have small keys

    def __enter__(self):
        try:
            self.wire.up()
        except BaseException:
            self.wire.down()
            raise
        return self

    def __exit__(self, *_):
        self.end_processes()
        self.wire.down()

    def at(self, address, namespace=None):
        """From now on servers listen there."""
        self.address = address
        self.namespace = namespace or self.namespace
        return self

    def port(self, uncommon, standard):
        return standard
