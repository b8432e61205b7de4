"""From an SQLite or operating system error to the sentence for a person.

Only what the environment does is explained: a full disk, a damaged file, missing rights, another program's lock. Any
other error is our bug and stays as it is.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from backend.errors import UserError

log = logging.getLogger(__name__)

CHECK_SECONDS = 20.0  # longest that the check after an unclean exit may hold up the start
_STEPS = 50_000  # virtual machine steps between two looks at the clock

_RESTORE = "Restore it from a copy or an export; keep the damaged file until you have."
_RIGHTS = "Make the file and its folder readable and writable for you."
_FREE_SPACE = "Free some space on that disk, then try again; what was saved before is safe."

_IO_FULL = (errno.ENOSPC, errno.EDQUOT)
_OS_ERRORS = {
    errno.EACCES: ("You have no permission to use {path}.", _RIGHTS),
    errno.EPERM: ("You have no permission to use {path}.", _RIGHTS),
    errno.EROFS: ("{path} lies on a read-only file system.", "Choose a folder on a disk that can be written to."),
    errno.ENOENT: ("There is no folder for {path}.", "Create the folder first, or choose another place."),
    errno.ENOTDIR: ("There is no folder for {path}: a part of the path is a file.", "Choose another place."),
    errno.ENAMETOOLONG: ("The name {path} is too long for this file system.", "Choose a shorter name."),
    errno.EISDIR: ("{path} is a folder.", "Name a file in it."),
    errno.EIO: ("The disk gave an error on {path}.", "Check the disk (dmesg, SMART) before you go on."),
}


def explain(error: BaseException, path: Path | None = None) -> UserError | None:
    """The sentence for an error of the environment while a workspace was read or written; None for our own bugs."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, sqlite3.Error):
        return _explain_sqlite(error, path)
    if isinstance(error, OSError):
        return explain_os(error, path)
    if isinstance(error, UnicodeDecodeError):
        # sqlite3 could not even read SQLite's message, which quotes a name from a damaged page of the schema.
        return damaged(path)
    return None


def explain_os(error: OSError, path: Path | None = None) -> UserError | None:
    """The same for an error of the operating system."""
    name = str(path or error.filename or "the workspace")
    if error.errno in _IO_FULL:
        return disk_full(path)
    found = _OS_ERRORS.get(error.errno or 0)
    if found is None:
        return None
    message, next_step = (text.format(path=name) for text in found)
    return UserError(message[0].upper() + message[1:], next_step)


def disk_full(path: Path | None = None) -> UserError:
    """The disk, or the user's share of it, has no room."""
    where = f"{path} cannot grow" if path else "nothing was written to the workspace"
    return UserError(f"The disk is full: {where}.", _FREE_SPACE)


def damaged(path: Path | None = None, detail: str = "") -> UserError:
    """The file is a database that cannot be read."""
    name = str(path) if path else "The workspace file"
    return UserError(f"{name} is damaged{f' ({detail})' if detail else ''}.", _RESTORE)


def _explain_sqlite(error: sqlite3.Error, path: Path | None) -> UserError | None:
    extended = getattr(error, "sqlite_errorcode", None)
    text = str(error)
    name = str(path) if path else "the workspace file"
    start = name if path else "The workspace file"
    if extended is None:
        # Python's own checks carry no code; text that is no UTF-8 can only come from a damaged page.
        return damaged(path, "a text is not UTF-8") if text.startswith("Could not decode to UTF-8") else None
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE:
        return disk_full(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or text.startswith("unsupported file format"):
        return damaged(path, text)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return UserError(
            f"Another program holds {name} and does not let go of it.",
            "Close it there (a database browser, a backup, a sync client?), then try again.",
        )
    if code == sqlite3.SQLITE_READONLY:
        return UserError(f"{start} can only be read.", "Make the file and its folder writable for you, then try again.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return UserError(
            f"{start} or a file beside it cannot be opened.",
            _RIGHTS,
        )
    if code == sqlite3.SQLITE_PERM:
        return UserError(f"You have no permission to use {name}.", "Make the file and its folder writable for you.")
    if code == sqlite3.SQLITE_IOERR:
        return UserError(
            f"The disk gave an error on {name} ({text}).", "Check the disk's free space and health, then try again."
        )
    return None


def check_pages(conn: sqlite3.Connection, path: Path, seconds: float = CHECK_SECONDS) -> None:
    """Look through all pages, after an exit that was not clean; `UserError` when one is damaged.

    A file too large for `seconds` is opened half checked: what is wrong in the rest is told when it is read.
    """
    limit = time.monotonic() + seconds
    conn.set_progress_handler(lambda: time.monotonic() > limit, _STEPS)
    try:
        with closing(conn.execute("PRAGMA quick_check(1)")) as cursor:
            found = cursor.fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        log.warning("%s was not closed in order; its check took longer than %.0f s and was cut short", path, seconds)
        return
    finally:
        conn.set_progress_handler(None, 0)
    if found and found[0] != "ok":
        log.error("quick_check of %s: %s", path, found[0])
        raise damaged(path, "found after it was not closed in order")
