"""What lies in somebody's file: decisions, comments and labels of analysts, each looked at before it is believed.

The file may be doctored. Only plain tables are read, with limits on time, rows and lengths; each value must be of the
kind that our own columns hold, or the whole file is refused.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from backend.errors import UserError
from backend.product import NAME
from backend.workspace.damage import explain
from backend.workspace.triage import MUTE_REASONS

Key = tuple[str, str, str]  # (rule, account, resource) of a finding

MOST_ROWS = 2_000_000
LONGEST = 200_000  # characters of a comment; other texts are far shorter
SECONDS = 120.0
_STATES = ("", "open", "in_progress", "muted", "resolved")
LABEL_KEYS = ("environment", "owner", "criticality", "sensitivity")
_STEPS = 100_000
ANALYSTS = "origin IN ('here', 'undo', 'imported')"  # what a scan wrote is no decision
_TRIAGE = "uuid, rule, account, resource, at, who, state_before, state, reason, note, until, assignee"


@dataclass(frozen=True)
class Decision:
    """One row of table `triage`."""

    uuid: str
    rule: str
    account: str
    resource: str
    at: int
    who: str
    state_before: str
    state: str
    reason: str
    note: str
    until: int | None
    assignee: str

    @property
    def key(self) -> Key:
        """Which finding it is about."""
        return (self.rule, self.account, self.resource)

    def same_as(self, other: Decision) -> bool:
        """Whether both decide the same; who, when and the words of the note aside."""
        mine = (self.state, self.reason, self.until, self.assignee)
        return mine == (other.state, other.reason, other.until, other.assignee)


@dataclass(frozen=True)
class Comment:
    """One comment on a finding."""

    key: Key
    at: int
    who: str
    text: str


@dataclass(frozen=True)
class Label:
    """One asset label by an analyst."""

    account: str
    resource: str
    key: str
    value: str
    at: int


@contextmanager
def guarded(conn: sqlite3.Connection, name: str) -> Iterator[None]:
    """Read somebody's file: plain tables only, limited in time and size; what goes wrong is the file's fault."""
    limit = time.monotonic() + SECONDS
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024)
    conn.set_progress_handler(lambda: time.monotonic() > limit, _STEPS)
    try:
        for table in ("triage", "comment", "asset_label", "finding", "setting"):
            _check_plain(conn, table, name)
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            raise UserError(f"Reading the triage of {name} took too long; nothing was imported.") from None
        raise explain(error) or _unsound(name, str(error)) from error
    finally:
        conn.set_progress_handler(None, 0)


def _check_plain(conn: sqlite3.Connection, table: str, name: str) -> None:
    kinds = conn.execute("SELECT type, sql FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
    if len(kinds) != 1 or kinds[0][0] != "table" or str(kinds[0][1]).split()[:2] != ["CREATE", "TABLE"]:
        raise _unsound(name, f"{table} is no table")
    if any(row[6] for row in conn.execute(f"PRAGMA table_xinfo({table})")):
        raise _unsound(name, f"{table} has computed columns")


def decisions(conn: sqlite3.Connection, name: str) -> Iterator[Decision]:
    """The analysts' decisions, in the order they were made."""
    for number, row in enumerate(conn.execute(f"SELECT {_TRIAGE} FROM triage WHERE {ANALYSTS} ORDER BY at, id"), 1):
        _check_count(number, name)
        one = Decision(*row)
        texts = (one.uuid, one.rule, one.account, one.resource, one.who, one.note, one.assignee)
        sound = (
            _are_texts(*texts)
            and one.uuid
            and one.state in _STATES
            and one.state_before in _STATES
            and one.reason in ("", *MUTE_REASONS)
            and _are_times(one.at, one.until)
            and (one.state != "muted" or one.reason)
        )
        if not sound:
            raise _unsound(name, f"decision {number}")
        yield one


def comments(conn: sqlite3.Connection, name: str) -> Iterator[Comment]:
    """All comments, oldest first."""
    query = (
        "SELECT f.rule, f.account, f.resource, c.at, c.who, c.text FROM comment AS c"
        " JOIN finding AS f ON f.id = c.finding ORDER BY c.at, c.id"
    )
    for number, row in enumerate(conn.execute(query), 1):
        _check_count(number, name)
        if not (_are_texts(*row[:3], row[4], row[5]) and _are_times(row[3])):
            raise _unsound(name, f"comment {number}")
        yield Comment((row[0], row[1], row[2]), row[3], row[4], row[5])


def labels(conn: sqlite3.Connection, name: str) -> Iterator[Label]:
    """The labels that analysts gave by hand."""
    query = "SELECT account, resource, key, value, at FROM asset_label WHERE origin = 'analyst'"
    for number, row in enumerate(conn.execute(query), 1):
        _check_count(number, name)
        if not (_are_texts(*row[:4]) and row[2] in LABEL_KEYS and _are_times(row[4])):
            raise _unsound(name, f"label {number}")
        yield Label(*row)


def _are_texts(*values: Any) -> bool:
    return all(isinstance(value, str) and len(value) <= LONGEST for value in values)


def _are_times(at: Any, until: Any = None) -> bool:
    return all(value is None or (isinstance(value, int) and 0 <= value < 1 << 40) for value in (at, until)) and (
        at is not None
    )


def _check_count(number: int, name: str) -> None:
    if number > MOST_ROWS:
        raise _unsound(name, f"more than {MOST_ROWS:,} entries of one kind")


def _unsound(name: str, what: str) -> UserError:
    return UserError(
        f"The triage in {name} is not as {NAME} writes it ({what}); nothing was imported.",
        "Ask its sender to export the workspace again.",
    )
