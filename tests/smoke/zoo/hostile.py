# SPDX-License-Identifier: Apache-2.0
"""Which peers mean no good, where they are, and what has to be said of each."""
from dataclasses import dataclass

NETWORK = "10.81.0.0/16"
GATEWAY = "10.81.0.1"
SCANNER = "10.81.0.2"
ASKER = "10.81.0.3"
PORT = 443
HOSTS = 16  # of each kind
RAW_HOSTS = 4
SILENT = "silent"


@dataclass(frozen=True)
class Kind:
    """Without `words` its certificate must be read; else one of these says why it is not."""
    name: str  # of the function that behaves so
    number: int  # third number of its addresses
    words: tuple = ()
    speaks: str = None
    alert: int = None
    hosts: int = HOSTS

    def addresses(self):
        return [f"10.81.{self.number}.{host}" for host in range(1, self.hosts + 1)]


KINDS = (
    Kind("good", 10),
    Kind("tarpit", 11, ("timed_out",)),
    Kind("drip", 12, ("timed_out",)),
    Kind("endless_records", 13, ("too_much",)),
    Kind("endless_certificate", 14, ("too_much",)),
    Kind("noise", 15, ("not_tls", "too_much")),
    Kind("reset", 16, ("reset",)),
    Kind("close", 17, ("closed", "refused")),
    Kind("web", 18, ("not_tls",), speaks="http"),
    Kind("shell", 19, ("not_tls",), speaks="ssh"),
    Kind("alert", 20, ("refused",), alert=40),
    Kind("broken", 21, ("malformed",)),
    Kind("tiny_records", 22),
    Kind("tiny_segments", 23),
)
RAW_KINDS = tuple(Kind(name, 128 + number, words, hosts=RAW_HOSTS)
                  for number, (name, words) in enumerate((
                      ("plain", ()),
                      ("reordered", ()),
                      ("overlapping", ()),
                      ("wrong_checksums", ()),
                      ("outside_window", ()),
                      ("data_after_fin", ()),
                      ("many_syn_acks", ()),
                      ("stray_resets", ()),
                      ("tiny_window", ()),
                      ("no_window", ("timed_out",)),
                      ("reset_at_once", ("reset",)),
                      ("wrong_cookie", (SILENT,)),
                      ("wrong_reset", (SILENT,)),
                  )))
# Says yes on every port and never a word.
MIDDLEBOX = Kind("middlebox", 160, ("false_open",), hosts=1)
MIDDLEBOX_PORTS = "1-64"


def kind_of(address):
    number = int(address.split(".")[2])
    return next(kind.name for kind in (*KINDS, *RAW_KINDS, MIDDLEBOX) if kind.number == number)
