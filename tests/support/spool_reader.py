#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the files of a spool as control/spool/README.md describes them, by Debian's xxhash and
zstandard modules: the second implementation that the first is compared with.

    spool_reader.py DIRECTORY     a line each: epoch seq rows scan audit XXH3(payload)
"""
import re
import struct
import sys
from pathlib import Path

import xxhash
import zstandard

MARK = struct.Struct(">3scBBHqq3Q3QIIQQ")
NAME = re.compile(r"(\d+)([-+])(\d+)(?:\.open|-(\d+)\.r(\d+)\+(\d+)\.s(\d+)\+(\d+)\.a(\d+)\+(\d+)"
                  r"\.sealed)")


def read_mark(data, at, part):
    """The mark's fields at a place in the file, or None where there is no whole one."""
    if len(data) - at < MARK.size:
        return None
    fields = MARK.unpack_from(data, at)
    begins, kind, version, codec, zero = fields[:5]
    sum_at = at + MARK.size - 8
    if begins != b"\x8fts" or kind != part or version != 1 or codec > 1 or zero != 0:
        return None
    if fields[-1] != xxhash.xxh3_64_intdigest(data[at:sum_at]):
        return None
    return fields


def records_of(path):
    """(epoch, seq, load, payload) of each record of a file that nothing was done to."""
    data = path.read_bytes()
    at = 0
    before = None
    while at < len(data):
        head = read_mark(data, at, b"h")
        if head is None:
            raise ValueError(f"{path.name}: no head at {at}")
        codec, epoch, seq = head[3], head[5], head[6]
        load = head[10:13]
        payload_bytes, stored_bytes, stored_sum = head[13:16]
        if before is not None and head[7:10] != before:
            raise ValueError(f"{path.name}: the sums before record {seq} do not follow")
        before = tuple(map(sum, zip(head[7:10], load)))
        stored = data[at + MARK.size:at + MARK.size + stored_bytes]
        if xxhash.xxh3_64_intdigest(stored) != stored_sum:
            raise ValueError(f"{path.name}: the payload of record {seq} is damaged")
        payload = zstandard.ZstdDecompressor().decompress(stored) if codec == 1 else stored
        if len(payload) != payload_bytes:
            raise ValueError(f"{path.name}: record {seq} has another length")
        at += MARK.size + stored_bytes
        foot = read_mark(data, at, b"f")
        if foot is None or foot[2:16] != head[2:16]:
            raise ValueError(f"{path.name}: the foot of record {seq} differs from its head")
        at += MARK.size
        yield epoch, seq, load, payload


def check_name(path, records):
    """The name of a sealed segment says what is in it."""
    found = NAME.fullmatch(path.name)
    if not found:
        raise ValueError(f"{path.name}: no segment's name")
    epoch, _, first, last, *sums = found.groups()
    if int(epoch) != records[0][0] or int(first) != records[0][1]:
        raise ValueError(f"{path.name}: begins with another record")
    if last is None:
        return
    if int(last) != records[-1][1]:
        raise ValueError(f"{path.name}: ends with another record")
    for i in range(3):
        if int(sums[2 * i + 1]) != sum(record[2][i] for record in records):
            raise ValueError(f"{path.name}: has other sums")


def read_spool(directory):
    """All records, in order."""
    segments = []
    for path in Path(directory).iterdir():
        if path.suffix in (".open", ".sealed"):
            records = list(records_of(path))
            if records:
                check_name(path, records)
                segments.append(records)
    segments.sort(key=lambda records: records[0][:2])
    return [record for records in segments for record in records]


def main():
    for epoch, seq, load, payload in read_spool(sys.argv[1]):
        print(epoch, seq, *load, f"{xxhash.xxh3_64_intdigest(payload):016x}")


if __name__ == "__main__":
    main()
