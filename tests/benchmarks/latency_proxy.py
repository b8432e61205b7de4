"""A TCP proxy on loopback that holds everything a client sends back for a while: `latency_proxy.py TARGET_PORT MS`.

It prints its own port and runs until its standard input closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Forward; each piece leaves `delay` seconds after it came, however many are under way."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            at, data = await pieces.get()
            if wait := max(0.0, at - loop.time()):
                await asyncio.sleep(wait)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    sender = asyncio.create_task(send())
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            pieces.put_nowait((loop.time() + delay, data))
    pieces.put_nowait((0.0, b""))
    with contextlib.suppress(OSError):
        await sender


async def main(target: int, delay: float) -> None:
    """Serve until standard input closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_pipe(reader, upstream_writer, delay), _pipe(upstream_reader, writer, 0.0))
        upstream_writer.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()
    os._exit(0)  # connections that clients keep open would otherwise be waited for


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
