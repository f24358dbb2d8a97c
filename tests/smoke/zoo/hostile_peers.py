#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that mean no good, on the kernel's own TCP; runs inside a namespace.

    hostile_peers.py CERTIFICATE KEY

Listens on every address. The third number of the address that was connected to says how it behaves:
see hostile.KINDS.
"""
import asyncio
import os
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from zoo import flights, hostile  # noqa: E402

HUGE = 16 * 1024 * 1024 - 1


async def hello_of(reader):
    heard = b""
    while not flights.is_whole(heard):
        piece = await reader.read(4096)
        if not piece:
            raise ConnectionError("closed before its hello")
        heard += piece
    return heard


async def send(writer, said):
    writer.write(said)
    await writer.drain()


async def tarpit(reader, writer, context):
    await asyncio.sleep(3600)


async def drip(reader, writer, context):
    for byte in flights.flight(context, await hello_of(reader)):
        await send(writer, bytes((byte,)))
        await asyncio.sleep(1)


async def good(reader, writer, context):
    await send(writer, flights.flight(context, await hello_of(reader)))
    await asyncio.sleep(5)


async def tiny_records(reader, writer, context):
    await send(writer, flights.in_tiny_records(flights.flight(context, await hello_of(reader))))
    await asyncio.sleep(5)


async def tiny_segments(reader, writer, context):
    for byte in flights.flight(context, await hello_of(reader)):
        await send(writer, bytes((byte,)))
    await asyncio.sleep(5)


async def endless_records(reader, writer, context):
    """Warnings that nobody has to answer."""
    await hello_of(reader)
    while True:
        await send(writer, flights.record(21, b"\x01\x5a") * 100)


async def endless_certificate(reader, writer, context):
    await hello_of(reader)
    await send(writer, flights.record(flights.HANDSHAKE, flights.server_hello()))
    message = b"\x0b" + struct.pack(">I", HUGE)[1:] + struct.pack(">I", HUGE - 3)[1:]
    await send(writer, flights.record(flights.HANDSHAKE, message))
    for _ in range(HUGE // 16384 + 1):
        await send(writer, flights.record(flights.HANDSHAKE, bytes(16384)))


async def noise(reader, writer, context):
    await hello_of(reader)
    while True:
        await send(writer, b"\xff" + os.urandom(4095))


async def reset(reader, writer, context):
    await hello_of(reader)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))


async def close(reader, writer, context):
    await hello_of(reader)


async def web(reader, writer, context):
    await hello_of(reader)
    await send(writer, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def shell(reader, writer, context):
    await send(writer, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    await asyncio.sleep(5)


async def alert(reader, writer, context):
    await hello_of(reader)
    await send(writer, flights.record(21, b"\x02\x28"))


async def broken(reader, writer, context):
    """Its session id is longer than the message."""
    await hello_of(reader)
    hello = bytearray(flights.server_hello())
    hello[38] = 0xff
    await send(writer, flights.record(flights.HANDSHAKE, bytes(hello)))
    await asyncio.sleep(5)


async def serve(reader, writer, context):
    kind = hostile.kind_of(writer.get_extra_info("sockname")[0])
    try:
        await globals()[kind](reader, writer, context)
    except OSError:
        pass
    finally:
        writer.close()


async def main(certificate, key):
    context = flights.context_of(certificate, key)
    server = await asyncio.start_server(lambda *ends: serve(*ends, context), "0.0.0.0",
                                        hostile.PORT, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
