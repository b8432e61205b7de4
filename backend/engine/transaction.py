"""The engine's writes, and the news of them: clients hear of a change only once it is committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backend.engine.pushes import Pushes
from backend.workspace import writer


class Writer:
    """The one connection that writes. `conn` may be read with at any time, and written only inside a transaction."""

    def __init__(self, conn: sqlite3.Connection, pushes: Pushes) -> None:
        self.conn = conn
        self._pushes = pushes
        self._news: list[tuple[str, int | None, Mapping[str, int]]] = []

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing (`backend.workspace.writer.transaction`), or a part of the transaction that is open."""
        if self.conn.in_transaction:
            yield self.conn
            return
        self._news = []
        with writer.transaction(self.conn, durable=durable):
            yield self.conn
        news, self._news = self._news, []
        for table, newest, counts in news:
            self._pushes.changed(table, newest, counts)

    @contextmanager
    def decision(self) -> Iterator[sqlite3.Connection]:
        """A transaction for what a person decided: on the disk when it ends, whatever happens to the power."""
        with self.transaction(durable=True) as conn:
            yield conn

    def changed(self, table: str, newest: int | None = None, **counts: int) -> None:
        """Say, inside a transaction, what it changes."""
        if not self.conn.in_transaction:
            raise RuntimeError("changes are announced inside the transaction that makes them")
        self._news.append((table, newest, counts))
