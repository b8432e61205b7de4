"""The engine's writes: BEGIN IMMEDIATE, all or nothing, and the news of it only after the commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from backend.engine.pushes import Pushes
from backend.errors import UserError


class Writer:
    """The one connection that writes. `conn` may be read with at any time, and written only inside `transaction`."""

    def __init__(self, conn: sqlite3.Connection, pushes: Pushes) -> None:
        self.conn = conn
        self._pushes = pushes
        self._news: list[tuple[str, int | None, Mapping[str, int]]] = []

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction, or a part of the one that is open. `UserError` for what the disk or another program did."""
        if self.conn.in_transaction:
            yield self.conn
            return
        self._news.clear()
        try:
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield self.conn
                self.conn.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                with suppress(sqlite3.Error):
                    if self.conn.in_transaction:
                        self.conn.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self._news.clear()
            raise explain(error) from error
        news, self._news = self._news, []
        for table, newest, counts in news:
            self._pushes.changed(table, newest, counts)

    def changed(self, table: str, newest: int | None = None, **counts: int) -> None:
        """Say, inside a transaction, what it changes; clients hear of it once it is committed."""
        if not self.conn.in_transaction:
            raise RuntimeError("changes are announced inside the transaction that makes them")
        self._news.append((table, newest, counts))


def explain(error: sqlite3.Error) -> Exception:
    """The sentence for an error of the environment; any other error as it is."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return UserError("The disk is full: nothing was written to the workspace.", "Free some space and try again.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return UserError(
            "Another program holds the workspace file open for writing.", "Close it there (a database browser?), then retry."
        )
    if code == sqlite3.SQLITE_READONLY:
        return UserError("The workspace file has become read-only.", "Make it and its folder writable, then try again.")
    if code == sqlite3.SQLITE_IOERR:
        return UserError(f"The workspace file cannot be read or written ({error}).", "Check the disk and its free space.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return UserError("The workspace file is damaged.", "Restore it from a copy, or export what can be read.")
    return error
