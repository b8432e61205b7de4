"""Resource tables in the workspace: made to fit their declarations, and written version by version.

A version is a row that was seen unchanged from `first_scan` to `last_scan`, with no scan of its account between
them that did not see it. So any stored scan can be evaluated again, and any two compared.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.inventory import catalog
from backend.inventory.labels import store_labels
from backend.inventory.table import COMMON, ResourceTable, Type, canonical

_NAMED = tuple(name for name, _, _ in COMMON)


def ensure_tables(conn: sqlite3.Connection) -> None:
    """Create the declared tables and add declared columns a file of an older version lacks. Caller's transaction."""
    for table in catalog.tables().values():
        present = {row[1] for row in conn.execute(f"PRAGMA table_info({table.name})")}
        if not present:
            conn.execute(create_sql(table))
            conn.execute(f"CREATE INDEX {table.name}_uid ON {table.name} (uid, row_id)")
            conn.execute(f"CREATE INDEX {table.name}_scan ON {table.name} (account, last_scan, first_scan)")
            continue
        for column in table.columns:
            if column.name not in present:
                conn.execute(f"ALTER TABLE {table.name} ADD COLUMN {_declare(column.name, column.type)}")


def create_sql(table: ResourceTable) -> str:
    """CREATE TABLE of a resource type."""
    columns = [
        "row_id INTEGER PRIMARY KEY",
        *(f"{name} TEXT NOT NULL" for name, _, _ in COMMON),
        "first_scan INTEGER NOT NULL",
        "last_scan INTEGER NOT NULL",
        "hash BLOB NOT NULL",
        "collected_at INTEGER NOT NULL",
        *(_declare(column.name, column.type) for column in table.columns),
        "raw TEXT NOT NULL DEFAULT '{}'",
    ]
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(columns) + "\n) STRICT"


def _declare(name: str, kind: Type) -> str:
    # No CHECK with json_valid: under trusted_schema=OFF SQLite refuses it in a schema. `Column.check` sees to it.
    return f"{name} {kind.sql}" + (f" CHECK ({name} IN (0, 1))" if kind is Type.BOOL else "")


def store_batch(conn: sqlite3.Connection, scan: int, batch: Mapping[str, Any]) -> dict[str, int]:
    """Write what a scan worker sent, inside the caller's transaction. Doing it twice changes nothing.

    `batch` holds any of rows, outcomes, units. Returns {table: newest row_id} of what changed.
    """
    newest: dict[str, int] = {}
    cloud_id, at = _scan_context(conn, scan)
    rows = [{**row, **{name: _clean(row[name]) for name in _NAMED}} for row in batch.get("rows", ())]
    for row in rows:
        table = catalog.tables()[row["table"]]
        newest[table.name] = _store_row(conn, at, table, row)
    store_labels(conn, rows)
    outcomes = batch.get("outcomes", ())
    if outcomes:
        _store_outcomes(conn, scan, cloud_id, outcomes)
    for unit in batch.get("units", ()):
        conn.execute(
            "INSERT OR REPLACE INTO scan_unit (scan, unit, region, resources, finished_at) VALUES (?,?,?,?,?)",
            (scan, unit["unit"], unit["region"], unit["resources"], int(time.time())),
        )
    if batch.get("units"):
        conn.execute(
            "UPDATE scan SET resources = (SELECT sum(resources) FROM scan_unit WHERE scan = ?) WHERE id = ?",
            (scan, scan),
        )
    if batch.get("calls"):
        conn.execute("UPDATE scan SET calls = calls + ? WHERE id = ?", (batch["calls"], scan))
    return newest


def replace_row(conn: sqlite3.Connection, scan: int, row: Mapping[str, Any]) -> None:
    """*Check again* of one resource: what the newest scan knows of it becomes what was just read.

    Columns whose operation was not asked again keep what the scan had read.
    """
    table = catalog.tables()[row["table"]]
    names = [column.name for column in table.columns]
    found = conn.execute(
        f"SELECT row_id, hash, first_scan, raw, {','.join(names) or 'uid'} FROM {table.name} "
        "WHERE uid = ? AND account = ? AND last_scan >= ? ORDER BY row_id DESC LIMIT 1",
        (row["uid"], row["account"], scan),
    ).fetchone()
    if found:
        values = {**dict(zip(names, found[4:], strict=False)), **row["values"]}
        raw = canonical({**json.loads(found[3]), **json.loads(row["raw"])})
        row = {**row, "values": values, "raw": raw}
    digest = digest_of(row)
    if found and bytes(found[1]) == digest:
        conn.execute(f"UPDATE {table.name} SET collected_at = ? WHERE row_id = ?", (int(time.time()), found[0]))
        return
    if found and found[2] == scan:
        conn.execute(f"DELETE FROM {table.name} WHERE row_id = ?", (found[0],))
    elif found:
        conn.execute(f"UPDATE {table.name} SET last_scan = ? WHERE row_id = ?", (scan - 1, found[0]))
    _insert(conn, scan, table, row, digest)


