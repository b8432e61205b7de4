from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import UserError
from backend.workspace import file
from backend.workspace.damage import explain
from backend.workspace.writer import insert_many, transaction
from tests.backend.workspace.rows import add_finding, add_scan


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage") / "sound.vedette"
    file.create(path)
    with closing(file.open_writer(path)) as conn, transaction(conn):
        scan = add_scan(conn)
        for number in range(60):
            add_finding(conn, f"arn:aws:s3:::bucket-{number}")
        rows = [(scan, "1", "eu-west-1", "s3.GetBucketAcl", str(n), "ok", "m" * 90, 1) for n in range(300)]
        columns = ("scan", "account", "region", "operation", "resource", "outcome", "message", "at")
        insert_many(conn, "api_call_outcome", columns, rows)
    return path


def _use(path: Path) -> UserError | None:
    """Open a workspace in both ways, read all of it, and write. The sentence when something was wrong with it."""
    for opener in (file.open_reader, file.open_writer):
        try:
            conn = opener(path)
        except UserError as told:
            return told
        with closing(conn):
            try:
                _read_and_write(conn, writes=opener is file.open_writer)
            except (sqlite3.Error, UnicodeDecodeError) as error:
                told = explain(error, path)
                # A name in the schema reads otherwise now (“no such column”), or a value that our CHECKs refuse.
                harmless = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)
                if told is None and getattr(error, "sqlite_errorcode", 0) & 0xFF not in harmless:
                    raise
                if told is not None:
                    return told
    return None


def _read_and_write(conn: sqlite3.Connection, *, writes: bool) -> None:
    for (table,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        conn.execute('SELECT * FROM "' + table.replace('"', '""') + '"').fetchall()
    if writes:
        add_scan(conn)
        conn.execute("UPDATE finding SET changed = changed + 1")


def _try(damaged: Path) -> None:
    told = _use(damaged)
    if told is not None:
        assert str(damaged) in told.message
        assert told.next_step


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_are_told_or_harmless(sound: Path, data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(sound.read_bytes())
    early = st.integers(0, 4096 * 3)
    places = data.draw(st.lists(early | st.integers(0, len(content) - 1), min_size=1, max_size=12))
    for place in places:
        content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.vedette"
    for end in ("-wal", "-shm"):
        damaged.with_name(damaged.name + end).unlink(missing_ok=True)
    damaged.write_bytes(content)
    _try(damaged)


@pytest.mark.parametrize("place", range(100))
def test_each_byte_of_the_header_may_be_wrong(sound: Path, place: int, tmp_path: Path) -> None:
    content = bytearray(sound.read_bytes())
    content[place] ^= 0xFF
    damaged = tmp_path / "damaged.vedette"
    damaged.write_bytes(content)
    _try(damaged)


@pytest.mark.parametrize("keep", [1, 15, 16, 99, 100, 511, 512, 4095, 4096, 4097, 8192, 50_000])
def test_a_cut_file_is_told(sound: Path, keep: int, tmp_path: Path) -> None:
    damaged = tmp_path / "cut.vedette"
    damaged.write_bytes(sound.read_bytes()[:keep])
    told = _use(damaged)
    assert told is not None
    assert str(damaged) in told.message


def _ruin(path: Path) -> None:
    """Zero a page in the middle, as a disk does."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 4096 // 2 * 4096
    content[middle : middle + 4096 * 3] = b"\xff" * 4096 * 3
    path.write_bytes(content)


def test_pages_are_checked_only_after_an_exit_that_was_not_clean(sound: Path, tmp_path: Path) -> None:
    closed, killed = tmp_path / "closed.vedette", tmp_path / "killed.vedette"
    shutil.copy(sound, closed)
    with closing(sqlite3.connect(closed, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    shutil.copy(closed, killed)
    with closing(sqlite3.connect(killed, isolation_level=None)) as conn:
        conn.execute("INSERT INTO setting (key, value) VALUES ('workspace.open', '1')")
    for path in (closed, killed):
        _ruin(path)
    file.open_writer(closed).close()  # not looked for: that would cost a second for each gigabyte at every start
    with pytest.raises(UserError, match="is damaged") as told:
        file.open_writer(killed)
    assert "Restore it from a copy" in told.value.next_step


def test_a_check_that_takes_too_long_is_cut_short_and_said(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(workspace, isolation_level=None)) as conn:
        conn.execute("INSERT INTO setting (key, value) VALUES ('workspace.open', '1')")
    monkeypatch.setattr("backend.workspace.damage._STEPS", 1)
    monkeypatch.setattr("backend.workspace.file.check_pages", lambda conn, path: _check(conn, path, seconds=-1))
    with caplog.at_level(logging.WARNING):
        file.open_writer(workspace).close()
    assert "was cut short" in caplog.text


def _check(conn: sqlite3.Connection, path: Path, seconds: float) -> None:
    from backend.workspace.damage import check_pages

    check_pages(conn, path, seconds)


def test_our_own_mistakes_are_not_explained_away(conn: sqlite3.Connection) -> None:
    for statement in ("SELEC", "SELECT nothing FROM setting", "INSERT INTO analyst (name) VALUES (NULL)"):
        with pytest.raises(sqlite3.Error) as caught:
            conn.execute(statement)
        assert explain(caught.value) is None
    assert explain(ValueError("x")) is None
