from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.workspace import file
from backend.workspace.writer import free_pages, give_pages_back, insert_many, transaction

COLUMNS = ("page", "name", "query")


def _count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM saved_view").fetchone()[0])


def _write_and_fail(conn: sqlite3.Connection) -> None:
    with transaction(conn, durable=True):
        insert_many(conn, "saved_view", COLUMNS, [("findings", "two", "")])
    raise ZeroDivisionError


@pytest.mark.parametrize("durable", [False, True])
def test_a_transaction_is_all_or_nothing(conn: sqlite3.Connection, workspace: Path, durable: bool) -> None:
    with closing(file.open_reader(workspace)) as reader:
        with transaction(conn, durable=durable):
            insert_many(conn, "saved_view", COLUMNS, [("findings", "one", "")])
            assert conn.execute("PRAGMA synchronous").fetchone() == (2 if durable else 1,)
            assert _count(reader) == 0
        assert _count(reader) == 1
        with pytest.raises(ZeroDivisionError), transaction(conn, durable=durable):
            _write_and_fail(conn)
        assert _count(reader) == _count(conn) == 1
    assert conn.execute("PRAGMA synchronous").fetchone() == (1,)


def test_an_inner_transaction_is_a_part_of_the_outer(conn: sqlite3.Connection) -> None:
    with pytest.raises(ZeroDivisionError), transaction(conn):
        _write_and_fail(conn)
    assert _count(conn) == 0


def test_another_writer_is_told_and_our_own_mistakes_are_not_hidden(conn: sqlite3.Connection, workspace: Path) -> None:
    conn.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(workspace, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserError, match="Another program holds"), transaction(conn):
            pass
    with pytest.raises(sqlite3.OperationalError, match="no such table"), transaction(conn):
        conn.execute("INSERT INTO nowhere VALUES (1)")
    assert not conn.in_transaction


@pytest.mark.parametrize("rows", [0, 1, 999, 1_000, 1_001, 2_500])
def test_many_rows_are_inserted_once_each_and_in_order(conn: sqlite3.Connection, rows: int) -> None:
    with transaction(conn):
        given = insert_many(conn, "saved_view", COLUMNS, ((f"p{n}", "name", "'; DROP TABLE x") for n in range(rows)))
    assert given == rows
    assert [row[0] for row in conn.execute("SELECT page FROM saved_view ORDER BY id")] == [f"p{n}" for n in range(rows)]


def test_rows_keep_within_the_limit_of_variables(conn: sqlite3.Connection) -> None:
    conn.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 10)
    with transaction(conn):
        insert_many(conn, "saved_view", COLUMNS, [(str(n), "name", "") for n in range(20)])
        insert_many(conn, "saved_view", COLUMNS, [(str(n), "name", "") for n in range(21)], verb="INSERT OR IGNORE")
    assert _count(conn) == 21


def test_a_row_of_another_length_is_refused_rather_than_shifted(conn: sqlite3.Connection) -> None:
    rows: list[tuple[str, ...]] = [(str(n), "name", "") for n in range(1_000)]
    rows[3], rows[4] = ("short", "name"), ("long", "name", "", "more")
    with pytest.raises(ValueError, match="saved_view"), transaction(conn):
        insert_many(conn, "saved_view", COLUMNS, rows)


def test_deleted_rows_give_their_pages_back(conn: sqlite3.Connection, workspace: Path) -> None:
    with transaction(conn):
        insert_many(conn, "saved_view", COLUMNS, [(str(n), "name", "q" * 900) for n in range(5_000)])
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    large = workspace.stat().st_size
    conn.execute("DELETE FROM saved_view")
    free = free_pages(conn)
    assert free > 1_000
    assert give_pages_back(conn, 100) == 100
    while give_pages_back(conn):
        pass
    assert free_pages(conn) == 0
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert workspace.stat().st_size < large / 5
