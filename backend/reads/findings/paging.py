"""Lists of findings: a page by key, or all ids of a query once and then rows by number."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from backend.reads.findings.counts import covered
from backend.reads.findings.row import COLUMNS, FindingRow, build
from backend.reads.keyset import Key, Order, Sort
from backend.workspace.filter import FINDINGS, Filter, Query, to_filter

MAX_PAGE = 500
WORST_FIRST = Sort("severity", descending=True)
_TITLE = "coalesce((SELECT rule.title FROM rule WHERE rule.id = finding.rule), finding.rule) COLLATE NOCASE"
_ACCOUNT = (
    "coalesce((SELECT account.name FROM account WHERE account.cloud_id = finding.account"
    " ORDER BY account.kind = 'organization', account.id LIMIT 1), finding.account) COLLATE NOCASE"
)
_EXPRESSIONS = {
    "status": "CASE finding.status WHEN 'pass' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END",
    "state": "finding.state",
    "presence": "finding.presence",
    "rule": "finding.rule",
    "title": _TITLE,
    "service": "finding.service",
    "account": "finding.account",
    "account_name": _ACCOUNT,
    "region": "finding.region",
    "resource": "finding.resource",
    "resource_type": "finding.resource_type",
    "name": "finding.name COLLATE NOCASE",
    "reason": "finding.reason",
    "assignee": "finding.assignee COLLATE NOCASE",
    "first_seen": "finding.first_seen",
    "last_seen": "finding.last_seen",
    "changed": "finding.changed",
}
SORTS = ("severity", *_EXPRESSIONS)
"""Columns a list of findings can be sorted by."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order. `first` and `last` are their keys: pass them as `before` and `after` to go on."""

    rows: tuple[FindingRow, ...]
    first: Key | None
    last: Key | None
    more: bool  # in the direction asked for


def where(query: Query | str = "", *, now: int | None = None, scoped: bool = True) -> Filter:
    """What the reads of findings take. Raises `FilterError`.

    Scoped: resources that are gone, and muted findings, are left out unless the query speaks of them.
    """
    return to_filter(query, FINDINGS, now=now, scoped=scoped)


def page(
    conn: sqlite3.Connection,
    where: Filter,
    sort: Sort = WORST_FIRST,
    after: Key | None = None,
    limit: int = 100,
    *,
    before: Key | None = None,
) -> Page:
    """At most `limit` (500) rows after or before a key, or the first ones."""
    order = order_of(sort)
    limit = max(1, min(limit, MAX_PAGE))
    condition, params = where.sql, [*where.params]
    backwards = before is not None
    key = before if backwards else after
    if key is not None:
        beyond, values = order.after(key, backwards=backwards)
        condition, params = f"({condition}) AND {beyond}", [*params, *values]  # type: ignore[list-item]
    direction = order.backwards_sql if backwards else order.sql
    records = conn.execute(
        f"SELECT {COLUMNS}, {order.columns} FROM finding WHERE {condition} ORDER BY {direction} LIMIT ?",
        [*params, limit + 1],
    ).fetchall()
    more = len(records) > limit
    records = records[:limit]
    if backwards:
        records.reverse()
    keys = [Key(tuple(record[21:])) for record in (records[:1] + records[-1:])]
    return Page(tuple(build(conn, records)), keys[0] if keys else None, keys[-1] if keys else None, more)


def ids(conn: sqlite3.Connection, where: Filter, sort: Sort = WORST_FIRST) -> array[int]:
    """The ids of all matching findings in order: eight bytes each, so that a list can jump to any row."""
    order = order_of(sort).sql
    if not covered(where):
        # Walking the index would look up every row: better to read the table once and sort what matches.
        order = f"+{order}"
    found = conn.execute(f"SELECT finding.id FROM finding WHERE {where.sql} ORDER BY {order}", where.params)
    return array("q", (record[0] for record in found))


def rows(conn: sqlite3.Connection, ids: Iterable[int]) -> list[FindingRow]:
    """The findings with these ids (at most 500), in their order; those that went away meanwhile are left out."""
    wanted = list(ids)[:MAX_PAGE]
    marks = ",".join("?" * len(wanted))
    records = conn.execute(f"SELECT {COLUMNS} FROM finding WHERE finding.id IN ({marks})", wanted).fetchall()
    by_id = {row.id: row for row in build(conn, records)}
    return [by_id[id_] for id_ in wanted if id_ in by_id]


def count_upto(conn: sqlite3.Connection, where: Filter, cap: int = 10_000) -> int:
    """How many match, counted no further than `cap`: that number back means so many or more."""
    statement = f"SELECT count(*) FROM (SELECT 1 FROM finding WHERE {where.sql} LIMIT ?)"
    return int(conn.execute(statement, [*where.params, cap]).fetchone()[0])


def order_of(sort: Sort) -> Order:
    """The SQL order of a sort; raises ValueError for a column not in `SORTS`."""
    down = sort.descending
    if sort.column == "severity":
        # As the index has it: worst first, newest first, then by id.
        return Order((("finding.severity_rank", down), ("finding.changed", down), ("finding.id", not down)))
    if sort.column not in _EXPRESSIONS:
        raise ValueError(f"findings cannot be sorted by {sort.column}")
    return Order(((_EXPRESSIONS[sort.column], down), ("finding.id", down)))
