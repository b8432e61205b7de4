"""Write a copy of the workspace to hand over: one file, no secret in it, complete or not there at all.

Left out: the secrets and the vault's settings, how to sign in to each account (profiles, roles, external ids), where
reports lie on this machine, and the audit log's key. Kept: all that was collected and judged, triage with who and when,
and the audit log to read (only its owner can verify it).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any

from backend.errors import UserError
from backend.workspace import filesystem
from backend.workspace.damage import explain
from backend.workspace.handover import container, mark
from backend.workspace.writer import give_pages_back, transaction

_STEPS = 100_000  # virtual machine steps between two looks at `cancelled`
_KEEP_OPTIONS = "regions"


class Cancelled(Exception):
    """The caller's `cancelled` said so; nothing is left."""


def export(
    conn: sqlite3.Connection,
    path: Path,
    passphrase: str | None = None,
    *,
    who: str,
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> mark.Handover:
    """Write the hand-over `path` (0600) of the workspace that the reader `conn` reads.

    With a passphrase it is a `container`. Needs room beside `path` for the copy (twice with a passphrase), and a cut
    disk or a crash leaves nothing under that name. `UserError` for what the environment does, `Cancelled`.
    """
    say = progress or (lambda _: None)
    stop = cancelled or (lambda: False)
    _check_target(conn, path, overwrite)
    if passphrase is not None:
        container.check_passphrase(passphrase)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    sealed = part.with_name(part.name + "-sealed")
    try:
        with _explained(path):
            _new_file(part)
            say("Copying the workspace")
            _copy(conn, part, stop)
            say("Taking out secrets")
            found = _strip(part, who, int(time.time()))
            ready = part
            if passphrase is not None:
                say("Encrypting")
                _new_file(sealed)
                _encrypt(part, sealed, passphrase, stop)
                ready = sealed
            _publish(ready, path)
    finally:
        for left in (part, sealed, *(part.with_name(part.name + end) for end in ("-journal", "-wal", "-shm"))):
            with suppress(OSError):
                left.unlink()
    return found


def _check_target(conn: sqlite3.Connection, path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise UserError(f"{path} is a folder.", "Name a file in it.")
    for _, name, source in conn.execute("PRAGMA database_list"):
        if name == "main" and source and path.exists() and path.samefile(source):
            raise UserError(f"{path} is this workspace itself.", "Choose another name for the export.")
    if overwrite:
        filesystem.check_folder(path)
        if path.with_name(path.name + "-wal").exists():
            raise UserError(f"{path} is a workspace in use.", "Choose another name for the export.")
    else:
        filesystem.check_new(path)


def _new_file(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _copy(conn: sqlite3.Connection, part: Path, stop: Callable[[], bool]) -> None:
    # VACUUM INTO writes another file, but `query_only` refuses it; the connection's open mode still protects ours.
    only = conn.execute("PRAGMA query_only").fetchone()[0]
    conn.execute("PRAGMA query_only = OFF")
    conn.set_progress_handler(stop, _STEPS)
    try:
        conn.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise Cancelled from None
        raise
    finally:
        conn.set_progress_handler(None, 0)
        conn.execute(f"PRAGMA query_only = {only}")


def _strip(part: Path, who: str, at: int) -> mark.Handover:
    """Take out of the copy what stays with its owner, so that no byte of it remains; write the mark."""
    with closing(sqlite3.connect(part, isolation_level=None)) as conn:
        conn.execute("PRAGMA trusted_schema = OFF")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        # A rollback journal on the disk would hold what is taken out; and deleted bytes become zeros.
        conn.execute("PRAGMA journal_mode = MEMORY")
        conn.execute("PRAGMA secure_delete = ON")
        with transaction(conn):
            conn.execute("UPDATE account SET secret = NULL")
            conn.execute("DELETE FROM secret")
            conn.execute("DELETE FROM setting WHERE key = 'vault' OR key LIKE 'vault%' OR key = 'workspace.open'")
            conn.execute(
                "UPDATE account SET options = CASE WHEN json_valid(options) AND json_type(options, '$.regions') NOTNULL"
                f" THEN json_object('{_KEEP_OPTIONS}', json_extract(options, '$.{_KEEP_OPTIONS}')) ELSE '{{}}' END"
            )
            for row, place in conn.execute("SELECT id, path FROM report").fetchall():
                conn.execute("UPDATE report SET path = ? WHERE id = ?", (PurePath(place).name, row))
            found = mark.write(conn, who, at)
        while give_pages_back(conn):
            pass
        conn.execute("PRAGMA journal_mode = DELETE")
    return found


def _encrypt(part: Path, sealed: Path, passphrase: str, stop: Callable[[], bool]) -> None:
    def step(_: int) -> None:
        if stop():
            raise Cancelled

    with part.open("rb") as source, sealed.open("wb") as target:
        container.encrypt(source, target, passphrase, step)


def _publish(ready: Path, path: Path) -> None:
    """Under its name once the disk has it."""
    with ready.open("rb") as stream:
        os.fsync(stream.fileno())
    ready.replace(path)
    with suppress(OSError):  # some file systems do not sync a folder
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _explained(path: Path) -> Any:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        told = explain(error, path)
        if told is None:
            raise
        raise told from error
