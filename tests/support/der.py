# SPDX-License-Identifier: Apache-2.0
"""The facts of a certificate from its DER, by walking it (X.690, RFC 5280 section 4.1)."""
import hashlib
from datetime import datetime, timedelta

_TEXT_CODECS = {0x0C: "utf-8", 0x13: "latin-1", 0x14: "latin-1", 0x16: "latin-1", 0x12: "latin-1",
                0x1A: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_COMMON_NAME = "2.5.4.3"


def children(data):
    """(tag, content, whole element) of each element in `data`; ValueError when it is cut."""
    at = 0
    while at < len(data):
        start = at
        tag, at = data[at], at + 1
        if tag & 0x1F == 0x1F:
            raise ValueError("tag of several bytes")
        size, at = data[at], at + 1
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        if at + size > len(data):
            raise ValueError("element is cut")
        yield tag, data[at:at + size], data[start:at + size]
        at += size


def dotted(content):
    """An OBJECT IDENTIFIER's content as text."""
    arcs, value = [], 0
    for byte in content:
        value = (value << 7) | (byte & 0x7F)
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))


def certificate_facts(der):
    """The fields the golden files have, except JA4X."""
    facts = {"sha1": hashlib.sha1(der).hexdigest(), "sha256": hashlib.sha256(der).hexdigest(),
             "size": len(der)}
    _, certificate, _ = next(children(der))
    _, to_be_signed, _ = next(children(certificate))
    fields = list(children(to_be_signed))
    if fields[0][0] == 0xA0:
        fields.pop(0)
    serial, _, issuer, validity, subject = (content for _, content, _ in fields[:5])
    dates = [_time(tag, content) for tag, content, _ in children(validity)]
    issuer_name, subject_name = _name(issuer), _name(subject)
    facts.update(
        subject=subject_name, issuer=issuer_name, subject_cn=_common_name(subject_name),
        issuer_cn=_common_name(issuer_name), not_before=dates[0], not_after=dates[1],
        serial=(serial[1:] if len(serial) > 1 and serial[0] == 0 else serial).hex(),
        spki_sha256=hashlib.sha256(fields[5][2]).hexdigest())
    return facts


def _name(content):
    attributes = []
    for _, relative, _ in children(content):
        for _, attribute, _ in children(relative):
            (_, oid, _), (tag, value, _) = list(children(attribute))[:2]
            attributes.append([dotted(oid), _text(tag, value)])
    return attributes


def _text(tag, value):
    try:
        return value.decode(_TEXT_CODECS.get(tag, "utf-8"))
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _common_name(name):
    found = [value for oid, value in name if oid == _COMMON_NAME]
    return found[-1] if found else None


def _time(tag, content):
    text = content.decode("ascii")
    if tag == 0x17:  # UTCTime: RFC 5280 section 4.1.2.5.1
        text = ("20" if int(text[:2]) < 50 else "19") + text
    zone = text[14:] if text[12:14].isdigit() else text[12:]
    stamp = text[:14] if text[12:14].isdigit() else text[:12] + "00"
    moment = datetime.strptime(stamp, "%Y%m%d%H%M%S")
    if zone and zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        moment = moment - offset if zone[0] == "+" else moment + offset
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
