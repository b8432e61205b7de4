"""What changed between the scans a report rests on and the ones before them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from backend.reports.scope import Scope

LISTED_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A score as it was recorded after a scan; None where nothing was evaluated."""

    at: int
    score: float | None
    coverage: float
    failed: int


@dataclass(frozen=True, slots=True)
class Change:
    """Counts since the previous scan of each account, and the worst results that began to fail."""

    failing: int  # pass, unknown or new -> fail
    fixed: int  # fail -> pass
    gone: int  # failing resources that are no longer there
    unknown: int  # pass or fail -> unknown
    stale: int  # resources whose listing failed this time
    worst: tuple[tuple[str, str, str, str], ...]  # rule, resource, account, status before ('' for new)
    first: tuple[str, ...]  # names of accounts scanned for the first time: not in the counts


def load_change(conn: sqlite3.Connection, scope: Scope) -> Change | None:
    """None when no account was scanned before."""
    scans = [one.scan.id for one in scope.accounts if one.scan is not None and one.scan.previous]
    first = tuple(one.name for one in scope.accounts if one.scan is not None and not one.scan.previous)
    if not scans:
        return None
    source = (
        "FROM finding_history AS past JOIN finding ON finding.id = past.finding"
        f" WHERE past.scan IN ({','.join('?' * len(scans))}) AND {scope.sql}"
    )
    params = (*scans, *scope.params)
    failing = "past.presence = 'present' AND past.status = 'fail' AND past.status_before <> 'fail'"
    counts = conn.execute(
        f"SELECT total({failing}),"
        " total(past.presence = 'present' AND past.status = 'pass' AND past.status_before = 'fail'),"
        " total(past.presence = 'gone' AND past.status = 'fail'),"
        " total(past.presence = 'present' AND past.status = 'unknown' AND past.status_before IN ('pass', 'fail')),"
        f" total(past.presence = 'stale') {source}",
        params,
    ).fetchone()
    worst = conn.execute(
        f"SELECT finding.rule, finding.resource, finding.account, past.status_before {source} AND {failing}"
        " ORDER BY finding.severity_rank DESC, finding.rule, finding.account, finding.resource LIMIT ?",
        (*params, LISTED_AT_MOST),
    ).fetchall()
    failing_now, fixed, gone, unknown, stale = (int(one) for one in counts)
    return Change(failing_now, fixed, gone, unknown, stale, tuple(worst), first)


def load_trend(conn: sqlite3.Connection, scope: Scope) -> tuple[TrendPoint, ...]:
    """Recorded scores, oldest first: of everything, or of the one account chosen; else there is no such history."""
    if scope.whole:
        wanted = ("all", "")
    elif len(scope.accounts) == 1 and "rule IN" not in scope.sql:
        wanted = ("account", scope.accounts[0].cloud_id)
    else:
        return ()
    rows = conn.execute(
        "SELECT at, score, coverage, failed FROM score WHERE scope = ? AND key = ? ORDER BY at, scan", wanted
    )
    return tuple(TrendPoint(*row) for row in rows)


def score_before(conn: sqlite3.Connection, scope: Scope) -> float | None:
    """The score recorded last before the oldest of the scans used; None when there is none."""
    if not scope.scans or not scope.whole:
        return None
    row = conn.execute(
        "SELECT score FROM score WHERE scope = 'all' AND key = '' AND scan < ? ORDER BY scan DESC LIMIT 1",
        (scope.scans[0].id,),
    ).fetchone()
    return None if row is None else row[0]
