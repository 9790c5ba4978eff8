"""A client made with Python's `websockets`: talks to the echo server given by its URL and ends with 'ok'."""

import asyncio
import hashlib
import os
import ssl
import sys

import websockets

LENGTHS = [0, 1, 125, 126, 127, 65535, 65536, 300000]
SCRIPTS = "Schleuse, шлюз, 水門, 🌊 "


async def main(url, compression, certificate):
    context = ssl.create_default_context(cafile=certificate) if certificate else None
    async with websockets.connect(
        url,
        compression=compression,
        ssl=context,
        max_size=None,
        subprotocols=["chat.v1", "chat.v2"],
    ) as socket:
        names = [extension.name for extension in socket.extensions]
        assert names == (["permessage-deflate"] if compression else []), names
        assert socket.subprotocol == "chat.v2", socket.subprotocol
        for length in LENGTHS:
            data = os.urandom(length)
            await socket.send(data)
            assert await socket.recv() == data, length
            text = (SCRIPTS * (length // len(SCRIPTS) + 1))[:length]
            await socket.send(text)
            assert await socket.recv() == text, length
        # An iterable leaves as one message in fragments.
        parts = [os.urandom(1000) for _ in range(50)]
        await socket.send(iter(parts))
        assert await socket.recv() == b"".join(parts)
        await asyncio.wait_for(await socket.ping(b"are you there"), 10)
        data = os.urandom(1048576)
        await socket.send(data)
        answer = await socket.recv()
        assert hashlib.sha1(answer).digest() == hashlib.sha1(data).digest()
        await socket.close(4001, "fin")
    assert (socket.close_code, socket.close_reason) == (4001, "fin"), socket.close_code
    print("ok")


asyncio.run(main(sys.argv[1], sys.argv[2] or None, sys.argv[3] if len(sys.argv) > 3 else None))
