from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.workspace import file
from backend.workspace.version import SCHEMA_VERSION


def test_a_new_workspace_is_one_private_file_with_a_name_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "ours.vedette", tmp_path / "ours too é #1?.vedette"]
    ids = set()
    for path in paths:
        file.create(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with closing(file.open_reader(path)) as conn:
            ids.add(conn.execute("SELECT value FROM setting WHERE key = 'workspace.id'").fetchone()[0])
            assert conn.execute("PRAGMA auto_vacuum").fetchone()[0] == 2
    assert len(ids) == 2
    left = {path for path in tmp_path.iterdir() if path.suffix not in (".vedette",)}
    assert all(path.name.endswith(("-wal", "-shm")) for path in left)


def test_the_files_beside_a_workspace_are_private_too(workspace: Path, conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO setting (key, value) VALUES ('a', '1')")
    for beside in ("-wal", "-shm"):
        assert stat.S_IMODE(workspace.with_name(workspace.name + beside).stat().st_mode) == 0o600


def test_the_writer_is_set_up_for_it(conn: sqlite3.Connection) -> None:
    found = {name: conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys",
             "busy_timeout", "journal_size_limit", "trusted_schema", "recursive_triggers", "synchronous")}  # fmt: skip
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 5_000,
        "journal_size_limit": 64 * 1024 * 1024,
        "trusted_schema": 0,
        "recursive_triggers": 1,
        "synchronous": 1,
    }
    assert conn.isolation_level is None


def test_a_reader_sees_each_commit_and_cannot_write(workspace: Path, conn: sqlite3.Connection) -> None:
    with closing(file.open_reader(workspace)) as reader:
        conn.execute("INSERT INTO analyst (name, created_at) VALUES ('Ann', 1)")
        assert reader.execute("SELECT name FROM analyst").fetchall() == [("Ann",)]
        for statement in ("DELETE FROM analyst", "CREATE TABLE t (a)", "PRAGMA user_version = 9"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.execute(statement)


def test_nothing_is_overwritten(workspace: Path, tmp_path: Path) -> None:
    before = workspace.read_bytes()
    with pytest.raises(UserError, match="already there"):
        file.create(workspace)
    assert workspace.read_bytes() == before
    with pytest.raises(UserError, match="folder"):
        file.create(tmp_path)


@pytest.mark.parametrize("opener", [file.open_writer, file.open_reader])
def test_what_is_no_workspace_is_refused_and_left_alone(opener: object, tmp_path: Path) -> None:
    assert callable(opener)
    empty, text, short = tmp_path / "empty", tmp_path / "text", tmp_path / "short"
    empty.write_bytes(b"")
    text.write_bytes(b"Dear diary, " * 500)
    short.write_bytes(b"SQLite format 3\0")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("CREATE TABLE setting (key, value)")
        conn.commit()
    sentences = {
        empty: "is empty, not a Vedette workspace",
        text: "is no Vedette workspace, or is damaged at its beginning",
        short: "is no Vedette workspace, or is damaged at its beginning",
        other: "is a database of another program",
        tmp_path: "is a folder",
        tmp_path / "nothing": "There is no workspace",
        tmp_path / "no" / "folder.vedette": "There is no folder",
        text / "below": "a part of the path is a file",
        Path("/dev/null"): "is not a regular file",
    }
    for path, sentence in sentences.items():
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(UserError, match=sentence) as caught:
            opener(path)
        assert caught.value.next_step
        assert not path.is_file() or path.read_bytes() == before


def test_a_newer_schema_says_who_made_it_and_stays_as_it_is(workspace: Path) -> None:
    with closing(file.open_writer(workspace)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 4}")
        conn.execute("""UPDATE setting SET value = '"7.2.0"' WHERE key = 'workspace.schema_by'""")
    before = workspace.read_bytes()
    for opener in (file.open_writer, file.open_reader):
        with pytest.raises(UserError) as caught:
            opener(workspace)
        assert f"made by Vedette 7.2.0 (schema {SCHEMA_VERSION + 4})" in caught.value.message
        assert "Install Vedette 7.2.0 or newer" in caught.value.next_step
    assert workspace.read_bytes() == before


def test_a_newer_schema_without_a_settings_table_is_told_too(workspace: Path) -> None:
    with closing(file.open_writer(workspace)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        conn.execute("DROP TABLE setting")
    with pytest.raises(UserError, match="a newer version of Vedette"):
        file.open_reader(workspace)


def test_a_file_that_another_program_holds_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.workspace.pragmas._EVERY", ("PRAGMA busy_timeout = 50",))
    with closing(sqlite3.connect(workspace, isolation_level=None)) as browser:
        browser.execute("PRAGMA locking_mode = EXCLUSIVE")
        browser.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="Another program holds"):
            file.open_writer(workspace)


def test_the_workspace_opens_through_a_link(workspace: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.vedette"
    link.symlink_to(workspace)
    with closing(file.open_writer(link)) as conn, closing(file.open_reader(workspace)) as reader:
        conn.execute("INSERT INTO analyst (name, created_at) VALUES ('Ann', 1)")
        assert reader.execute("SELECT count(*) FROM analyst").fetchone() == (1,)


def test_opening_for_reading_does_not_load_the_migrations() -> None:
    import subprocess
    import sys

    code = "import sys, backend.workspace.file; print('sqlite_utils' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": str(Path(file.__file__).parents[2])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.strip() == "False"
