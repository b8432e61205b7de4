"""The clients' ends of the channel: frames in, answers and pushes out, and never more memory than we grant.

A client that does not read gets no pushes once `PUSH_LIMIT` bytes wait for it: it is told later that it missed some
and must read anew. Its further requests are left in the socket until it has read the answers it has.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from backend.engine.channel import BadFrame, Frame, FrameReader, encode
from backend.engine.loop import READ, WRITE, Loop

PUSH_LIMIT = 1024 * 1024
CHUNK = 256 * 1024


class ClientConnection:
    """One client. `face` and `who` are known once it has said hello."""

    def __init__(
        self,
        connection: socket.socket,
        loop: Loop,
        on_frame: Callable[[ClientConnection, Frame], None],
        on_gone: Callable[[ClientConnection], None],
    ) -> None:
        self.face = ""
        self.who = ""
        self.greeted = False
        self.closed = False
        self.missed = False
        self._socket, self._loop = connection, loop
        self._on_frame, self._on_gone = on_frame, on_gone
        self._reader = FrameReader()
        self._out: deque[memoryview] = deque()
        self._waiting = 0
        self._ending = False
        connection.setblocking(False)
        loop.watch(connection.fileno(), READ, self._ready)

    @property
    def waiting(self) -> int:
        """Bytes that the client has yet to take."""
        return self._waiting

    def send(self, frame: Frame) -> None:
        """An answer, or a push that must arrive."""
        if self.closed or self._ending:
            return
        data = encode(frame)
        self._out.append(memoryview(data))
        self._waiting += len(data)
        self._flush()

    def push(self, frame: Frame) -> None:
        """News that may be dropped when the client does not read: it then hears `missed` and reads anew."""
        if self._waiting > PUSH_LIMIT:
            self.missed = True
        else:
            self.send(frame)

    def refuse(self, reason: str) -> None:
        """Say why, then close."""
        self.send({"push": "closed", "reason": reason})
        self._ending = True
        self._flush()

    def close(self) -> None:
        """Close now, whatever waits."""
        if self.closed:
            return
        self.closed = True
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()
        self._out.clear()
        self._waiting = 0
        self._on_gone(self)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._flush()
        if events & READ and not self.closed and not self._ending:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        reason = ""
        try:
            frames = self._reader.feed(data)
        except BadFrame as error:
            frames, reason = error.before, str(error)
        for frame in frames:
            if self.closed or self._ending:
                return
            self._on_frame(self, frame)
        if reason:
            self.refuse(f"The connection is closed: {reason}.")

    def _flush(self) -> None:
        while self._out and not self.closed:
            try:
                sent = self._socket.send(self._out[0])
            except BlockingIOError:
                break
            except OSError:
                self.close()
                return
            self._waiting -= sent
            if sent == len(self._out[0]):
                self._out.popleft()
            else:
                self._out[0] = self._out[0][sent:]
        if self.closed:
            return
        if not self._out and self._ending:
            self.close()
            return
        if not self._out and self.missed:
            self.missed = False
            self.send({"push": "missed"})
            return
        reads = READ if self._waiting <= PUSH_LIMIT and not self._ending else 0
        self._loop.watch(self._socket.fileno(), reads | (WRITE if self._out else 0), self._ready)


class Clients:
    """All clients that said hello."""

    def __init__(self) -> None:
        self._greeted: list[ClientConnection] = []

    def __len__(self) -> int:
        return len(self._greeted)

    def add(self, client: ClientConnection) -> None:
        """From now on it gets pushes."""
        client.greeted = True
        self._greeted.append(client)

    def remove(self, client: ClientConnection) -> None:
        """It left; one that never said hello is no error."""
        if client in self._greeted:
            self._greeted.remove(client)

    def push(self, frame: dict[str, Any]) -> None:
        """To every client."""
        for client in list(self._greeted):
            client.push(frame)

    def close(self) -> None:
        """Close all connections."""
        for client in list(self._greeted):
            client.close()
