"""The score: `100 * Σ w(severity)·pass/(pass+fail) / Σ w(severity)` over the rules that have at least one pass or fail.

Each rule counts once however many resources it covers, so volume cannot drown a critical failure. Muted and unknown
results are out of it; coverage (evaluated / total) always stands beside it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from backend.posture.rule import WEIGHT


@dataclass(frozen=True)
class Tally:
    """Counts of one rule over present findings."""

    rule: str
    severity: str
    passed: int
    failed: int
    unknown: int
    muted: int


@dataclass(frozen=True)
class Score:
    """`score` 0..100, None when nothing was evaluated; `coverage` 0..1 of the results that are pass or fail."""

    score: float | None
    coverage: float
    passed: int
    failed: int
    unknown: int
    muted: int


def tallies(conn: sqlite3.Connection, account: str = "", framework: str = "") -> list[Tally]:
    """Per rule counts, of all accounts or one, of all rules or those mapped to a framework."""
    where = ["presence = 'present'"]
    params: list[str] = []
    if account:
        where.append("account = ?")
        params.append(account)
    if framework:
        where.append("rule IN (SELECT rule FROM rule_requirement WHERE framework = ?)")
        params.append(framework)
    query = (
        "SELECT rule, severity, sum(status = 'pass' AND state <> 'muted'), sum(status = 'fail' AND state <> 'muted'),"
        " sum(status = 'unknown' AND state <> 'muted'), sum(state = 'muted')"
        f" FROM finding WHERE {' AND '.join(where)} GROUP BY rule, severity"
    )
    return [Tally(*row) for row in conn.execute(query, params)]


def score(found: Iterable[Tally]) -> Score:
    """The score of some tallies."""
    weight = earned = 0.0
    passed = failed = unknown = muted = 0
    for one in found:
        passed += one.passed
        failed += one.failed
        unknown += one.unknown
        muted += one.muted
        judged = one.passed + one.failed
        if judged:
            weight += WEIGHT[one.severity]
            earned += WEIGHT[one.severity] * one.passed / judged
    total = passed + failed + unknown
    return Score(
        100.0 * earned / weight if weight else None, (passed + failed) / total if total else 0.0,
        passed, failed, unknown, muted,
    )  # fmt: skip


def gains(found: Iterable[Tally]) -> list[tuple[str, float]]:
    """(rule, points the score would rise if every failing resource of it passed), largest first."""
    known = [one for one in found if one.passed + one.failed]
    weight = sum(WEIGHT[one.severity] for one in known)
    risen = [
        (one.rule, 100.0 * WEIGHT[one.severity] * one.failed / (one.passed + one.failed) / weight)
        for one in known
        if one.failed
    ]
    return sorted(risen, key=lambda pair: (-pair[1], pair[0]))


def record(conn: sqlite3.Connection, scan: int, now: int | None = None) -> None:
    """Write the history rows of a scan: all, its account, and each framework. Caller's transaction."""
    at = int(time.time()) if now is None else now
    account = conn.execute("SELECT cloud_id FROM scan WHERE id = ?", (scan,)).fetchone()[0]
    scopes = [("all", "", tallies(conn)), ("account", account, tallies(conn, account=account))]
    for (framework,) in conn.execute("SELECT DISTINCT framework FROM framework_requirement ORDER BY 1").fetchall():
        scopes.append(("framework", framework, tallies(conn, framework=framework)))
    for scope, key, found in scopes:
        one = score(found)
        conn.execute(
            "INSERT OR REPLACE INTO score (scan, at, scope, key, score, coverage, passed, failed, unknown, muted)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
            (scan, at, scope, key, one.score, one.coverage, one.passed, one.failed, one.unknown, one.muted),
        )
