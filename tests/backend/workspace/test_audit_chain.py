from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backend.workspace import audit, file
from backend.workspace.audit import Head
from backend.workspace.writer import transaction

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


def fill(conn: sqlite3.Connection, entries: int, key: bytes = KEY) -> None:
    with transaction(conn):
        for number in range(entries):
            audit.append(conn, key, "Ann", "finding.mute", f"finding {number}", {"reason": "accepted risk"}, at=number)


def forge(conn: sqlite3.Connection, *statements: str) -> None:
    """What somebody does who edits the file with other means: the triggers are no hindrance."""
    for (trigger,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        conn.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        conn.execute(statement)


def test_a_whole_log_is_found_whole(conn: sqlite3.Connection) -> None:
    assert audit.verify(conn, KEY) == audit.Verdict(
        True, 0, Head(0, "0" * 64), None, "The audit log is whole: 0 entries."
    )
    fill(conn, 5)
    verdict = audit.verify(conn, KEY)
    assert verdict.ok
    assert verdict.count == 5
    assert verdict.head == audit.head(conn)


def test_the_log_cannot_be_changed_by_our_own_statements(conn: sqlite3.Connection) -> None:
    fill(conn, 3)
    for statement in (
        "UPDATE audit_log SET who = 'Bob'",
        "DELETE FROM audit_log WHERE id = 3",
        "INSERT OR REPLACE INTO audit_log VALUES (3, 1, 'Bob', 'a', 's', '{}', x'00')",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute(statement)
    assert audit.verify(conn, KEY).ok


@pytest.mark.parametrize(
    ("statement", "first_bad", "sentence"),
    [
        ("UPDATE audit_log SET who = 'Bob' WHERE id = 4", 4, "Entry 4 .* was changed"),
        ("UPDATE audit_log SET at = at + 1 WHERE id = 1", 1, "Entry 1 .* was changed"),
        ("UPDATE audit_log SET detail = '{}' WHERE id = 7", 7, "Entry 7 .* was changed"),
        ("UPDATE audit_log SET mac = x'' WHERE id = 7", 7, "Entry 7 .* was changed"),
        ("UPDATE audit_log SET who = CAST(x'ff' AS TEXT) WHERE id = 2", 2, "Entry 2 .* was changed"),
        ("DELETE FROM audit_log WHERE id = 4", 4, "entry 4 is missing"),
        ("DELETE FROM audit_log WHERE id BETWEEN 1 AND 3", 1, "entries 1 to 3 are missing"),
        ("DELETE FROM audit_log WHERE id = 10", 10, "the last entry was removed"),
        ("DELETE FROM audit_log WHERE id > 7", 8, "the last 3 entries were removed"),
        ("DELETE FROM audit_log", 1, "the last 10 entries were removed"),
        ("INSERT INTO audit_log VALUES (11, 1, 'Bob', 'a', 's', '{}', x'00')", 11, "Entry 11 .* inserted"),
        ("INSERT INTO audit_log VALUES (0, 1, 'Bob', 'a', 's', '{}', x'00')", 1, "Entry 1"),
        ("INSERT INTO audit_log SELECT 11, 1, who, action, subject, detail, mac FROM audit_log LIMIT 1", 11, "11"),
        ("UPDATE audit_head SET count = 9", 11, "head of the audit log was changed"),
        ("DELETE FROM audit_head", 11, "head of the audit log was removed"),
    ],
)  # fmt: skip
def test_each_forgery_is_found_at_its_place(
    conn: sqlite3.Connection, statement: str, first_bad: int, sentence: str
) -> None:
    fill(conn, 10)
    forge(conn, statement)
    verdict = audit.verify(conn, KEY)
    assert not verdict.ok
    assert verdict.first_bad == first_bad
    assert re.search(sentence, verdict.what)


def test_swapped_entries_are_found(conn: sqlite3.Connection) -> None:
    fill(conn, 6)
    forge(
        conn,
        "UPDATE audit_log SET id = 99 WHERE id = 3",
        "UPDATE audit_log SET id = 3 WHERE id = 4",
        "UPDATE audit_log SET id = 4 WHERE id = 99",
    )
    assert audit.verify(conn, KEY).first_bad == 3


def test_a_removed_entry_is_found_though_all_after_it_were_renumbered(conn: sqlite3.Connection) -> None:
    fill(conn, 6)
    forge(conn, "DELETE FROM audit_log WHERE id = 3", "UPDATE audit_log SET id = id - 1 WHERE id > 3")
    assert audit.verify(conn, KEY).first_bad == 3


def test_a_log_that_was_cut_stays_so_however_it_goes_on(conn: sqlite3.Connection) -> None:
    fill(conn, 10)
    forge(conn, "DELETE FROM audit_log WHERE id > 8")
    fill(conn, 5)
    assert not audit.verify(conn, KEY).ok


def test_an_older_head_without_the_older_log_is_found(conn: sqlite3.Connection) -> None:
    fill(conn, 4)
    count, mac, seal = conn.execute("SELECT count, mac, seal FROM audit_head").fetchone()
    fill(conn, 4)
    conn.execute("UPDATE audit_head SET count = ?, mac = ?, seal = ?", (count, mac, seal))
    verdict = audit.verify(conn, KEY)
    assert not verdict.ok
    assert "put back" in verdict.what


def test_a_file_put_back_to_an_older_state_is_found_by_a_printed_head_only(workspace: Path, tmp_path: Path) -> None:
    with closing(file.open_writer(workspace)) as conn:
        fill(conn, 4)
        early = audit.head(conn)
    older = tmp_path / "older.vedette"
    older.write_bytes(workspace.read_bytes())
    with closing(file.open_writer(workspace)) as conn:
        fill(conn, 2)
        printed = Head.parse(str(audit.head(conn)))
        assert audit.verify(conn, KEY, expected_head=early).ok
        assert audit.verify(conn, KEY, expected_head=printed).ok
    with closing(file.open_reader(older)) as conn:
        assert audit.verify(conn, KEY).ok, "nothing in the file itself can show it"
        verdict = audit.verify(conn, KEY, expected_head=printed)
        assert not verdict.ok
        assert "had 6 when the given head was printed" in verdict.what
        stranger = audit.verify(conn, KEY, expected_head=Head(2, "ab" * 32))
        assert not stranger.ok
        assert stranger.first_bad == 2


def test_another_key_is_told_as_such(conn: sqlite3.Connection) -> None:
    fill(conn, 3)
    verdict = audit.verify(conn, OTHER)
    assert not verdict.ok
    assert verdict.first_bad == 1
    assert "another key" in verdict.what


def test_after_a_reset_vault_the_log_goes_on_and_what_was_before_is_bound(conn: sqlite3.Connection) -> None:
    fill(conn, 3)
    early = audit.head(conn)
    with transaction(conn):
        assert audit.restart(conn, OTHER, "Ann", "the vault was reset") == 4
    fill(conn, 3, OTHER)
    verdict = audit.verify(conn, OTHER)
    assert verdict.ok
    assert "7 entries, the first 3 under an earlier key" in verdict.what
    assert audit.verify(conn, OTHER, expected_head=early).ok
    forge(conn, "UPDATE audit_log SET who = 'Bob' WHERE id = 2")
    changed = audit.verify(conn, OTHER)
    assert not changed.ok
    assert "written under an earlier key" in changed.what


def test_a_log_broken_before_a_reset_still_goes_on(conn: sqlite3.Connection) -> None:
    fill(conn, 6)
    forge(conn, "DELETE FROM audit_log WHERE id IN (2, 6)")
    with transaction(conn):
        audit.restart(conn, OTHER, "Ann", "the vault was reset")
        audit.append(conn, OTHER, "Ann", "scan.start", "scan 1")
    assert audit.verify(conn, OTHER).ok
    forge(conn, "DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)")
    assert not audit.verify(conn, OTHER).ok


def test_nobody_without_the_key_restarts_a_log(conn: sqlite3.Connection) -> None:
    fill(conn, 3)
    forge(conn, "UPDATE audit_log SET who = 'Bob' WHERE id = 2")
    with transaction(conn):
        audit.restart(conn, OTHER, "Bob", "to hide it")
    assert not audit.verify(conn, KEY).ok


def test_an_entry_belongs_to_the_transaction_of_what_it_tells(conn: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.append(conn, KEY, "Ann", "a", "s")
    fill(conn, 1)
    conn.execute("BEGIN")
    audit.append(conn, KEY, "Ann", "a", "s")
    conn.execute("ROLLBACK")
    assert audit.verify(conn, KEY).count == 1


@pytest.mark.parametrize("text", ["", "1", "x:" + "0" * 64, "1:" + "0" * 63, "-1:" + "0" * 64, "1:" + "g" * 64])
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Head.parse(text)


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_entries = st.lists(
    st.tuples(_texts, _texts, _texts, st.dictionaries(_texts, _texts, max_size=2)), min_size=1, max_size=8
)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=_entries, data=st.data())
def test_any_change_of_any_value_is_found(conn: sqlite3.Connection, entries: list[Any], data: st.DataObject) -> None:
    conn.execute("BEGIN")
    try:
        for who, action, subject, detail in entries:
            audit.append(conn, KEY, who, action, subject, detail)
        assert audit.verify(conn, KEY).ok
        row = data.draw(st.integers(1, len(entries)))
        column = data.draw(st.sampled_from(["who", "action", "subject", "detail"]))
        before = conn.execute(f"SELECT {column} FROM audit_log WHERE id = ?", (row,)).fetchone()[0]
        after = data.draw(_texts.filter(lambda text: text != before))
        conn.execute("DROP TRIGGER audit_log_keep_update")
        conn.execute(f"UPDATE audit_log SET {column} = ? WHERE id = ?", (after, row))
        assert audit.verify(conn, KEY).first_bad == row
    finally:
        conn.execute("ROLLBACK")


def test_texts_do_not_run_into_each_other(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        audit.append(conn, KEY, "ab", "c", "s", at=1)
    forge(conn, "UPDATE audit_log SET who = 'a', action = 'bc'")
    assert not audit.verify(conn, KEY).ok
