"""The score of a workspace and its history, by the formula of `backend.workspace.scoring`.

Muted and unknown results are out of it; coverage (evaluated / total) always stands beside it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from backend.posture.rule import WEIGHT
from backend.workspace import scoring


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
    listed = list(found)
    passed, failed = sum(one.passed for one in listed), sum(one.failed for one in listed)
    unknown, muted = sum(one.unknown for one in listed), sum(one.muted for one in listed)
    total = passed + failed + unknown
    coverage = (passed + failed) / total if total else 0.0
    return Score(scoring.score(map(_result, listed)), coverage, passed, failed, unknown, muted)


def gains(found: Iterable[Tally]) -> list[tuple[str, float]]:
    """(rule, points the score would rise if every failing resource of it passed), largest first."""
    return scoring.gains(map(_result, found))


def _result(one: Tally) -> scoring.RuleResult:
    return scoring.RuleResult(one.rule, WEIGHT[one.severity], one.passed, one.failed)


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
