#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speaks dialogues for which Debian has no program, against real programs on the other side.

    scripted.py serve mssql|telnet|irc|nntp|ldap ADDRESS PORT CERTIFICATE KEY   until it is ended
    scripted.py ask rdp|vnc PORT NAME                                one handshake
"""
import socket
import ssl
import struct
import sys
import threading

TDS_HEADER = 8
PRELOGIN = 0x12
TDS_PACKET = 512  # small, so that a certificate takes several


def exactly(connection, count):
    got = b""
    while len(got) < count:
        piece = connection.recv(count - len(got))
        if not piece:
            raise ConnectionError("closed by the other side")
        got += piece
    return got


def until(connection, mark):
    got = b""
    while mark not in got:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError("closed by the other side")
        got += piece


def tls_in_tds(connection, context):
    """MS-TDS 2.2.6.5: PRELOGIN answered with ENCRYPT_ON, then TLS in packets of the same type."""
    exactly(connection, struct.unpack(">2xH4x", exactly(connection, TDS_HEADER))[0] - TDS_HEADER)
    version, encryption = struct.pack(">BHH", 0, 11, 6), struct.pack(">BHH", 1, 17, 1)
    options = version + encryption + b"\xff" + bytes((16, 0, 0x10, 0, 0, 0)) + b"\x01"
    connection.sendall(struct.pack(">BBHHBB", 4, 1, TDS_HEADER + len(options), 0, 1, 0) + options)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_side=True)
    done = False
    while not done:
        try:
            session.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        flight = outgoing.read()
        pieces = [flight[at:at + TDS_PACKET - TDS_HEADER]
                  for at in range(0, len(flight), TDS_PACKET - TDS_HEADER)]
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            connection.sendall(struct.pack(">BBHHBB", PRELOGIN, int(last), TDS_HEADER + len(piece),
                                           0, number & 0xff, 0) + piece)
        if not done:
            length = struct.unpack(">2xH4x", exactly(connection, TDS_HEADER))[0]
            incoming.write(exactly(connection, length - TDS_HEADER))


def telnet(connection):
    """draft-altman-telnet-starttls: DO START_TLS, then FOLLOWS in both directions."""
    connection.sendall(b"\xff\xfd\x2e")
    until(connection, b"\xff\xfa\x2e\x01\xff\xf0")
    connection.sendall(b"\xff\xfa\x2e\x01\xff\xf0")


def irc(connection):
    until(connection, b"STARTTLS\r\n")
    connection.sendall(b":irc.test 670 * :STARTTLS successful, go ahead\r\n")


def nntp(connection):
    """RFC 4642."""
    connection.sendall(b"200 news.test ready\r\n")
    until(connection, b"CAPABILITIES\r\n")
    connection.sendall(b"101 Capabilities:\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n")
    until(connection, b"STARTTLS\r\n")
    connection.sendall(b"382 Continue with TLS negotiation\r\n")


def ldap(connection):
    """RFC 4511 4.14, in the long lengths of Active Directory."""
    name = b"1.3.6.1.4.1.1466.20037"
    until(connection, name)
    result = b"\x0a\x01\x00\x04\x00\x04\x00\x8a" + bytes((len(name),)) + name
    response = b"\x02\x01\x01\x78\x84" + struct.pack(">I", len(result)) + result
    connection.sendall(b"\x30\x84" + struct.pack(">I", len(response)) + response)


def serve_one(connection, protocol, context):
    try:
        with connection:
            connection.settimeout(10)
            if protocol == "mssql":
                tls_in_tds(connection, context)
            else:
                {"telnet": telnet, "irc": irc, "nntp": nntp, "ldap": ldap}[protocol](connection)
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    encrypted.recv(100)
    except (OSError, ConnectionError) as error:
        print(f"{protocol}: {error}", flush=True)


def serve(protocol, address, port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((address, int(port))) as listening:
        while True:
            connection = listening.accept()[0]
            threading.Thread(target=serve_one, args=(connection, protocol, context),
                             daemon=True).start()


def ask_rdp(connection):
    """MS-RDPBCGR 2.2.1.1: Connection Request for TLS, then its confirmation."""
    connection.sendall(bytes.fromhex("030000130ee00000000000010008000100 0000".replace(" ", "")))
    answer = exactly(connection, 19)
    if answer[11:12] != b"\x02":
        raise ConnectionError(f"no TLS: {answer.hex()}")


def ask_vnc(connection):
    """RFC 6143 7.1, then VeNCrypt 0.2 with X509None (260)."""
    exactly(connection, 12)
    connection.sendall(b"RFB 003.008\n")
    exactly(connection, exactly(connection, 1)[0])
    connection.sendall(b"\x13")
    exactly(connection, 2)
    connection.sendall(b"\x00\x02")
    exactly(connection, 1)
    exactly(connection, 4 * exactly(connection, 1)[0])
    connection.sendall(struct.pack(">I", 260))
    if exactly(connection, 1) != b"\x01":
        raise ConnectionError("X509None refused")


def ask(protocol, port, name):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as connection:
        {"rdp": ask_rdp, "vnc": ask_vnc}[protocol](connection)
        with context.wrap_socket(connection, server_hostname=name) as encrypted:
            print(encrypted.version())


if __name__ == "__main__":
    {"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
