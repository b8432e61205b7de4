"""A private copy of what was in the workspace by then: what the scans judged anew saw, and the rules as they are now.

What is copied depends on the moment only, not on what the workspace has learned since: a version that later scans saw
too ends with the scan used, and stands in the order it was first stored. So the copy is the same a year later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.inventory import catalog
from backend.inventory.store import ensure_tables
from backend.past.plan import AT, PastAccount, Plan
from backend.workspace import pragmas
from backend.workspace.migrate import migrate

_AS_THEY_ARE = ("framework_requirement", "rule_requirement")
_SETTINGS = "key LIKE 'workspace.%' AND key NOT IN ('workspace.open', 'workspace.schema_by')"


def prepare(conn: sqlite3.Connection) -> None:
    """Give an empty file the schema. It is thrown away, so nothing waits for the disk."""
    pragmas.apply_new(conn)
    pragmas.apply_writer(conn)
    conn.execute("PRAGMA synchronous = OFF")
    migrate(conn)
    conn.execute("PRAGMA foreign_keys = OFF")  # accounts and scans that are left out are still referred to
    ensure_tables(conn)


@contextmanager
def attached(source: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One transaction of a workspace's reader in which it can write to the copy `past`, though not to the workspace."""
    source.execute("PRAGMA query_only = OFF")  # its open mode still forbids to write the workspace
    source.execute("ATTACH DATABASE ? AS past", (f"{path.as_uri()}?mode=rw",))
    try:
        source.execute("PRAGMA past.synchronous = OFF")
        source.execute("BEGIN")
        try:
            yield
            source.execute("COMMIT")
        except BaseException:
            source.execute("ROLLBACK")
            raise
    finally:
        source.execute("DETACH DATABASE past")
        source.execute("PRAGMA query_only = ON")


def copy(source: sqlite3.Connection, plan: Plan) -> None:
    """Copy from `main` (the workspace, within one read transaction) to the attached `past`."""
    for table in _AS_THEY_ARE:
        _insert(source, table, "1")
    # Whether a rule fails to run is found out anew: on record it may be a later scan's.
    _insert(source, "rule", "1", {"error": "''"})
    _insert(source, "setting", _SETTINGS)
    _accounts(source, plan)
    for account in plan.accounts:
        _insert(source, "scan", f"state = 'done' AND cloud_id = ? AND {AT} <= ? AND id <= ?", {
            "account": "(SELECT id FROM past.account WHERE account.id = main.scan.account)"
        }, (account.cloud_id, plan.moment.at, account.used.id))  # fmt: skip
        _outcomes(source, account)
        _versions(source, account)
    _scores(source, plan)


def _accounts(source: sqlite3.Connection, plan: Plan) -> None:
    """The accounts of the plan and those that were there by then, without how to sign in to them."""
    marks = ",".join("?" * len(plan.accounts))
    _insert(
        source,
        "account",
        f"created_at <= ? OR cloud_id IN ({marks})",
        {"secret": "NULL", "options": "'{}'", "parent": "NULL"},
        (plan.moment.at, *(one.cloud_id for one in plan.accounts)),
    )
    source.execute(
        "UPDATE past.account SET parent = (SELECT parent FROM main.account AS known WHERE known.id = past.account.id"
        " AND known.parent IN (SELECT id FROM past.account))"
    )


def _outcomes(source: sqlite3.Connection, account: PastAccount) -> None:
    for scan in account.replayed:
        _insert(source, "api_call_outcome", "scan = ?", {}, (scan.id,))


def _versions(source: sqlite3.Connection, account: PastAccount) -> None:
    """Resource versions that a scan judged anew saw, in the order they were stored."""
    first, last = account.replayed[0].id, account.used.id
    # A version seen again is one row whose time moves on: by then it was that of the scan that had seen it last.
    ended = f"(SELECT max({AT}) FROM past.scan WHERE cloud_id = ? AND id <= min(main.{{0}}.last_scan, ?))"
    for name in catalog.tables():
        if not list(source.execute(f"PRAGMA main.table_info({name})")):
            continue
        _insert(
            source,
            name,
            "account = ? AND first_scan <= ? AND last_scan >= ? ORDER BY row_id",
            {"last_scan": "min(last_scan, ?)", "collected_at": ended.format(name)},
            (account.cloud_id, last, first),
            {"last_scan": (last,), "collected_at": (account.cloud_id, last)},
        )


def _scores(source: sqlite3.Connection, plan: Plan) -> None:
    """Recorded scores of the scans that are not judged anew."""
    anew = ",".join(str(scan.id) for scan in plan.replayed)
    _insert(source, "score", f"scan IN (SELECT id FROM past.scan) AND scan NOT IN ({anew})")


def _insert(
    source: sqlite3.Connection,
    table: str,
    condition: str,
    instead: dict[str, str] | None = None,
    params: tuple[object, ...] = (),
    instead_params: dict[str, tuple[object, ...]] | None = None,
) -> None:
    """Rows of one table; `instead`: column -> expression that takes its place. Columns both files have."""
    there = [row[1] for row in source.execute(f"PRAGMA main.table_info({table})")]
    here = {row[1] for row in source.execute(f"PRAGMA past.table_info({table})")}
    columns = [name for name in there if name in here]
    shown = [(instead or {}).get(name, name) for name in columns]
    before = [value for name in columns for value in (instead_params or {}).get(name, ())]
    source.execute(
        f"INSERT INTO past.{table} ({','.join(columns)}) SELECT {','.join(shown)} FROM main.{table} WHERE {condition}",
        (*before, *params),
    )
