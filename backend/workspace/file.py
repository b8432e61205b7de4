"""The workspace file: make one, open it for the one writer or for reading; refuse in one sentence what is not one.

Nothing here (and nothing else in a process that has the workspace open) may open the file other than through SQLite:
closing any other descriptor of it drops the locks that this process holds.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backend.errors import UserError
from backend.product import NAME, VERSION
from backend.workspace import filesystem, pragmas
from backend.workspace.damage import check_pages, damaged, explain
from backend.workspace.migrate import migrate, refuse_newer
from backend.workspace.version import APPLICATION_ID, SCHEMA_VERSION

OPEN_MARK = "workspace.open"  # setting: there while a writer has the file; left there by one that was killed
_NO_ROOM = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_FULL)
CONTAINER_MAGIC = b"VEDETTE-ENCRYPTED"


class WriterConnection(sqlite3.Connection):
    """The writer's connection. `close()` notes that the file was closed in order."""

    _path: Path | None = None

    def close(self) -> None:
        """Close in order: no check is needed at the next opening. Closing twice does nothing."""
        if self._path is not None:
            self._path = None
            with suppress(sqlite3.Error):
                if self.in_transaction:
                    self.execute("ROLLBACK")
                self.execute("DELETE FROM setting WHERE key = ?", (OPEN_MARK,))
                self.execute("PRAGMA analysis_limit = 400")
                self.execute("PRAGMA optimize")
        super().close()


def create(path: Path) -> None:
    """Make a new, empty workspace (mode 0600) with an id of its own; `UserError` when that is not possible here.

    The file appears under its name only once it is whole.
    """
    filesystem.check_new(path)
    filesystem.refuse_network(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with _explained(path):
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            _fill(part)
            _appear(part, path)
    finally:
        for left in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
            with suppress(OSError):
                left.unlink()


def _fill(part: Path) -> None:
    conn = sqlite3.connect(part, isolation_level=None)
    try:
        pragmas.apply_new(conn)
        pragmas.apply_writer(conn)
        conn.execute("PRAGMA synchronous = FULL")
        migrate(conn)
        identity = {
            "workspace.id": uuid.uuid4().hex,
            "workspace.created_at": int(time.time()),
            "workspace.created_by": VERSION,
        }
        conn.executemany(
            "INSERT INTO setting (key, value) VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in identity.items()],
        )
    finally:
        conn.close()  # the last connection: everything is in the one file now


def _appear(part: Path, path: Path) -> None:
    """Give the finished file its name, without overwriting one that came meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise filesystem.already_there(path) from None
    except OSError:
        # A file system without hard links (a memory stick).
        filesystem.check_new(path)
        part.rename(path)


def open_writer(path: Path) -> WriterConnection:
    """The workspace, to write: carried forward to the present schema, checked when it was not closed in order.

    Returns a connection in autocommit mode (transactions are begun explicitly). `UserError` for everything the
    environment can do; then the file is as it was. The caller holds the engine's lock.
    """
    filesystem.check_file(path)
    filesystem.refuse_network(path)
    filesystem.check_writable(path)
    with _explained(path, opening=True):
        conn = sqlite3.connect(_uri(path, "mode=rw"), uri=True, isolation_level=None, factory=WriterConnection)
        try:
            pragmas.apply_any(conn)
            _refuse_foreign(conn, path)
            if refuse_newer(conn, str(path)) > 0 and _was_left_open(conn):
                check_pages(conn, path)
            pragmas.apply_writer(conn)
            migrate(conn)
            conn.execute(
                "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (OPEN_MARK, str(os.getpid())),
            )
            conn._path = path
        except BaseException:
            conn.close()
            raise
    return conn


def open_reader(path: Path) -> sqlite3.Connection:
    """The workspace, to read only; for the calling thread. `UserError` as with `open_writer`.

    Works in a read-only place too, as long as no writer left a `-wal` there. A file of an older schema must be opened
    by a writer once.
    """
    filesystem.check_file(path)
    kind = filesystem.network_type(path)
    wal = path.with_name(path.name + "-wal")
    if kind and wal.exists():
        filesystem.refuse_network(path)
    with _explained(path, opening=True):
        if kind:
            return _reader(path, "mode=ro&immutable=1")
        try:
            return _reader(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # In WAL mode SQLite wants files beside the workspace, which a read-only folder or a full disk refuses.
            refused = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
            in_use = wal.exists() and wal.stat().st_size > 0
            if not refused and (error.sqlite_errorcode not in _NO_ROOM or in_use):
                raise
            if in_use:
                raise UserError(
                    f"{path} was in use when it was copied here, and this folder is read-only.",
                    f"Copy it together with {wal.name} to a folder you can write to, or ask for an export.",
                ) from error
            return _reader(path, "mode=ro&immutable=1")


def _reader(path: Path, mode: str) -> sqlite3.Connection:
    conn = sqlite3.connect(_uri(path, mode), uri=True, isolation_level=None)
    try:
        pragmas.apply_reader(conn)
        _refuse_foreign(conn, path)
        found = refuse_newer(conn, str(path))
        if found < SCHEMA_VERSION:
            raise UserError(
                f"{path} is of an older version of {NAME} (schema {found}; now {SCHEMA_VERSION}).",
                "Open it once for writing, which carries it forward (where it is read-only, in a copy elsewhere).",
            )
        conn.execute("SELECT 1 FROM setting LIMIT 1").fetchone()
    except BaseException:
        conn.close()
        raise
    return conn


def _uri(path: Path, query: str) -> str:
    return f"{path.absolute().as_uri()}?{query}"


def _refuse_foreign(conn: sqlite3.Connection, path: Path) -> None:
    found = conn.execute("PRAGMA application_id").fetchone()[0]
    if found == APPLICATION_ID:
        return
    conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # a damaged header is told as one
    what = "is empty" if path.stat().st_size == 0 else "is a database of another program"
    raise UserError(f"{path} {what}, not a {NAME} workspace.", "Choose a workspace file, or create a new one.")


def _was_left_open(conn: sqlite3.Connection) -> bool:
    return conn.execute("SELECT 1 FROM setting WHERE key = ?", (OPEN_MARK,)).fetchone() is not None


@contextmanager
def _explained(path: Path, *, opening: bool = False) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise _no_database(path) from error
        told = explain(error, path)
        if told is None and opening and isinstance(error, sqlite3.Error):
            told = damaged(path, str(error))  # our own statements are tested: what fails at opening is the file
        if told is None:
            raise
        raise told from error


def _no_database(path: Path) -> UserError:
    # SQLite does not have this file open, so reading it here drops nobody's locks.
    with suppress(OSError), path.open("rb") as stream:
        if stream.read(len(CONTAINER_MAGIC)) == CONTAINER_MAGIC:
            return UserError(
                f"{path} is an export protected by a passphrase.", "Open it with its passphrase: it is unpacked first."
            )
    return UserError(
        f"{path} is no {NAME} workspace, or is damaged at its beginning.",
        "Choose a workspace file; if this was one, restore it from a copy or an export.",
    )
