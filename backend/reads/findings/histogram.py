"""Bars above a list of findings: how many changed when, stacked by severity."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from backend.reads.findings.counts import covered
from backend.workspace.filter import Filter

COLUMNS = ("changed", "first_seen", "last_seen")
_QUARTER, _DAY = 900, 86_400
_STEPS = (_QUARTER, 3600, 10_800, 21_600, 43_200, *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 364)))


@dataclass(frozen=True, slots=True)
class Bar:
    """[start, start + step) with counts by severity rank 1..5 (index 0 is info)."""

    start: int
    counts: tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars without gaps, oldest first; `step` in seconds. No bars when nothing matches."""

    column: str
    step: int
    bars: tuple[Bar, ...]


def histogram(conn: sqlite3.Connection, where: Filter, column: str = "changed", bars: int = 60) -> Histogram:
    """At most about `bars` bars over the time the matching findings span."""
    if column not in COLUMNS:
        raise ValueError(f"findings have no time {column}")
    # As in counts.cells: without an index to cover it, the table is better read in its own order.
    bucket = f"{'' if covered(where) else '+'}finding.{column} / {_STEPS[0]}"
    records = conn.execute(
        f"SELECT {bucket}, finding.severity_rank, count(*) FROM finding WHERE {where.sql} GROUP BY 1, 2", where.params
    ).fetchall()
    if not records:
        return Histogram(column, _STEPS[0], ())
    first, last = records[0][0] * _STEPS[0], records[-1][0] * _STEPS[0]
    step = next((step for step in _STEPS if (last - first) // step < max(1, bars)), _STEPS[-1])
    counts: dict[int, list[int]] = {}
    for at, rank, count in records:
        counts.setdefault(at * _STEPS[0] // step, [0] * 5)[rank - 1] += count
    found: list[Bar] = []
    for at in range(first // step, last // step + 1):
        a, b, c, d, e = counts.get(at, (0, 0, 0, 0, 0))
        found.append(Bar(at * step, (a, b, c, d, e)))
    return Histogram(column, step, tuple(found))
