"""Which moment is meant: a day, a time, or the end of a scan."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime

from backend.errors import UserError

DAY = 86_400
_SCAN = re.compile(r"(?:scan\s*|#)?(\d{1,12})", re.IGNORECASE)
_FORMS = "Give a day (2026-11-01, to its end in UTC), a time (2026-11-01T14:30Z), or the number of a scan."


@dataclass(frozen=True)
class Moment:
    """`at`: epoch seconds, over by now. `scan`: the one whose end it is, or None; its account is judged by that one."""

    at: int
    scan: int | None = None


def parse(conn: sqlite3.Connection, text: str, now: int) -> Moment:
    """What the analyst wrote, as a moment that is over. `UserError` for anything else."""
    wanted = text.strip()
    if match := _SCAN.fullmatch(wanted):
        return _of_scan(conn, int(match[1]))
    try:
        at = _day(wanted) if len(wanted) == len("2026-11-01") else _time(wanted)
    except (ValueError, OverflowError):
        raise UserError(f"“{wanted[:40]}” is no moment.", _FORMS) from None
    if at >= now:
        over = "That day is not over yet, in UTC." if len(wanted) == len("2026-11-01") else "That moment is not over."
        raise UserError(over, "Give an earlier one, or leave it out: the present needs none.")
    return Moment(at)


def _day(text: str) -> int:
    begins = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return int(begins.timestamp()) + DAY - 1


def _time(text: str) -> int:
    when = datetime.fromisoformat(text)
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _of_scan(conn: sqlite3.Connection, scan: int) -> Moment:
    row = conn.execute(
        "SELECT state, coalesce(finished_at, started_at), batch FROM scan WHERE id = ?", (scan,)
    ).fetchone()
    if row is None:
        raise UserError(f"There is no scan {scan} in this workspace.", _FORMS)
    state, at, batch = row
    if state != "done":
        raise UserError(
            f"Scan {scan} is {state}: it did not see everything.", "Only scans that are done can be judged again."
        )
    if batch:  # the accounts of an organization, scanned together: all of them
        at = conn.execute(
            "SELECT max(coalesce(finished_at, started_at)) FROM scan WHERE batch = ? AND state = 'done'", (batch,)
        ).fetchone()[0]
    return Moment(int(at), scan)
