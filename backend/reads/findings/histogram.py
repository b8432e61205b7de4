"""Bars above a list of findings: how many changed when, stacked by severity."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from backend.workspace.filter import Filter

COLUMNS = ("changed", "first_seen", "last_seen")
_STEPS = (
    60,
    300,
    900,
    3600,
    10800,
    21600,
    43200,
    86400,
    2 * 86400,
    7 * 86400,
    14 * 86400,
    28 * 86400,
    91 * 86400,
    364 * 86400,
)


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
    first, last = conn.execute(
        f"SELECT min(finding.{column}), max(finding.{column}) FROM finding WHERE {where.sql}", where.params
    ).fetchone()
    if first is None:
        return Histogram(column, _STEPS[0], ())
    wanted = max(1, bars)
    step = next((step for step in _STEPS if (last - first) // step < wanted), _STEPS[-1])
    counts: dict[int, list[int]] = {}
    records = conn.execute(
        f"SELECT finding.{column} / {step} AS bucket, finding.severity_rank, count(*) FROM finding WHERE {where.sql}"
        " GROUP BY 1, 2",
        where.params,
    )
    for bucket, rank, count in records:
        counts.setdefault(bucket, [0] * 5)[rank - 1] += count
    found: list[Bar] = []
    for bucket in range(first // step, last // step + 1):
        a, b, c, d, e = counts.get(bucket, (0, 0, 0, 0, 0))
        found.append(Bar(bucket * step, (a, b, c, d, e)))
    return Histogram(column, step, tuple(found))
