# SPDX-License-Identifier: Apache-2.0
"""What a TLS server says to a hello, as bytes, for peers that then do odd things with them."""
import ssl
import struct

HANDSHAKE = 22
RECORD_HEADER = 5


def context_of(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def is_whole(heard):
    """A first record is there."""
    return len(heard) >= RECORD_HEADER and \
        len(heard) >= RECORD_HEADER + struct.unpack(">H", heard[3:5])[0]


def flight(context, hello):
    """The server's first flight: through its Certificate, or an alert."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    try:
        session.do_handshake()
    except ssl.SSLError:  # it wants more, or it has refused: both are in what it said
        pass
    return outgoing.read()


def in_tiny_records(said):
    """The same with one byte of a handshake message in each record that is not sealed."""
    out, at = b"", 0
    while at + RECORD_HEADER <= len(said):
        kind, version, length = struct.unpack(">BHH", said[at:at + RECORD_HEADER])
        body = said[at + RECORD_HEADER:at + RECORD_HEADER + length]
        at += RECORD_HEADER + length
        if kind == HANDSHAKE:
            out += b"".join(struct.pack(">BHHB", kind, version, 1, byte) for byte in body)
        else:
            out += struct.pack(">BHH", kind, version, length) + body
    return out


def record(kind, body):
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def server_hello():
    """TLS 1.2 with a suite that every hello of ours offers."""
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2f" + b"\x00" + b"\x00\x00"
    return b"\x02" + struct.pack(">I", len(body))[1:] + body
