"""Settings of a connection, and of a new file.

`synchronous`: NORMAL in WAL mode never damages the file and loses nothing when a process is killed; only a power cut
may take the last commits. That suits what can be collected again. Decisions of people are committed with FULL (see
`backend.workspace.writer.transaction`).
"""

from __future__ import annotations

import sqlite3

BUSY_MS = 5_000
JOURNAL_LIMIT = 64 * 1024 * 1024  # bytes the -wal file keeps after a checkpoint
WRITER_CACHE_KIB = 32 * 1024
READER_CACHE_KIB = 8 * 1024

_EVERY = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    # What stands in the file's schema may not call functions with side effects: the file may come from anybody.
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


def apply_new(conn: sqlite3.Connection) -> None:
    """Of a file with nothing in it yet: what can be chosen only then."""
    conn.execute("PRAGMA page_size = 4096")
    conn.execute("PRAGMA auto_vacuum = INCREMENTAL")


def apply_any(conn: sqlite3.Connection) -> None:
    """Settings that touch no page of the file: for the first look at it."""
    for statement in _EVERY:
        conn.execute(statement)


def apply_writer(conn: sqlite3.Connection) -> None:
    """The writer's settings."""
    apply_any(conn)
    mode = conn.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(f"the journal mode stayed {mode}")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA foreign_keys = ON")
    # Without it INSERT OR REPLACE would get past the trigger that keeps the audit log append-only.
    conn.execute("PRAGMA recursive_triggers = ON")
    conn.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}")
    conn.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")


def apply_reader(conn: sqlite3.Connection) -> None:
    """A reader's settings: it cannot write, by its open mode and once more by `query_only`."""
    apply_any(conn)
    conn.execute("PRAGMA query_only = ON")
    conn.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
