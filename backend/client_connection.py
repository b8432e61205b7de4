"""One connection of a client to an engine: find or start the engine, say hello, calls and pushes on one socket."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.engine.channel import BadFrame, Frame, FrameReader, FrameTooLarge, encode
from backend.engine.lock import announced_socket
from backend.engine.peer import is_same_user
from backend.engine.start import EngineBug, start_engine
from backend.errors import UserError
from backend.product import VERSION
from backend.workspace.version import SCHEMA_VERSION

PATIENCE = 60.0  # seconds to find or start an engine, and be greeted
PAUSE = 0.05  # between tries while another process begins or ends its engine
CHUNK = 256 * 1024


class ConnectionLost(UserError):
    """The engine ended, or closed the connection, before it answered."""


class _Call:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.frame: Frame | None = None


class Connection:
    """A socket on which hello was said. Calls from any thread; one reader thread takes answers and pushes."""

    def __init__(self, connection: socket.socket, workspace: Path, on_push: Callable[[Frame], None]) -> None:
        self.hello: dict[str, Any] = {}
        self.lost = False
        self._socket, self._workspace, self._on_push = connection, workspace, on_push
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._lock = threading.Lock()  # over `_calls` and `lost`
        # Apart: a send may have to wait until the reader thread has taken answers, which needs the other lock.
        self._sending = threading.Lock()
        self._reason = ""
        self._closing = False
        self._thread = threading.Thread(target=self._read, name="vedette-client", daemon=True)
        self._thread.start()

    def call(self, verb: str, arguments: dict[str, Any], timeout: float | None) -> Any:
        """One request and its answer."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a callback of a push must not wait for the engine: hand over to another thread")
        number, call = next(self._numbers), _Call()
        try:
            data = encode({"id": number, "verb": verb, "args": arguments})
        except FrameTooLarge:
            raise UserError(f"{verb}: this is too much for one request.", "Split it and try again.") from None
        with self._lock:
            if self.lost:
                raise self._gone(verb)
            self._calls[number] = call
        try:
            with self._sending:
                self._socket.sendall(data)
        except OSError:
            with self._lock:
                self._calls.pop(number, None)
            raise self._gone(verb) from None
        if not call.done.wait(timeout):
            with self._lock:
                self._calls.pop(number, None)
            raise UserError(
                f"The engine has not answered {verb} within {timeout:g} seconds; it may still do it.",
                "Look again later.",
            )
        return self._result(verb, call.frame)

    def close(self) -> None:
        """Leave; the reader thread ends."""
        self._closing = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _result(self, verb: str, frame: Frame | None) -> Any:
        if frame is None:
            raise self._gone(verb)
        if "error" not in frame:
            return frame.get("ok")
        error = frame["error"]
        if error["kind"] == "environment":
            raise UserError(error["message"], error["next_step"])
        raise EngineBug(f"{verb}: {error['message']} (log: {self.hello.get('log', 'none')})")

    def _gone(self, verb: str) -> ConnectionLost:
        reason = self._reason or f"The engine of {self._workspace.name} ended before it answered {verb}."
        return ConnectionLost(reason, "Try again: a new engine is started when there is none.")

    def _read(self) -> None:
        reader = FrameReader()
        try:
            while data := self._socket.recv(CHUNK):
                for frame in reader.feed(data):
                    self._take(frame)
        except OSError:
            pass
        except BadFrame as error:
            for frame in error.before:
                self._take(frame)
            self._reason = f"The engine sent something that cannot be read: {error}."
        with self._lock:
            self.lost = True
            waiting, self._calls = list(self._calls.values()), {}
            self._socket.close()
        for call in waiting:
            call.done.set()
        if not self._closing and self.hello:
            self._on_push({"push": "connection", "state": "lost", "reason": self._reason})

    def _take(self, frame: Frame) -> None:
        if "push" not in frame:
            with self._lock:
                call = self._calls.pop(frame.get("id", 0), None)
            if call is not None:
                call.frame = frame
                call.done.set()
        elif frame["push"] == "closed":
            self._reason = str(frame.get("reason", ""))
        else:
            self._on_push(frame)


def connect(
    workspace: Path, on_push: Callable[[Frame], None], *, start: bool, create: bool, face: str, who: str
) -> Connection:
    """A connection on which hello was said; starts an engine when there is none and `start` allows it."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while True:
        connection = _join(workspace, on_push, face, who)
        if connection is not None:
            return connection
        if not start:
            raise UserError(f"No engine runs for {workspace.name}.", "Open the workspace in the console first.")
        if time.monotonic() > deadline:
            raise UserError(
                f"Another process holds {workspace.name} and does not answer.",
                f"Look which one has {workspace.name}.lock open, and end it.",
            )
        if not start_engine(workspace, create=create):
            # Another process is just becoming the engine, or just ceasing to be: there is no event to wait for.
            pause.wait(PAUSE)


def _join(workspace: Path, on_push: Callable[[Frame], None], face: str, who: str) -> Connection | None:
    """Connect to the engine there is; None when there is none, or it ends at this moment."""
    joined = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        joined.connect(str(announced_socket(workspace)))
        if not is_same_user(joined):
            raise UserError(
                f"The engine of {workspace.name} belongs to another user.", "Only the user who opened it can join it."
            )
    except OSError:
        joined.close()
        return None
    except UserError:
        joined.close()
        raise
    connection = Connection(joined, workspace, on_push)
    hello = {"product": VERSION, "schema": SCHEMA_VERSION, "face": face, "who": who}
    try:
        connection.hello = connection.call("hello", hello, PATIENCE)
    except ConnectionLost:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection
