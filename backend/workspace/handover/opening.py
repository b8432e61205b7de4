"""Open what a colleague sent: unpack it as a workspace of our own, or read it where it is."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from backend.errors import UserError
from backend.product import NAME
from backend.workspace import filesystem
from backend.workspace.damage import explain
from backend.workspace.file import open_reader, open_writer
from backend.workspace.handover import container, mark
from backend.workspace.version import SCHEMA_VERSION


def needs_passphrase(path: Path) -> bool:
    """Whether the file is protected by a passphrase. Not for a workspace that this process has open."""
    filesystem.check_file(path)
    try:
        with path.open("rb") as stream:
            return container.is_container(stream.read(64))
    except OSError as error:
        raise explain(error, path) or UserError(f"{path} cannot be read: {error.strerror}.") from error


def open_handover(path: Path, passphrase: str | None, into: Path) -> mark.Handover:
    """Unpack a hand-over as the workspace `into` (new, 0600), in which its receiver may triage. Returns its mark.

    `container.WrongPassphrase`, or `UserError` when it is damaged, cut off, newer than we are, or no hand-over.
    """
    filesystem.check_new(into)
    filesystem.refuse_network(into)
    protected = needs_passphrase(path)
    if protected and passphrase is None:
        raise UserError(f"{path} is protected by a passphrase.", "Give the passphrase its sender told you.")
    part = into.with_name(f".{into.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            _unpack(path, passphrase if protected else None, part)
        except OSError as error:
            raise explain(error, into) or UserError(f"{path} cannot be unpacked: {error.strerror}.") from error
        found = _check(part, path)
        filesystem.check_new(into)
        part.rename(into)
    finally:
        for left in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
            with suppress(OSError):
                left.unlink()
    return found


@contextmanager
def reading(path: Path, passphrase: str | None, beside: Path) -> Iterator[sqlite3.Connection]:
    """A reader on somebody's file, of any form and age we know; what must be unpacked lies in a folder of our own.

    `beside` names a file whose folder has room and is private enough: the workspace.
    """
    protected = needs_passphrase(path)
    if not protected and not _is_older(path):
        with closing(open_reader(path)) as conn:
            yield conn
        return
    if protected and passphrase is None:
        raise UserError(f"{path} is protected by a passphrase.", "Give the passphrase its sender told you.")
    with tempfile.TemporaryDirectory(prefix=".import-", dir=beside.parent) as folder:
        copy = Path(folder) / "theirs.vedette"
        try:
            _unpack(path, passphrase if protected else None, copy)
        except OSError as error:
            raise explain(error, copy) or UserError(f"{path} cannot be unpacked: {error.strerror}.") from error
        open_writer(copy).close()  # carries an older one forward
        with closing(open_reader(copy)) as conn:
            yield conn


def _unpack(path: Path, passphrase: str | None, target: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    if passphrase is None and wal.exists() and wal.stat().st_size:
        raise UserError(f"{path} is in use, or was not closed in order.", "Close it there first, or ask for an export.")
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as sink, path.open("rb") as source:
        if passphrase is None:
            shutil.copyfileobj(source, sink, container.CHUNK)
        else:
            container.decrypt(source, sink, passphrase, str(path))


def _check(part: Path, path: Path) -> mark.Handover:
    """The mark of what was unpacked; sentences name what the user named."""
    try:
        with closing(open_writer(part)) as conn:  # an older one is carried forward now
            found = mark.load(conn)
            whole = conn.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except UserError as error:
        message, next_step = (text.replace(str(part), str(path)) for text in (error.message, error.next_step))
        raise UserError(message, next_step) from error
    except sqlite3.Error as error:
        raise explain(error, path) or error from error
    if not whole:
        raise UserError(f"{path} is damaged.", "Ask for the export again, or copy it again.")
    if found is None:
        raise UserError(
            f"{path} is a {NAME} workspace, but no hand-over.", "Open it as it is, or ask for an export of it."
        )
    return found


def _is_older(path: Path) -> bool:
    """Whether the file must be carried forward before it can be read. What is no workspace is told by the reader."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn:
            return 0 < int(conn.execute("PRAGMA user_version").fetchone()[0]) < SCHEMA_VERSION
    except sqlite3.Error:
        return False
