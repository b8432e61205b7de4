"""The score as it stands, its history, and what would raise it most.

`100 * Σ w(severity)·pass/(pass+fail) / Σ w(severity)` over the rules with at least one pass or fail, w = 5 for
critical down to 1 for info. Only findings of present resources count; muted and unknown ones are left out, and
coverage (evaluated / total) says how much rests on evidence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from backend.reads import definition
from backend.reads.findings.counts import Cell, Tally, cells, split, tally
from backend.reads.findings.paging import where


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
    weight, earned, evaluated = 0, 0.0, 0
    for part in split(listed, lambda cell: cell.rule).values():
        one = tally(part)
        if one.evaluated:
            rank = max(cell.severity_rank for cell in part)
            weight += rank
            earned += rank * one.passed / one.evaluated
            evaluated += 1
    total = tally(listed)
    return Score(100 * earned / weight if weight else None, total.coverage, total, evaluated)


def current(conn: sqlite3.Connection, account: str = "", framework: str = "") -> Score:
    """The score now, with mutes and fixes since the last scan."""
    return score(counted(conn, account, framework))


def raises(conn: sqlite3.Connection, found: Iterable[Cell], limit: int = 10) -> list[Raise]:
    """What would raise the score most, in falling order."""
    parts: list[tuple[str, int, Tally]] = []
    for rule, part in split(found, lambda cell: cell.rule).items():
        one = tally(part)
        if one.evaluated:
            parts.append((rule, max(cell.severity_rank for cell in part), one))
    weight = sum(rank for _, rank, _ in parts)
    gains = [
        (100 * rank * one.failed / one.evaluated / weight, rule, rank, one) for rule, rank, one in parts if one.failed
    ]
    gains.sort(key=lambda gain: (-gain[0], gain[1]))
    headings = definition.headings(conn, (rule for _, rule, _, _ in gains[:limit]))
    return [
        Raise(rule, headings[rule].title if rule in headings else rule, rank, one.failed, one.evaluated, points)
        for points, rule, rank, one in gains[:limit]
    ]


def history(conn: sqlite3.Connection, scope: str = "all", key: str = "", limit: int = 365) -> list[ScorePoint]:
    """The newest `limit` points, oldest first; `scope` is all, account or framework."""
    records = conn.execute(
        "SELECT scan, at, score, coverage, passed, failed, unknown, muted FROM score"
        " WHERE scope = ? AND key = ? ORDER BY scan DESC LIMIT ?",
        (scope, key, limit),
    ).fetchall()
    return [ScorePoint(*record) for record in reversed(records)]
