"""The first page: where things stand, what changed, what to do first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from backend.reads.accounts import AccountRow
from backend.reads.accounts import rows as account_rows
from backend.reads.findings.counts import Cell, cells
from backend.reads.findings.groups import GroupRow, of_cells
from backend.reads.findings.paging import where
from backend.reads.frameworks import FrameworkRow
from backend.reads.frameworks import rows as framework_rows
from backend.reads.scans import ScanDiff, ScanRow, since_last
from backend.reads.scans import rows as scan_rows
from backend.reads.score import Raise, Score, ScorePoint, history, raises, score

TOP = 10


@dataclass(frozen=True, slots=True)
class Slice:
    """Failing findings of one value (as the query language writes it)."""

    value: str
    label: str
    failed: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page shows.

    `failing_by_severity` has all five, worst first. `stale` failures could not be confirmed by the last scan: they
    count as failing here and in the lists, but not in the score. `oldest_age` is seconds since the last scan of the
    account that waits longest; `never_scanned` names accounts without a finished scan. `expiring_mutes` end within
    a week.
    """

    score: Score
    trend: tuple[ScorePoint, ...]
    failing_by_severity: tuple[Slice, ...]
    failing_by_service: tuple[Slice, ...]
    failing_by_region: tuple[Slice, ...]
    failing_by_account: tuple[Slice, ...]
    top_risks: tuple[GroupRow, ...]
    raises: tuple[Raise, ...]
    frameworks: tuple[FrameworkRow, ...]
    recent_scans: tuple[ScanRow, ...]
    since_last: ScanDiff
    accounts: tuple[AccountRow, ...]
    never_scanned: tuple[str, ...]
    oldest_age: int | None
    resources: int
    stale: int
    reopened: int
    expiring_mutes: int


def load(conn: sqlite3.Connection, *, now: int | None = None) -> Overview:
    """The whole page at once."""
    at = int(time.time()) if now is None else now
    known = cells(conn, where("-presence:gone", scoped=False))
    present = [cell for cell in known if cell.presence == "present"]
    shown = [cell for cell in known if cell.state != "muted"]  # as the list of findings has them: stale ones too
    failing = [cell for cell in shown if cell.status == "fail"]
    accounts = account_rows(conn, present, now=at)
    names = {row.cloud_id: row.name for row in accounts if row.cloud_id}
    severities = dict.fromkeys(("critical", "high", "medium", "low", "info"), 0)
    severities.update(
        _sums(failing, lambda cell: ("info", "low", "medium", "high", "critical")[cell.severity_rank - 1])
    )
    ages = [row.age for row in accounts if row.age is not None and row.selected]
    return Overview(
        score=score(present),
        trend=tuple(history(conn)),
        failing_by_severity=tuple(Slice(name, name, count) for name, count in severities.items()),
        failing_by_service=_slices(failing, lambda cell: cell.service, {}),
        failing_by_region=_slices(failing, lambda cell: cell.region, {}),
        failing_by_account=_slices(failing, lambda cell: cell.account, names),
        top_risks=tuple(of_cells(conn, failing, shown)[:TOP]),
        raises=tuple(raises(conn, present, TOP)),
        frameworks=tuple(framework_rows(conn, present)),
        recent_scans=tuple(scan_rows(conn, TOP)),
        since_last=since_last(conn),
        accounts=tuple(accounts),
        never_scanned=tuple(row.name for row in accounts if _unscanned(row)),
        oldest_age=max(ages, default=None),
        resources=sum(row.done.resources for row in accounts if row.done is not None),
        stale=sum(cell.number for cell in failing if cell.presence == "stale"),
        reopened=_count(conn, "finding.status = 'fail' AND finding.state = 'open' AND finding.reopened = 1"),
        expiring_mutes=_count(
            conn,
            # Naming every status lets the index on (status, state) find the few that are muted.
            "finding.status IN ('pass', 'fail', 'unknown') AND finding.state = 'muted'"
            f" AND finding.mute_until < {at + 7 * 86_400}",
        ),
    )


def _unscanned(row: AccountRow) -> bool:
    return row.age is None and row.selected and row.kind != "organization"


def _sums(found: list[Cell], key: Callable[[Cell], str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for cell in found:
        value = key(cell)
        counts[value] = counts.get(value, 0) + cell.number
    return counts


def _slices(found: list[Cell], key: Callable[[Cell], str], labels: dict[str, str]) -> tuple[Slice, ...]:
    ordered = sorted(_sums(found, key).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Slice(value, labels.get(value, value), count) for value, count in ordered[:TOP])


def _count(conn: sqlite3.Connection, condition: str) -> int:
    return int(conn.execute(f"SELECT count(*) FROM finding WHERE {condition}").fetchone()[0])
