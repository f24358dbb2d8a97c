# SPDX-License-Identifier: Apache-2.0
"""The whole lab as one object: network, certificates, servers and traffic."""
import json
import os
import shutil

from lab.authority import Authority
from lab.network import PREFIX, Network, list_namespaces
from lab.servers import Servers
from lab.shell import LabError
from lab.traffic import make_traffic

_RUN = "/run"


class Lab:
    """Use it as a context manager, or call up() and down(); down() works from any state."""

    def __init__(self, lab_id="main", **network_options):
        self.lab_id = lab_id
        self.options = network_options
        self.work = os.path.join(_RUN, f"{PREFIX}{lab_id}")
        self.network = Network(lab_id, **network_options)
        self.authority = Authority(os.path.join(self.work, "authority"))
        self.servers = Servers(self.network, self.authority, self.work)

    @classmethod
    def that_is_up(cls, lab_id="main"):
        try:
            with open(os.path.join(_RUN, f"{PREFIX}{lab_id}", "options.json"),
                      encoding="utf-8") as file:
                return cls(lab_id, **json.load(file))
        except FileNotFoundError:
            raise LabError(f"no lab '{lab_id}' is up; start one with: tools/lab/lab up") from None

    def up(self):
        if os.path.exists(self.work) or self._namespaces_present():
            raise LabError(f"lab '{self.lab_id}' is up already, or was left behind; remove it: "
                           f"tools/lab/lab --id {self.lab_id} down")
        try:
            os.makedirs(self.work, mode=0o755)
            with open(os.path.join(self.work, "options.json"), "w", encoding="utf-8") as file:
                json.dump(self.options, file)
            self.network.up()
            self.authority.make()
            self.servers.up()
        except BaseException:
            self.down()
            raise

    def down(self):
        self.network.down()
        shutil.rmtree(self.work, ignore_errors=True)

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def traffic(self, handshakes, on_line=None):
        return make_traffic(self.network, self.authority.directory, handshakes, on_line)

    def describe(self):
        servers = ", ".join(host.v4 for host in self.network.servers)
        return (f"lab '{self.lab_id}': mirror {self.network.mirror}, "
                f"{len(self.network.clients)} clients, servers {servers}; "
                f"root certificate {self.authority.root_file}")

    def _namespaces_present(self):
        return any(name.startswith(self.network.prefix) for name in list_namespaces())


def labs_that_are_up():
    ids = sorted(name.removeprefix(PREFIX) for name in os.listdir(_RUN) if name.startswith(PREFIX))
    return [Lab.that_is_up(lab_id) for lab_id in ids]
