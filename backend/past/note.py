"""What a workspace made anew says of itself. It travels in its own `setting`, so whoever reads the rows can say it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

KEY = "past.note"


@dataclass(frozen=True)
class Note:
    """`at`: the moment. `evidence_at`: end of the newest scan used (epoch seconds, as all times here)."""

    at: int
    scan: int | None  # whose end the moment is
    evidence_at: int
    rules_sha256: str  # the rules that judged: those in force when this was made
    judged: tuple[int, ...]  # scans judged anew, oldest first
    from_history: tuple[str, ...] = ()  # accounts whose earlier scans were not: first_seen there as once recorded
    unfinished: tuple[tuple[int, str, int], ...] = ()  # scan, account, started: not done by then, so left out
    retired: tuple[str, ...] = ()  # cloud ids scanned by then whose account was removed since
    without_scan: tuple[str, ...] = ()  # accounts none of whose scans was done by then
    deleted_rules: tuple[str, ...] = ()  # had findings by then, are no more
    failed_rules: tuple[str, ...] = ()
    reread: int = 0  # resources of the scans used that *Check again* read after the moment
    reread_at: int = 0  # when the last of them was
    unfit: int = 0  # decisions about results that these rules do not give


def write(conn: sqlite3.Connection, note: Note) -> None:
    """Leave the note in a workspace made anew."""
    conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (KEY, json.dumps(asdict(note))))


def read(conn: sqlite3.Connection) -> Note | None:
    """The note; None in a workspace that shows the present."""
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (KEY,)).fetchone()
    if row is None:
        return None
    found: dict[str, Any] = json.loads(row[0])
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    found["unfinished"] = tuple((int(scan), str(name), int(at)) for scan, name, at in found["unfinished"])
    return Note(**found)
