"""Writing: transactions that are all or nothing, many rows at once, and pages given back to the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import Any

from backend.workspace.damage import explain

ROWS_A_STATEMENT = 1_000  # more rows in one INSERT gain nothing


@contextmanager
def transaction(conn: sqlite3.Connection, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE … COMMIT, or a part of the transaction that is already open. Any exception rolls all back.

    `durable` waits until the disk has it (a power cut after the end loses nothing): for decisions of people and the
    audit log; only the outermost can be. What can be collected again does without. `UserError` for what the
    disk or another program did.
    """
    if conn.in_transaction:
        yield conn
        return
    try:
        if durable:
            conn.execute("PRAGMA synchronous = FULL")
        try:
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
                conn.execute("COMMIT")
            except BaseException:
                # After a full disk SQLite may have rolled back by itself.
                with suppress(sqlite3.Error):
                    if conn.in_transaction:
                        conn.execute("ROLLBACK")
                raise
        finally:
            if durable:
                with suppress(sqlite3.Error):
                    conn.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        told = explain(error)
        if told is None:
            raise
        raise told from error


def insert_many(
    conn: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    verb: str = "INSERT",
) -> int:
    """Insert rows (values in the order of `columns`), in the caller's transaction. Returns how many were given.

    `verb` may be "INSERT OR IGNORE" or "INSERT OR REPLACE". Table and columns come from declarations, never from
    outside: they are not values.
    """
    head = f"{verb} INTO {table} ({', '.join(columns)}) VALUES "
    one = f"({', '.join('?' * len(columns))})"
    most = max(1, min(ROWS_A_STATEMENT, conn.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(columns)))
    many = head + ", ".join([one] * most)
    given = 0
    source = iter(rows)
    while chunk := list(islice(source, most)):
        given += len(chunk)
        if len(chunk) == most:
            # Rows that are too short and too long may add up, and would be stored shifted.
            if any(len(row) != len(columns) for row in chunk):
                raise ValueError(f"a row for {table} has not {len(columns)} values")
            conn.execute(many, list(chain.from_iterable(chunk)))
        else:
            # One statement for each length would push the useful ones out of the statement cache.
            conn.executemany(head + one, chunk)
    return given


def free_pages(conn: sqlite3.Connection) -> int:
    """How many pages of the file hold nothing."""
    return int(conn.execute("PRAGMA freelist_count").fetchone()[0])


def give_pages_back(conn: sqlite3.Connection, most: int = 2_000) -> int:
    """Shrink the file by up to `most` free pages, after deletions. Returns how many; call again while it is not 0.

    Short steps, so that a page read never waits long. Not inside a transaction.
    """
    if conn.in_transaction:
        raise RuntimeError("pages are given back outside of transactions")
    before = free_pages(conn)
    if before == 0:
        return 0
    # Each step of this statement frees one page, and `execute` would make a single one.
    conn.executescript(f"PRAGMA incremental_vacuum({int(most)})")
    return before - free_pages(conn)
