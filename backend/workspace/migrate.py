"""Carry a file forward to the present schema, in one transaction: it is the old file or the new one, never half."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from backend.errors import UserError
from backend.product import NAME, VERSION
from backend.workspace.version import APPLICATION_ID, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlite_utils import Migrations

MADE_BY = "workspace.schema_by"  # setting: the version of the product that last changed the schema


def migrate(conn: sqlite3.Connection, steps: Migrations | None = None, version: int = SCHEMA_VERSION) -> bool:
    """Apply the migrations the file lacks, and write its version. True when there were any.

    `conn` has no transaction open. A migration must not leave rows that point nowhere.
    """
    if conn.execute("PRAGMA user_version").fetchone()[0] == version:
        return False
    # Here, since readers and clients never migrate and loading it takes 0.2 s.
    from sqlite_utils import Database

    if steps is None:
        from backend.workspace.schema import migrations

        steps = migrations
    # A migration that rebuilds a table drops it first, which would cascade.
    conn.execute("PRAGMA foreign_keys = OFF")
    try:
        conn.execute("BEGIN IMMEDIATE")
        try:
            database = Database(conn, recursive_triggers=False, execute_plugins=False)
            steps.apply(database)
            broken = conn.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise RuntimeError(f"the migration to schema {version} leaves rows of {broken[0]} that point nowhere")
            _write_setting(conn, MADE_BY, VERSION)
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {version}")
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
    finally:
        conn.execute("PRAGMA foreign_keys = ON")
    return True


def refuse_newer(conn: sqlite3.Connection, name: str, version: int = SCHEMA_VERSION) -> int:
    """The file's schema version; `UserError` when it is newer than ours."""
    found = int(conn.execute("PRAGMA user_version").fetchone()[0])
    if found <= version:
        return found
    maker = _maker(conn)
    needed = f"{NAME} {maker} or newer" if maker else f"a newer {NAME}"
    raise UserError(
        f"{name} was made by {f'{NAME} {maker}' if maker else f'a newer version of {NAME}'} (schema {found}); this is "
        f"{NAME} {VERSION}, which reads schemas up to {version}.",
        f"Install {needed} to open it. The file was not changed.",
    )


def _maker(conn: sqlite3.Connection) -> str:
    try:
        row = conn.execute("SELECT value FROM setting WHERE key = ?", (MADE_BY,)).fetchone()
        return str(json.loads(row[0]))[:40] if row else ""
    except (sqlite3.Error, ValueError, TypeError):
        return ""  # a newer schema may keep it elsewhere


def _write_setting(conn: sqlite3.Connection, key: str, value: str) -> None:
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
