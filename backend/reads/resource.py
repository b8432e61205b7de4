"""A resource as it was last collected."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
KEEPING = (
    "row_id",
    "uid",
    "account",
    "region",
    "name",
    "tags",
    "first_scan",
    "last_scan",
    "hash",
    "collected_at",
    "raw",
)
"""Columns every resource table has beside its declared ones."""


@dataclass(frozen=True, slots=True)
class ResourceConfiguration:
    """The newest stored version. `columns` are the declared ones in order; None was not collected."""

    table: str
    columns: tuple[tuple[str, Any], ...]
    tags: tuple[tuple[str, str], ...] | None  # None: not collected
    raw: str  # indented JSON
    scan_region: str
    first_scan: int
    last_scan: int
    collected_at: int


def is_resource_table(conn: sqlite3.Connection, table: str) -> bool:
    """Whether `table` is a table of resources of this workspace: safe to name in SQL then."""
    return _NAME.fullmatch(table) is not None and {"uid", "raw", "last_scan"} <= set(columns_of(conn, table))


def columns_of(conn: sqlite3.Connection, table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return [record[0] for record in conn.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def configuration(conn: sqlite3.Connection, table: str, account: str, uid: str) -> ResourceConfiguration | None:
    """The resource `uid`; None when its table, or it, is not in this workspace."""
    if not is_resource_table(conn, table):
        return None
    cursor = conn.execute(
        f"SELECT * FROM {table} WHERE uid = ? AND account = ? ORDER BY last_scan DESC, first_scan DESC LIMIT 1",
        (uid, account),
    )
    record = cursor.fetchone()
    if record is None:
        return None
    row = dict(zip((column[0] for column in cursor.description), record, strict=True))
    return ResourceConfiguration(
        table=table,
        columns=tuple((name, value) for name, value in row.items() if name not in KEEPING),
        tags=tags_of(row.get("tags")),
        raw=pretty(row.get("raw")),
        scan_region=row.get("region") or "",
        first_scan=row.get("first_scan") or 0,
        last_scan=row.get("last_scan") or 0,
        collected_at=row.get("collected_at") or 0,
    )


def tags_of(text: str | None) -> tuple[tuple[str, str], ...] | None:
    """The JSON column `tags` (an object, or a list of Key and Value); None when they were not collected."""
    if text is None:
        return None
    loaded = json.loads(text)
    if isinstance(loaded, dict):
        return tuple((str(key), str(value)) for key, value in loaded.items())
    pairs = (one for one in loaded if isinstance(one, dict))
    return tuple((str(one.get("Key", "")), str(one.get("Value", ""))) for one in pairs)


def pretty(text: str | None) -> str:
    """JSON, indented for reading; text that is no JSON as it is."""
    try:
        return json.dumps(json.loads(text or "null"), indent=2, ensure_ascii=False)
    except ValueError:
        return text or ""
