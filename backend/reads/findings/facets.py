"""The values of a field among the matching findings, with counts; and values to complete a query with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.reads import definition
from backend.reads.findings.counts import Cell, cells
from backend.workspace.filter import Filter
from backend.workspace.filter.fields import SEVERITIES, Field
from backend.workspace.filter.pattern import escape, glob, like

SCANNED = 50_000  # rows looked at for a field that no index covers
SHOWN = 50
FIELDS = (
    "severity", "status", "state", "presence", "service", "account", "region", "rule", "resource_type", "framework",
    "assignee", "mute_reason", "environment", "owner", "criticality", "sensitivity",
)  # fmt: skip
_RANKS = ("", *SEVERITIES)
_COUNTED: dict[str, Callable[[Cell], str]] = {
    "severity": lambda cell: _RANKS[cell.severity_rank],
    "status": lambda cell: cell.status,
    "state": lambda cell: cell.state or "none",
    "presence": lambda cell: cell.presence,
    "service": lambda cell: cell.service,
    "account": lambda cell: cell.account,
    "region": lambda cell: cell.region,
    "rule": lambda cell: cell.rule,
}
_FIXED = {
    "severity": tuple(reversed(SEVERITIES)),
    "status": ("fail", "unknown", "pass"),
    "state": ("open", "in_progress", "muted", "resolved", "none"),
    "presence": ("present", "stale", "gone"),
}
_LABELS = ("environment", "owner", "criticality", "sensitivity")


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value as the query language writes it, what a person calls it, and how many findings have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of `field`, most frequent first (in their own order where they have one).

    Parts of the query that speak of this field alone do not narrow it, so that another value can be chosen.
    `sampled`: counted over the first 50,000 matches only. `capped`: more values than are listed.
    """

    field: str
    values: tuple[FacetValue, ...]
    sampled: bool = False
    capped: bool = False


def facets(conn: sqlite3.Connection, where: Filter, field: str, limit: int = SHOWN) -> Facet:
    """The facet of one field (one of `FIELDS`)."""
    return panel(conn, where, (field,), limit)[0]


def panel(conn: sqlite3.Connection, where: Filter, fields: Sequence[str] = FIELDS, limit: int = SHOWN) -> list[Facet]:
    """Several facets at once: fields the query does not speak of share one pass."""
    by_count: dict[str, list[Cell]] = {}
    by_row: dict[str, list[tuple[str, Filter]]] = {}
    found: dict[str, Facet] = {}
    for field in fields:
        narrowed = where.without({field})
        key = str(narrowed.query)
        if field in _COUNTED or field in ("framework", "resource_type"):
            if key not in by_count:
                by_count[key] = cells(conn, narrowed, times=False)
            found[field] = _from_cells(conn, field, by_count[key], limit)
        else:
            by_row.setdefault(key, []).append((field, narrowed))
    for asked in by_row.values():
        found.update(_from_rows(conn, [field for field, _ in asked], asked[0][1], limit))
    return [found[field] for field in fields]


def values(conn: sqlite3.Connection, field: Field, beginning: str, limit: int = 30) -> list[str]:
    """Values of `field` that begin so, for completion in the query bar."""
    start = escape(beginning) + "*"
    statement = _VALUES.get(field.name)
    if statement is not None:
        pattern = glob(start) if "GLOB" in statement else like(start)
        return [record[0] for record in conn.execute(statement, {"start": pattern, "limit": limit})]
    if field.name in _LABELS:
        statement = (
            "SELECT DISTINCT value FROM asset_label WHERE key = ? AND value LIKE ? ESCAPE '\\' ORDER BY 1 LIMIT ?"
        )
        return [record[0] for record in conn.execute(statement, (field.name, like(start), limit))]
    return []


def _likes(column: str, table: str) -> str:
    matching = f"{column} LIKE :start ESCAPE '\\' AND {column} <> ''"
    return f"SELECT DISTINCT {column} FROM {table} WHERE {matching} ORDER BY 1 LIMIT :limit"


