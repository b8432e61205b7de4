"""The score as it stands, its history, and what would raise it most.

The formula is `backend.workspace.scoring`'s. Only findings of present resources count; muted and unknown ones are left
out, and coverage (evaluated / total) says how much rests on evidence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from backend.reads import definition
from backend.reads.findings.counts import Cell, Tally, cells, split, tally
from backend.reads.findings.paging import where
from backend.workspace import scoring


@dataclass(frozen=True, slots=True)
class Score:
    """`value` 0..100, None when nothing was evaluated. `rules` were evaluated at least once."""

    value: float | None
    coverage: float | None
    tally: Tally
    rules: int


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """The score after a scan; `key` is the account or framework of the history asked for."""

    scan: int
    at: int
    value: float | None
    coverage: float
    passed: int
    failed: int
    unknown: int
    muted: int


@dataclass(frozen=True, slots=True)
class Raise:
    """By how many points the score rises when every failure of a rule is fixed."""

    rule: str
    title: str
    severity_rank: int
    failed: int
    checked: int
    points: float


def counted(conn: sqlite3.Connection, account: str = "", framework: str = "") -> list[Cell]:
    """The cells a score rests on: of all accounts or one (cloud id), of all rules or those of a framework."""
    found = cells(conn, where("presence:present", scoped=False), times=False)
    if account:
        found = [cell for cell in found if cell.account == account]
    if framework:
        mapped = {
            record[0] for record in conn.execute("SELECT rule FROM rule_requirement WHERE framework = ?", (framework,))
        }
        found = [cell for cell in found if cell.rule in mapped]
    return found


def score(found: Iterable[Cell]) -> Score:
    """The score of some cells."""
    listed = list(found)
    results = _results(listed)
    total = tally(listed)
    return Score(scoring.score(results.values()), total.coverage, total, len(results))


def current(conn: sqlite3.Connection, account: str = "", framework: str = "") -> Score:
    """The score now, with mutes and fixes since the last scan."""
    return score(counted(conn, account, framework))


def raises(conn: sqlite3.Connection, found: Iterable[Cell], limit: int = 10) -> list[Raise]:
    """What would raise the score most, in falling order."""
    results = _results(found)
    gains = scoring.gains(results.values())[:limit]
    headings = definition.headings(conn, (rule for rule, _ in gains))
    return [
        Raise(
            rule,
            headings[rule].title if rule in headings else rule,
            results[rule].weight,
            results[rule].failed,
            results[rule].passed + results[rule].failed,
            points,
        )
        for rule, points in gains
    ]


def _results(found: Iterable[Cell]) -> dict[str, scoring.RuleResult]:
    """What the score needs, by rule; only rules that were evaluated."""
    results: dict[str, scoring.RuleResult] = {}
    for rule, part in split(found, lambda cell: cell.rule).items():
        one = tally(part)
        if one.evaluated:
            rank = max(cell.severity_rank for cell in part)
            results[rule] = scoring.RuleResult(rule, rank, one.passed, one.failed)
    return results


def history(conn: sqlite3.Connection, scope: str = "all", key: str = "", limit: int = 365) -> list[ScorePoint]:
    """The newest `limit` points, oldest first; `scope` is all, account or framework."""
    records = conn.execute(
        "SELECT scan, at, score, coverage, passed, failed, unknown, muted FROM score"
        " WHERE scope = ? AND key = ? ORDER BY scan DESC LIMIT ?",
        (scope, key, limit),
    ).fetchall()
    return [ScorePoint(*record) for record in reversed(records)]
