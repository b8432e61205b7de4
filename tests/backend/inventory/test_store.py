"""Versions: any stored scan can be seen again, and writing twice changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from backend.inventory import store
from backend.workspace.schema import migrations

ACCOUNT = "123456789012"
UID = "arn:aws:s3:::b"


def make() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Database(conn))
    store.ensure_tables(conn)
    return conn


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    made = make()
    yield made
    made.close()


def new_scan(conn: sqlite3.Connection, account: str = ACCOUNT) -> int:
    cursor = conn.execute(
        "INSERT INTO scan (provider, cloud_id, state, started_at, product_version)"
        " VALUES ('aws', ?, 'running', 1, 't')",
        (account,),
    )
    return int(cursor.lastrowid or 0)


def row(versioning: str | None, uid: str = UID, **more: Any) -> dict[str, Any]:
    values = {"versioning": versioning, "mfa_delete": 0, **more}
    return {
        "table": "aws_s3_bucket",
        "uid": uid,
        "account": ACCOUNT,
        "region": "eu-west-1",
        "name": uid.rsplit(":", 1)[1],
        "values": values,
        "raw": '{"s3.GetBucketVersioning":{}}',
    }


def seen(conn: sqlite3.Connection, scan: int) -> list[tuple[str, str | None]]:
    return conn.execute(
        "SELECT uid, versioning FROM aws_s3_bucket WHERE account = ? AND first_scan <= ? AND last_scan >= ?"
        " ORDER BY uid",
        (ACCOUNT, scan, scan),
    ).fetchall()


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM aws_s3_bucket").fetchone()[0])


def test_an_unchanged_row_is_one_version_over_many_scans(conn: sqlite3.Connection) -> None:
    for _ in range(3):
        store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    assert count(conn) == 1
    assert conn.execute("SELECT first_scan, last_scan FROM aws_s3_bucket").fetchone() == (1, 3)


def test_a_scan_that_did_not_see_a_row_does_not_hold_it(conn: sqlite3.Connection) -> None:
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    new_scan(conn)
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    assert [seen(conn, scan) for scan in (1, 2, 3)] == [[(UID, "Enabled")], [], [(UID, "Enabled")]]


def test_a_scan_of_another_account_between_does_not_split_a_version(conn: sqlite3.Connection) -> None:
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    new_scan(conn, "999999999999")
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    assert count(conn) == 1


def test_outcomes_and_units_are_written_once(conn: sqlite3.Connection) -> None:
    scan = new_scan(conn)
    batch = {
        "rows": [row("Enabled")],
        "outcomes": [{"operation": "s3.ListBuckets", "region": "global", "outcome": "ok"}],
        "units": [{"unit": "s3.ListBuckets", "region": "global", "resources": 1}],
    }
    for _ in range(2):
        store.store_batch(conn, scan, batch)
    assert count(conn) == 1
    assert conn.execute("SELECT count(*) FROM api_call_outcome").fetchone() == (1,)
    assert conn.execute("SELECT resources FROM scan").fetchone() == (1,)


def test_a_value_of_the_wrong_type_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(TypeError, match="versioning"):
        store.store_batch(conn, new_scan(conn), {"rows": [row(7)]})  # type: ignore[arg-type]


def test_check_again_replaces_what_the_newest_scan_knows_and_keeps_the_rest(conn: sqlite3.Connection) -> None:
    store.store_batch(conn, new_scan(conn), {"rows": [row("", tags="{}")]})
    store.store_batch(conn, new_scan(conn), {"rows": [row("", tags="{}")]})
    again = {**row("Enabled"), "values": {"versioning": "Enabled"}}
    store.replace_row(conn, 2, again)
    assert [seen(conn, scan) for scan in (1, 2)] == [[(UID, "")], [(UID, "Enabled")]]
    assert conn.execute("SELECT tags FROM aws_s3_bucket WHERE last_scan = 2").fetchone() == ("{}",)
    store.replace_row(conn, 2, again)
    assert count(conn) == 2
    store.remove_row(conn, 2, "aws_s3_bucket", ACCOUNT, UID)
    assert [seen(conn, scan) for scan in (1, 2)] == [[(UID, "")], []]


def test_a_listing_checked_again_is_what_the_newest_scan_holds(conn: sqlite3.Connection) -> None:
    here, gone, elsewhere = "arn:aws:s3:::here", "arn:aws:s3:::gone", "arn:aws:s3:::elsewhere"
    far = {**row("", elsewhere), "region": "us-east-1"}
    for _ in range(2):
        store.store_batch(conn, new_scan(conn), {"rows": [row("", here), row("", gone), far]})
    store.replace_table(
        conn, 2, ACCOUNT, "aws_s3_bucket", ["eu-west-1"], [row("Enabled", here), row("", "arn:aws:s3:::new")]
    )
    assert seen(conn, 1) == [(elsewhere, ""), (gone, ""), (here, "")]
    assert seen(conn, 2) == [(elsewhere, ""), (here, "Enabled"), ("arn:aws:s3:::new", "")]


def test_a_column_declared_later_is_added_to_an_old_file(conn: sqlite3.Connection) -> None:
    conn.execute("ALTER TABLE aws_s3_bucket DROP COLUMN website")
    store.ensure_tables(conn)
    columns = {one[1] for one in conn.execute("PRAGMA table_info(aws_s3_bucket)")}
    assert "website" in columns


states = st.lists(
    st.dictionaries(st.sampled_from(["arn:aws:s3:::a", "arn:aws:s3:::b"]), st.sampled_from(["", "Enabled"])), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(states, st.booleans())
def test_every_scan_can_be_seen_again_exactly(history: list[dict[str, str]], twice: bool) -> None:
    conn = make()
    try:
        scans = []
        for state in history:
            scan = new_scan(conn)
            for _ in range(2 if twice else 1):
                store.store_batch(conn, scan, {"rows": [row(value, uid) for uid, value in state.items()]})
            scans.append(scan)
        for scan, state in zip(scans, history, strict=True):
            assert seen(conn, scan) == sorted(state.items())
    finally:
        conn.close()


writes = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["arn:aws:s3:::a", "arn:aws:s3:::b"]), st.sampled_from(["", "Enabled"])
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(writes)
def test_scans_resumed_in_any_order_keep_to_themselves(history: list[tuple[int, str, str]]) -> None:
    """A scan interrupted before another can be resumed after it; what each read last is what each has seen."""
    conn = make()
    try:
        scans = [new_scan(conn) for _ in range(4)]
        expected: dict[int, dict[str, str]] = {scan: {} for scan in scans}
        for number, uid, value in history:
            store.store_batch(conn, scans[number], {"rows": [row(value, uid)]})
            expected[scans[number]][uid] = value
        for scan in scans:
            assert seen(conn, scan) == sorted(expected[scan].items())
    finally:
        conn.close()


def test_a_column_that_was_not_collected_makes_no_new_version(conn: sqlite3.Connection) -> None:
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled")]})
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled", tags=None)]})
    assert count(conn) == 1


def test_text_that_is_no_unicode_is_repaired_at_the_door(conn: sqlite3.Connection) -> None:
    broken = row("\ud800x", "arn:aws:s3:::\udfff", tags='{"env":"\ud800"}')
    outcome = {"operation": "s3.GetBucketAcl", "region": "r", "resource": "\ud800", "outcome": "failed"}
    store.store_batch(conn, new_scan(conn), {"rows": [broken], "outcomes": [{**outcome, "message": "\ud800"}]})
    assert seen(conn, 1) == [("arn:aws:s3:::?", "?x")]
    assert conn.execute("SELECT resource, message FROM api_call_outcome").fetchall() == [("?", "?")]


@pytest.mark.parametrize("tags", ["[]", "not JSON", "5", '{"env":{"a":[1]}}', '[{"Key":"env"}]', "[" * 5000])
def test_tags_of_any_form_break_no_batch(conn: sqlite3.Connection, tags: str) -> None:
    store.store_batch(conn, new_scan(conn), {"rows": [row("Enabled", tags=tags)]})
    assert count(conn) == 1