def replace_table(
    conn: sqlite3.Connection,
    scan: int,
    account: str,
    table: str,
    regions: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """*Check again* of a whole listing: the newest scan holds exactly these rows of the table.

    `regions` says where it was listed; empty is everywhere.
    """
    name = catalog.tables()[table].name
    kept = set()
    for row in rows:
        replace_row(conn, scan, row)
        kept.add(row["uid"])
    query = f"SELECT uid, region FROM {name} WHERE account = ? AND last_scan >= ?"
    for uid, region in conn.execute(query, (account, scan)).fetchall():
        if uid not in kept and (not regions or region in regions):
            remove_row(conn, scan, table, account, uid)


def remove_row(conn: sqlite3.Connection, scan: int, table: str, account: str, uid: str) -> None:
    """*Check again* found the resource gone: the newest scan no longer holds it."""
    name = catalog.tables()[table].name
    conn.execute(f"DELETE FROM {name} WHERE uid = ? AND account = ? AND first_scan = ?", (uid, account, scan))
    conn.execute(
        f"UPDATE {name} SET last_scan = ? WHERE uid = ? AND account = ? AND last_scan >= ?",
        (scan - 1, uid, account, scan),
    )


def digest_of(row: Mapping[str, Any]) -> bytes:
    """Content hash of a row: its name and declared values, not the raw answer (which holds request ids)."""
    values = {name: value for name, value in row["values"].items() if value is not None}
    text = canonical([row["name"], row["region"], values])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


@dataclass(frozen=True)
class _Moment:
    """A scan and its neighbours among the scans of its account; `before` is 0, `after` None when there is none."""

    scan: int
    before: int
    after: int | None


def _scan_context(conn: sqlite3.Connection, scan: int) -> tuple[str, _Moment]:
    """(cloud id, the scan among those of its account)."""
    row = conn.execute("SELECT cloud_id FROM scan WHERE id = ?", (scan,)).fetchone()
    if row is None:
        raise LookupError(f"there is no scan {scan}")
    before = conn.execute("SELECT max(id) FROM scan WHERE cloud_id = ? AND id < ?", (row[0], scan)).fetchone()[0]
    after = conn.execute("SELECT min(id) FROM scan WHERE cloud_id = ? AND id > ?", (row[0], scan)).fetchone()[0]
    return row[0], _Moment(scan, before or 0, after)


def _store_row(conn: sqlite3.Connection, at: _Moment, table: ResourceTable, row: Mapping[str, Any]) -> int:
    digest = digest_of(row)
    # Not always the newest: a scan that was interrupted can be resumed after a later one has run.
    found = conn.execute(
        f"SELECT row_id, hash, first_scan, last_scan FROM {table.name} WHERE uid = ? AND account = ? "
        "AND first_scan <= ? ORDER BY last_scan DESC LIMIT 1",
        (row["uid"], row["account"], at.scan),
    ).fetchone()
    if found is None:
        return _insert(conn, at.scan, table, row, digest)
    row_id, same, first, last = int(found[0]), bytes(found[1]) == digest, found[2], found[3]
    if same and (last >= at.scan or (at.before and last >= at.before)):
        conn.execute(
            f"UPDATE {table.name} SET last_scan = ?, collected_at = ? WHERE row_id = ?",
            (max(last, at.scan), int(time.time()), row_id),
        )
        return row_id
    if last >= at.scan:  # read twice in this scan, and changed in between: what was read last counts
        _take_out(conn, at, table, row_id, first, last)
    return _insert(conn, at.scan, table, row, digest)


def _take_out(conn: sqlite3.Connection, at: _Moment, table: ResourceTable, row_id: int, first: int, last: int) -> None:
    """Let a version no longer hold at a scan; it goes on holding before and after it."""
    name = table.name
    if last > at.scan and at.after is not None:
        if first == at.scan:
            conn.execute(f"UPDATE {name} SET first_scan = ? WHERE row_id = ?", (at.after, row_id))
            return
        columns = ",".join(
            one[1] for one in conn.execute(f"PRAGMA table_info({name})") if one[1] not in ("row_id", "first_scan")
        )
        conn.execute(
            f"INSERT INTO {name} (first_scan, {columns}) SELECT ?, {columns} FROM {name} WHERE row_id = ?",
            (at.after, row_id),
        )
    if first == at.scan:
        conn.execute(f"DELETE FROM {name} WHERE row_id = ?", (row_id,))
    else:
        conn.execute(f"UPDATE {name} SET last_scan = ? WHERE row_id = ?", (at.before, row_id))


def _insert(conn: sqlite3.Connection, scan: int, table: ResourceTable, row: Mapping[str, Any], digest: bytes) -> int:
    values = row["values"]
    names = [*_NAMED, "first_scan", "last_scan", "hash", "collected_at", "raw"]
    data: list[Any] = [row[name] for name in _NAMED]
    data += [scan, scan, digest, int(time.time()), _clean(row["raw"])]
    for column in table.columns:
        if values.get(column.name) is not None:
            names.append(column.name)
            data.append(_clean(column.check(values[column.name])))
    marks = ",".join("?" * len(data))
    cursor = conn.execute(f"INSERT INTO {table.name} ({','.join(names)}) VALUES ({marks})", data)
    return int(cursor.lastrowid or 0)


def _clean(value: Any) -> Any:
    """Text without lone surrogates: UTF-8 has none, and SQLite would hold text that nobody can read back."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _store_outcomes(conn: sqlite3.Connection, scan: int, cloud_id: str, outcomes: Iterable[Mapping[str, Any]]) -> None:
    now = int(time.time())
    conn.executemany(
        "INSERT OR REPLACE INTO api_call_outcome"
        " (scan, account, region, operation, resource, outcome, code, message, at) VALUES (?,?,?,?,?,?,?,?,?)",
        [
            (
                scan,
                cloud_id,
                one["region"],
                one["operation"],
                _clean(one.get("resource", "")),
                one["outcome"],
                _clean(one.get("code", "")),
                _clean(one.get("message", ""))[:500],
                now,
            )
            for one in outcomes
        ],
    )
