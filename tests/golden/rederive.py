# SPDX-License-Identifier: Apache-2.0
"""Makes fingerprints again from the raw strings of a record: what is kept must be enough for it.

Written from the methods' descriptions (spec: JA4.md, the README of salesforce/ja3), apart from the
product and from tests/support/hello.py, which start from bytes.
"""
import hashlib

_NOTHING = "0" * 12


def md5_of(raw):
    """JA3 and JA3S."""
    return hashlib.md5(raw.encode()).hexdigest()


def _short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else _NOTHING


def ja4_of(raw):
    """JA4 and JA4_o: head_ciphers_extensions, and signature algorithms where there are any. The
    list of ciphers may be empty, and so may be the one of extensions."""
    head, ciphers, rest = raw.split("_", 2)
    return f"{head}_{_short(ciphers)}_{_short(rest)}"


def ja4s_of(raw):
    head, cipher, extensions = raw.split("_")
    return f"{head}_{cipher}_{_short(extensions)}"


def ja4x_of(raw):
    return "_".join(_short(part) for part in raw.split("_"))


# (hash, raw, how): of a session, and of a certificate.
_SESSION = (("ja3", "ja3_full", md5_of), ("ja3s", "ja3s_full", md5_of), ("ja4", "ja4_r", ja4_of),
            ("ja4_o", "ja4_ro", ja4_of), ("ja4s", "ja4s_r", ja4s_of))
_CERTIFICATE = (("ja4x", "ja4x_r", ja4x_of),)


def mismatches(record):
    """One text for each fingerprint of a record that its raw string does not give."""
    wrong = _wrong(record, _SESSION, "")
    for kind in ("certs", "client_certs"):
        for index, certificate in enumerate(record.get(kind) or []):
            wrong += _wrong(certificate, _CERTIFICATE, f"{kind}[{index}].")
    return wrong


def _wrong(record, methods, where):
    out = []
    for name, raw_name, derive in methods:
        value, raw = record.get(name), record.get(raw_name)
        if (value is None) != (raw is None):
            out.append(f"{where}{name}: of it and {raw_name} one is missing")
        elif value is not None and _derived(derive, raw) != value:
            out.append(f"{where}{name}: {raw_name} gives {_derived(derive, raw)}, found {value}")
    return out


def _derived(derive, raw):
    try:
        return derive(raw)
    except ValueError:
        return "nothing: it has too few parts"
