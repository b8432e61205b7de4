"""Which scans a past moment rests on, and what has to be left out."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from backend.errors import UserError
from backend.past.moment import Moment

MOST_SCANS = 12
"""Scans of one account judged anew; what was before them is taken from the recorded history."""
MOST_RESOURCES = 150_000
"""Resources judged anew over all scans but the one used of each account."""
AT_LEAST = 2_000  # resources that a scan counts for, however few it saw: it has a cost of its own

AT = "coalesce(finished_at, started_at)"


@dataclass(frozen=True)
class PastScan:
    """A scan that was done by the moment."""

    id: int
    cloud_id: str
    started_at: int
    at: int  # its end: when its verdicts count from
    resources: int


@dataclass(frozen=True)
class PastAccount:
    """`scans`: all that were done by then, oldest first; the last `judged` of them are judged anew (at least one)."""

    cloud_id: str
    name: str
    scans: tuple[PastScan, ...]
    judged: int = 1

    @property
    def used(self) -> PastScan:
        """The scan that says how things stood."""
        return self.scans[-1]

    @property
    def replayed(self) -> tuple[PastScan, ...]:
        """Scans judged anew, oldest first."""
        return self.scans[-self.judged :]

    @property
    def seeded(self) -> bool:
        """Whether what was before comes from the history."""
        return self.judged < len(self.scans)


@dataclass(frozen=True)
class Plan:
    """Accounts by name, and what is left out (as in `Note`)."""

    moment: Moment
    accounts: tuple[PastAccount, ...]
    unfinished: tuple[tuple[int, str, int], ...] = ()
    retired: tuple[str, ...] = ()
    without_scan: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def replayed(self) -> list[PastScan]:
        """Scans judged anew, in the order they ended."""
        return sorted((one for account in self.accounts for one in account.replayed), key=lambda one: (one.at, one.id))


def make(conn: sqlite3.Connection, moment: Moment) -> Plan:
    """Choose the scans. `UserError` when none was done by the moment."""
    names = _names(conn)
    found: dict[str, list[PastScan]] = {}
    pinned = _cloud_of(conn, moment.scan)
    for row in conn.execute(
        f"SELECT id, cloud_id, started_at, {AT}, resources FROM scan WHERE state = 'done' AND {AT} <= ? ORDER BY id",
        (moment.at,),
    ):
        scan = PastScan(*row)
        if scan.cloud_id != pinned or moment.scan is None or scan.id <= moment.scan:
            found.setdefault(scan.cloud_id, []).append(scan)
    if pinned and pinned not in names:
        raise UserError(f"The account of scan {moment.scan} was removed from this workspace.", "Add it again first.")
    accounts = [PastAccount(cloud, names[cloud], tuple(scans)) for cloud, scans in found.items() if cloud in names]
    if not accounts:
        _refuse(conn, bool(found))
    accounts.sort(key=lambda one: (one.name, one.cloud_id))
    return Plan(
        moment=moment,
        accounts=tuple(_bounded(accounts)),
        unfinished=tuple(_unfinished(conn, moment, names)),
        retired=tuple(sorted(cloud for cloud in found if cloud not in names)),
        without_scan=tuple(_without_scan(conn, moment, set(found))),
        names=names,
    )


def _names(conn: sqlite3.Connection) -> dict[str, str]:
    """Cloud id -> name, of the accounts of the workspace; as reports call them."""
    return dict(
        conn.execute(
            "SELECT cloud_id, name FROM account WHERE cloud_id <> '' ORDER BY kind = 'organization' DESC, id DESC"
        )
    )


def _cloud_of(conn: sqlite3.Connection, scan: int | None) -> str:
    row = conn.execute("SELECT cloud_id FROM scan WHERE id = ?", (scan,)).fetchone()
    return str(row[0]) if row else ""


def _bounded(accounts: list[PastAccount]) -> list[PastAccount]:
    """How far back each account is judged anew. It depends on what was there by then only, never on the clock."""
    judged = {one.cloud_id: 1 for one in accounts}
    left, growing = MOST_RESOURCES, list(accounts)
    while growing:
        still = []
        for one in growing:
            depth = judged[one.cloud_id]
            if depth == min(len(one.scans), MOST_SCANS):
                continue
            cost = max(one.scans[-depth - 1].resources, AT_LEAST)
            if cost <= left:
                left -= cost
                judged[one.cloud_id] += 1
                still.append(one)
        growing = still
    return [PastAccount(one.cloud_id, one.name, one.scans, judged[one.cloud_id]) for one in accounts]


def _unfinished(conn: sqlite3.Connection, moment: Moment, names: dict[str, str]) -> list[tuple[int, str, int]]:
    """Scans begun by then and not done by then, whatever became of them later."""
    rows = conn.execute(
        f"SELECT id, cloud_id, started_at FROM scan WHERE started_at <= ? AND NOT (state = 'done' AND {AT} <= ?)"
        " ORDER BY id",
        (moment.at, moment.at),
    )
    return [(scan, names[cloud], at) for scan, cloud, at in rows if cloud in names]


def _without_scan(conn: sqlite3.Connection, moment: Moment, scanned: set[str]) -> list[str]:
    rows = conn.execute(
        "SELECT name, cloud_id FROM account WHERE selected = 1 AND kind <> 'organization' AND created_at <= ?"
        " ORDER BY name",
        (moment.at,),
    )
    return [name for name, cloud in rows if cloud not in scanned]


def _refuse(conn: sqlite3.Connection, retired: bool) -> None:
    if retired:
        raise UserError(
            "All accounts that had been scanned by then were removed from this workspace.", "Add them again first."
        )
    first = conn.execute(f"SELECT id, {AT} FROM scan WHERE state = 'done' ORDER BY {AT}, id LIMIT 1").fetchone()
    if first is None:
        raise UserError("No scan of this workspace is done.", "Scan an account first.")
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(first[1], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise UserError("No scan was done by then.", f"The first one, No. {first[0]}, ended {when}.")
