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


_CELLS = (
    "SELECT finding.rule, finding.account, finding.region, finding.status, finding.state, finding.presence,"
    " finding.severity_rank, finding.service, count(*), min(finding.first_seen), max(finding.changed)"
    " FROM finding WHERE {} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
)


def cells(conn: sqlite3.Connection, where: Filter) -> list[Cell]:
    """All cells of the findings that match."""
    return [Cell(*record) for record in conn.execute(_CELLS.format(where.sql), where.params)]


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
