"""The one door: all that the console and the command line may ask of an engine, and reads of the workspace.

    client = Client.open(Path("acme.vedette"), face="cli")
    client.on("changed", lambda push: ...)
    job = client.call("scan.start", accounts=[1])

Reads go past the engine: `client.reader()` is a read-only connection of the calling thread, and `reads` (of this
module) holds the page queries. `Client.open_read_only` opens a workspace that was handed over, without an engine.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from backend.client_connection import Connection, ConnectionLost, connect
from backend.engine.start import EngineBug
from backend.errors import UserError

if TYPE_CHECKING:
    from backend import reads as reads
    from backend.workspace import filter as filter

__all__ = ["Client", "ConnectionLost", "EngineBug", "UserError", "filter", "reads"]

log = logging.getLogger(__name__)

CALL_PATIENCE = 30.0  # seconds
_LAZY = {"reads": "backend.reads", "filter": "backend.workspace.filter"}

Callback = Callable[[dict[str, Any]], None]


def __getattr__(name: str) -> Any:
    # A console shows its window before it has loaded the queries of its pages.
    if name in _LAZY:
        return import_module(_LAZY[name])
    raise AttributeError(name)


class Client:
    """One face's connection to the engine of one workspace. May be used from several threads."""

    def __init__(self, workspace: Path, *, face: str, who: str, read_only: bool) -> None:
        self.workspace = workspace
        self.face, self.who = face, who
        self.read_only = read_only
        self.hello: dict[str, Any] = {}
        self._connection: Connection | None = None
        self._connecting = threading.Lock()
        self._callbacks: dict[str, list[Callback]] = {}
        self._readers = threading.local()
        self._all_readers: list[sqlite3.Connection] = []
        self._closed = False

    @classmethod
    def open(
        cls, workspace: Path, *, face: str, start_engine: bool = True, create: bool = False, who: str = ""
    ) -> Client:
        """Join the engine that holds the workspace; start one when there is none and `start_engine` allows it.

        `face` is 'gui' or 'cli', `who` the analyst (default: the user's login name). With `create`, a workspace that
        is not there is made.

        Raises:
            UserError: the workspace cannot be opened, another version holds it, or no engine runs and none may start.
        """
        client = cls(Path(workspace).absolute(), face=face, who=who or _login_name(), read_only=False)
        client._connect(start=start_engine, create=create)
        return client

    @classmethod
    def open_read_only(cls, workspace: Path) -> Client:
        """A workspace that was handed over: reads work, no engine, no vault; `call` raises a `UserError`."""
        client = cls(Path(workspace).absolute(), face="", who="", read_only=True)
        client.reader()
        return client

    def call(self, verb: str, /, timeout: float | None = CALL_PATIENCE, **arguments: Any) -> Any:
        """Ask the engine and wait for its answer. Joins (or starts) the engine anew when it was lost before.

        Raises:
            UserError: in the engine's words; or `ConnectionLost`, when the engine ended before it answered.
            EngineBug: the engine failed, and it is our fault.
        """
        if self.read_only:
            raise UserError(
                f"{self.workspace.name} is opened read-only.", "Open your own workspace to change something."
            )
        connection = self._connection
        if connection is None or connection.lost:
            connection = self._connect(start=True, create=False)
        return connection.call(verb, arguments, timeout)

    def on(self, push: str, callback: Callback) -> Callable[[], None]:
        """Call `callback(push)` for each 'changed', 'job', 'prompt', 'prompt_gone', 'missed', 'connection'.

        Called in the client's own reader thread: hand over and return. 'connection' has `state`: 'lost' or 'back'.
        After 'missed' or 'back', read anew what is shown. Returns a function that ends the subscription.
        """
        self._callbacks.setdefault(push, []).append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks.get(push, []):
                self._callbacks[push].remove(callback)

        return unsubscribe

    def reconnect(self) -> None:
        """Join the engine again after it was lost, starting one if need be. Nothing when it is not lost."""
        if not self.read_only and (self._connection is None or self._connection.lost):
            self._connect(start=True, create=False)

    @property
    def connected(self) -> bool:
        """Whether there is an engine at the other end now."""
        return self._connection is not None and not self._connection.lost

    def reader(self) -> sqlite3.Connection:
        """A read-only connection of the calling thread, kept until `close`. Hold no transaction longer than a page."""
        conn: sqlite3.Connection | None = getattr(self._readers, "conn", None)
        if conn is None:
            from backend.workspace.file import open_reader

            conn = open_reader(self.workspace)
            self._readers.conn = conn
            self._all_readers.append(conn)
        return conn

    def close(self) -> None:
        """Leave the engine. Subscriptions end; other threads' readers are closed when those threads end."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()
        mine = getattr(self._readers, "conn", None)
        if mine is not None:
            mine.close()
            del self._readers.conn

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # -- inside

    def _connect(self, *, start: bool, create: bool) -> Connection:
        if self._closed:
            raise UserError("This program has closed the workspace.")
        with self._connecting:
            if self._connection is not None and not self._connection.lost:
                return self._connection
            again = self._connection is not None
            connection = connect(self.workspace, self._push, start=start, create=create, face=self.face, who=self.who)
            self._connection, self.hello = connection, connection.hello
        if again:
            self._push({"push": "connection", "state": "back", "at": time.time()})
        return connection

    def _push(self, push: dict[str, Any]) -> None:
        for callback in list(self._callbacks.get(str(push.get("push")), ())):
            try:
                callback(push)
            except Exception:
                log.exception("a callback of push %s failed", push.get("push"))


def _login_name() -> str:
    import getpass
    import os

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