_VALUES = {
    "rule": _likes("id", "rule"),
    "title": _likes("title", "rule"),
    "service": _likes("service", "rule"),
    "resource_type": _likes("resource_type", "rule"),
    "provider": _likes("provider", "rule"),
    "account": _likes("name", "account"),
    "region": _likes("region", "finding"),
    "assignee": _likes("assignee", "finding"),
    "mute_reason": _likes("mute_reason", "finding"),
    "framework": _likes("framework", "framework_requirement"),
    "requirement": _likes("id", "framework_requirement"),
    "label": _likes("value", "asset_label"),
    "scan": "SELECT CAST(id AS TEXT) FROM scan WHERE CAST(id AS TEXT) LIKE :start ORDER BY id DESC LIMIT :limit",
    "resource": "SELECT DISTINCT resource FROM finding WHERE resource GLOB :start ORDER BY resource LIMIT :limit",
    # Not sorted: the first matches will do, and need no look at every row.
    "name": "SELECT DISTINCT name FROM finding WHERE name LIKE :start ESCAPE '\\' LIMIT :limit",
}


def _from_cells(conn: sqlite3.Connection, field: str, found: list[Cell], limit: int) -> Facet:
    counts: dict[str, int] = {}
    labels: dict[str, str] = {}
    if field in _COUNTED:
        key = _COUNTED[field]
        for cell in found:
            value = key(cell)
            counts[value] = counts.get(value, 0) + cell.number
        if field == "account":
            labels = definition.account_names(conn)
        elif field == "rule":
            labels = dict(conn.execute("SELECT id, title FROM rule"))
    else:
        source = {
            "framework": "SELECT DISTINCT rule, framework FROM rule_requirement",
            "resource_type": "SELECT id, resource_type FROM rule",
        }[field]
        of_rule: dict[str, list[str]] = {}
        for rule, value in conn.execute(source):
            of_rule.setdefault(rule, []).append(value)
        for cell in found:
            for value in of_rule.get(cell.rule, ()):
                counts[value] = counts.get(value, 0) + cell.number
        if field == "framework":
            labels = dict(conn.execute("SELECT DISTINCT framework, framework_title FROM framework_requirement"))
    return _facet(field, counts, labels, limit)


def _from_rows(conn: sqlite3.Connection, fields: list[str], where: Filter, limit: int) -> dict[str, Facet]:
    """Facets that no index covers, all from one look at the rows."""
    picked = ", ".join(f"{_picked(field)} AS v{number}" for number, field in enumerate(fields))
    grouped = ", ".join(f"v{number}" for number in range(len(fields)))
    records = conn.execute(
        f"SELECT count(*), {grouped} FROM (SELECT {picked} FROM finding WHERE {where.sql} LIMIT {SCANNED})"
        f" GROUP BY {grouped}",
        where.params,
    ).fetchall()
    sampled = sum(record[0] for record in records) >= SCANNED
    found: dict[str, Facet] = {}
    for number, field in enumerate(fields, 1):
        counts: dict[str, int] = {}
        for record in records:
            if record[number]:
                counts[record[number]] = counts.get(record[number], 0) + record[0]
        found[field] = _facet(field, counts, {}, limit, sampled=sampled)
    return found


def _picked(field: str) -> str:
    if field in ("assignee", "mute_reason"):
        return f"finding.{field}"
    if field not in _LABELS:
        raise ValueError(f"there is no facet of {field}")
    # The analyst's word sorts before a tag.
    return (
        "(SELECT label.value FROM asset_label AS label WHERE label.account = finding.account"
        f" AND label.resource = finding.resource AND label.key = '{field}' ORDER BY label.origin LIMIT 1)"
    )


def _facet(field: str, counts: dict[str, int], labels: dict[str, str], limit: int, *, sampled: bool = False) -> Facet:
    fixed = _FIXED.get(field)
    if fixed:
        ordered = [(value, counts[value]) for value in fixed if value in counts]
    else:
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = tuple(FacetValue(value, labels.get(value, value), count) for value, count in ordered[:limit])
    return Facet(field, found, sampled, capped=len(ordered) > limit)
