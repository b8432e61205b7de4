"""Counts of findings: one pass over a covering index answers groups, facets and totals together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from backend.workspace.filter import Filter


class Cell(NamedTuple):
    """How many findings share these values; `oldest` first seen, `newest` change of status."""

    rule: str
    account: str
    region: str
    status: str
    state: str
    presence: str
    severity_rank: int
    service: str
    number: int
    oldest: int
    newest: int


_COVERED = frozenset(
    "severity status state presence rule title service account region framework requirement muted changed id".split()
)
_SEEKING = frozenset(("rule", "title", "framework", "requirement", "id"))  # which an index can find
_BY = ("rule", "account", "region", "status", "state", "presence", "severity_rank", "service")  # as finding_counts


def covered(where: Filter) -> bool:
    """Whether the columns of `where` lie in the covering indexes: no row need be looked up then."""
    return where.query.fields() <= _COVERED and not where.query.has_text()


def cells(conn: sqlite3.Connection, where: Filter, *, times: bool = True) -> list[Cell]:
    """All cells of the findings that match; without `times`, `oldest` and `newest` are 0."""
    by = ", ".join(f"finding.{name}" for name in _BY)
    span = "min(finding.first_seen), max(finding.changed)" if times else "0, 0"
    group, condition = by, where.sql
    if not covered(where):
        # A plus keeps SQLite from walking the index, and looking up each row, only to save sorting the few groups.
        group = by.replace("finding.rule", "+finding.rule")
    elif not where.query.fields() & _SEEKING:
        # Seen by the planner, `status = ?` drops that column from the grouping, and with it the index's order.
        condition = f"CASE WHEN {where.sql} THEN 1 END"
    statement = f"SELECT {by}, count(*), {span} FROM finding WHERE {condition} GROUP BY {group}"
    return [Cell(*record) for record in conn.execute(statement, where.params)]


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings by verdict. `muted` are counted there alone, whatever their verdict."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    muted: int = 0

    @property
    def evaluated(self) -> int:
        """Those with a verdict that rests on evidence."""
        return self.passed + self.failed

    @property
    def total(self) -> int:
        """All but the muted."""
        return self.passed + self.failed + self.unknown

    @property
    def coverage(self) -> float | None:
        """Evaluated / total, 0..1; None when there is nothing."""
        return self.evaluated / self.total if self.total else None


def tally(found: Iterable[Cell]) -> Tally:
    """Add up cells."""
    counts = {"pass": 0, "fail": 0, "unknown": 0, "muted": 0}
    for cell in found:
        counts["muted" if cell.state == "muted" else cell.status] += cell.number
    return Tally(counts["pass"], counts["fail"], counts["unknown"], counts["muted"])


def split(found: Iterable[Cell], key: Callable[[Cell], str]) -> dict[str, list[Cell]]:
    """Cells by a key."""
    parts: dict[str, list[Cell]] = {}
    for cell in found:
        parts.setdefault(key(cell), []).append(cell)
    return parts
