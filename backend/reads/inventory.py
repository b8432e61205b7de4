"""What was collected: any resource table, read the same way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from backend.reads.keyset import Key, Order, Sort
from backend.reads.resource import KEEPING, columns_of, is_resource_table
from backend.workspace.filter import Field, FieldKind, FieldSet, Filter, Query, to_filter
from backend.workspace.filter.fields import Source

MAX_PAGE = 500
_KINDS = {"TEXT": FieldKind.WORD, "INTEGER": FieldKind.NUMBER, "REAL": FieldKind.NUMBER}
_SHOWN = ("uid", "name", "account", "region")
# The newest version of each resource: versions are rows of one uid.
_CURRENT = (
    "{0}.row_id = (SELECT max(newer.row_id) FROM {0} AS newer"
    " WHERE newer.uid = {0}.uid AND newer.account = {0}.account)"
)


@dataclass(frozen=True, slots=True)
class InventoryTable:
    """A resource type: its declared columns in order, and how many resources it holds."""

    name: str
    columns: tuple[str, ...]
    resources: int


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """A resource as last collected; `values` stand in the order of the table's columns (None: not collected)."""

    row_id: int
    uid: str
    name: str
    account: str
    region: str
    first_scan: int
    last_scan: int
    collected_at: int
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Some resources in order; `first` and `last` are keys to go on from."""

    columns: tuple[str, ...]
    rows: tuple[ResourceRow, ...]
    first: Key | None
    last: Key | None
    more: bool


def tables(conn: sqlite3.Connection) -> list[InventoryTable]:
    """All resource tables, by name."""
    names = [record[0] for record in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found: list[InventoryTable] = []
    for name in names:
        if is_resource_table(conn, name):
            count = conn.execute(f"SELECT count(*) FROM (SELECT DISTINCT uid, account FROM {name})").fetchone()[0]
            found.append(InventoryTable(name, _declared(conn, name), count))
    return found


def where(conn: sqlite3.Connection, table: str, query: Query | str = "", *, now: int | None = None) -> Filter:
    """A query bound to the columns of a table. Raises `FilterError`; KeyError when there is no such table."""
    return to_filter(query, fields(conn, table), now=now)


def fields(conn: sqlite3.Connection, table: str) -> FieldSet:
    """The query fields of a resource table."""
    _check(conn, table)
    known: dict[str, Field] = {}
    for name, kind in conn.execute("SELECT name, type FROM pragma_table_info(?)", (table,)):
        if name in _SHOWN or name not in KEEPING or name == "tags":
            source = Source((f"{table}.{name}",))
            known[name] = Field(name, _KINDS.get(kind, FieldKind.WORD), (source,), f"Column {name}", nullable=True)
    text = tuple(
        f"coalesce({table}.{name}, '')" for name in (*_SHOWN, "tags", "raw") if name in columns_of(conn, table)
    )
    return FieldSet(known, (Source(text),))


def page(
    conn: sqlite3.Connection,
    table: str,
    where: Filter | None = None,
    sort: Sort | None = None,
    after: Key | None = None,
    limit: int = 100,
    *,
    before: Key | None = None,
) -> ResourcePage:
    """At most `limit` (500) resources of `table`; sorted by name unless said otherwise.

    Raises KeyError for a table or a sort column that is not there.
    """
    _check(conn, table)
    declared = _declared(conn, table)
    order = _order(table, sort or Sort("name"), declared)
    limit = max(1, min(limit, MAX_PAGE))
    condition, params = _CURRENT.format(table), list(where.params if where else ())
    if where is not None:
        condition += f" AND ({where.sql})"
    backwards = before is not None
    key = before if backwards else after
    if key is not None:
        beyond, values = order.after(key, backwards=backwards)
        condition, params = f"{condition} AND {beyond}", [*params, *values]  # type: ignore[list-item]
    kept = ("row_id", *_SHOWN, "first_scan", "last_scan", "collected_at")
    selected = ", ".join(f"{table}.{name}" for name in (*kept, *declared))
    records = conn.execute(
        f"SELECT {selected}, {order.columns} FROM {table} WHERE {condition}"
        f" ORDER BY {order.backwards_sql if backwards else order.sql} LIMIT ?",
        [*params, limit + 1],
    ).fetchall()
    more = len(records) > limit
    records = records[:limit]
    if backwards:
        records.reverse()
    width = len(kept)
    keys = [Key(tuple(record[width + len(declared) :])) for record in (records[:1] + records[-1:])]
    found = tuple(_row(record[:width], record[width : width + len(declared)]) for record in records)
    return ResourcePage(declared, found, keys[0] if keys else None, keys[-1] if keys else None, more)


def _row(kept: tuple[Any, ...], values: tuple[Any, ...]) -> ResourceRow:
    row_id, uid, name, account, region, first, last, collected = kept
    return ResourceRow(row_id, uid, name, account, region, first, last, collected, tuple(values))


def _check(conn: sqlite3.Connection, table: str) -> None:
    if not is_resource_table(conn, table):
        raise KeyError(table)


def _declared(conn: sqlite3.Connection, table: str) -> tuple[str, ...]:
    return tuple(name for name in columns_of(conn, table) if name not in KEEPING or name == "tags")


def _order(table: str, sort: Sort, declared: tuple[str, ...]) -> Order:
    if sort.column not in (*_SHOWN, *declared, "last_scan", "collected_at"):
        raise KeyError(sort.column)
    # A key cannot hold NULL: it would compare with nothing. What was not collected sorts as the empty text.
    expression = f"coalesce({table}.{sort.column}, '')"
    return Order(((expression, sort.descending), (f"{table}.row_id", sort.descending)))
