"""The mark of a handed-over workspace: whose it is, and what may not be done with it."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import asdict, dataclass
from typing import Any

from backend.errors import UserError
from backend.product import VERSION
from backend.workspace import audit

SETTING = "handover"


@dataclass(frozen=True)
class Passing:
    """One time that it changed hands."""

    who: str
    at: int  # epoch seconds
    product: str
    audit_head: str  # `count:mac` of the sender's audit log


@dataclass(frozen=True)
class Handover:
    """Workspace id of the owner, and all passings, the owner's own first."""

    workspace: str
    passings: tuple[Passing, ...]

    @property
    def owner(self) -> Passing:
        """When its owner handed it over: until then both sides knew the same."""
        return self.passings[0]

    def sentence(self) -> str:
        """For the banner of the console."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self.owner.at))
        return f"Handed over by {self.owner.who} on {day}: for reading and triage."


def load(conn: sqlite3.Connection) -> Handover | None:
    """The mark of this workspace; None when it is nobody else's. A mark that cannot be read is still one."""
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (SETTING,)).fetchone()
    return None if row is None else _parse(row[0])


def refuse(conn: sqlite3.Connection, what: str) -> None:
    """`UserError` when the workspace was handed over; `what` begins the sentence (“A scan”, “A stored secret”)."""
    found = load(conn)
    if found is None:
        return
    raise UserError(
        f"{what} is not possible here: this workspace was handed over by {found.owner.who}.",
        "Triage, comments, labels and reports work. Scan with a workspace of your own.",
    )


def write(conn: sqlite3.Connection, who: str, at: int) -> Handover:
    """Add a passing, in the caller's transaction on the copy that is handed over."""
    before = load(conn)
    passing = Passing(who, at, VERSION, str(audit.head(conn)))
    row = conn.execute("SELECT value FROM setting WHERE key = 'workspace.id'").fetchone()
    found = Handover(
        before.workspace if before else str(json.loads(row[0])) if row else "",
        (*(before.passings if before else ()), passing),
    )
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (SETTING, json.dumps(asdict(found), ensure_ascii=False)),
    )
    conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, 'true')", (audit.HANDED_OVER,))
    return found


def _parse(text: Any) -> Handover:
    try:
        entry = json.loads(text)
        passings = tuple(
            Passing(str(one["who"])[:200], int(one["at"]), str(one["product"])[:40], str(one["audit_head"])[:100])
            for one in entry["passings"]
        )
        if passings:
            return Handover(str(entry["workspace"])[:64], passings)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        pass
    return Handover("", (Passing("somebody", 0, "", ""),))
