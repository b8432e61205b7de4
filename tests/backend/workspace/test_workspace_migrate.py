from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from backend.errors import UserError
from backend.workspace import audit, file, migrate, pragmas, settings
from backend.workspace.version import APPLICATION_ID

OLD = Path(__file__).parent / "old_files" / "schema_1.sql"
KEY = bytes(range(32))  # of the old file's audit log


@pytest.fixture
def old(workspace_path: Path) -> Path:
    """A workspace as the first release wrote it."""
    with closing(sqlite3.connect(workspace_path, isolation_level=None)) as conn:
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        conn.executescript(OLD.read_text(encoding="utf-8"))
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("PRAGMA user_version = 1")
        conn.execute("PRAGMA journal_mode = WAL")
    return workspace_path


@pytest.fixture
def conn(old: Path) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(old, isolation_level=None)
    pragmas.apply_writer(conn)
    yield conn
    conn.close()


def _steps(*functions: Any) -> Migrations:
    steps = Migrations("vedette")

    @steps()
    def start(db: Database) -> None:
        raise AssertionError("the first migration was applied long ago")

    for function in functions:
        steps()(function)
    return steps


def test_an_old_file_opens_and_keeps_all_it_holds(old: Path) -> None:
    with closing(file.open_writer(old)) as conn:
        assert settings.get(conn, "workspace.id") == "00112233445566778899aabbccddeeff"
        assert conn.execute("SELECT name FROM finding WHERE id = 1").fetchone() == ("bucket-1 “ü”",)
        assert conn.execute("SELECT text FROM comment").fetchone() == ("look; at 'this'",)
        assert audit.verify(conn, KEY).ok
        assert conn.execute("SELECT a.name FROM account AS a JOIN secret AS s ON s.id = a.secret").fetchone() == (
            "prod",
        )


def test_a_later_migration_carries_it_forward(conn: sqlite3.Connection) -> None:
    def later(db: Database) -> None:
        db.execute("ALTER TABLE finding ADD COLUMN risk INTEGER NOT NULL DEFAULT 0")
        db.execute("UPDATE finding SET risk = severity_rank * 10")
        # A table that others point to, built anew: with foreign keys on, dropping it would take their rows along.
        db["account"].transform(rename={"alias": "nickname"})  # type: ignore[union-attr]
        db["secret"].transform(drop={"purpose"})  # type: ignore[union-attr]

    assert migrate.migrate(conn, _steps(later), 2)
    assert conn.execute("PRAGMA user_version").fetchone() == (2,)
    assert conn.execute("SELECT risk FROM finding WHERE id = 4").fetchone() == (40,)
    assert conn.execute("SELECT count(*), count(parent), count(secret) FROM account").fetchone() == (2, 1, 1)
    assert conn.execute("SELECT account FROM scan").fetchone() == (1,)
    assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    assert conn.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert audit.verify(conn, KEY).ok
    assert not migrate.migrate(conn, _steps(later), 2), "nothing is left to do"


def test_a_migration_that_fails_leaves_the_old_file(conn: sqlite3.Connection) -> None:
    def good(db: Database) -> None:
        db.execute("CREATE TABLE good (a INTEGER) STRICT")

    def bad(db: Database) -> None:
        db.execute("DROP TABLE finding_history")
        db.execute("INSERT INTO missing VALUES (1)")

    before = conn.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        migrate.migrate(conn, _steps(good, bad), 2)
    assert conn.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall() == before
    assert conn.execute("PRAGMA user_version").fetchone() == (1,)
    assert not conn.in_transaction


def test_a_migration_may_not_leave_rows_that_point_nowhere(conn: sqlite3.Connection) -> None:
    def careless(db: Database) -> None:
        db.execute("DELETE FROM account WHERE id = 1")

    with pytest.raises(RuntimeError, match="point nowhere"):
        migrate.migrate(conn, _steps(careless), 2)
    assert conn.execute("SELECT count(*) FROM account").fetchone() == (2,)


def test_a_reader_asks_for_an_older_file_to_be_carried_forward(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "SCHEMA_VERSION", 2)
    with pytest.raises(UserError, match="older version of Vedette") as told:
        file.open_reader(old)
    assert "Open it once for writing" in told.value.next_step
