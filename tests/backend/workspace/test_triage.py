"""What an analyst may decide about a finding, and taking it back exactly."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import UserError
from backend.workspace import file, triage
from backend.workspace.triage import Decision

NOW = 1_700_000_000
MUTE = Decision("muted", "accepted risk", "known", NOW + 100)


@pytest.fixture
def conn(workspace_path: Path) -> Iterator[sqlite3.Connection]:
    file.create(workspace_path)
    conn = file.open_writer(workspace_path)
    conn.execute("BEGIN IMMEDIATE")
    yield conn
    conn.execute("ROLLBACK")
    conn.close()


def _add(conn: sqlite3.Connection, status: str = "fail", state: str = "open", presence: str = "present") -> int:
    number = conn.execute("SELECT count(*) FROM finding").fetchone()[0]
    cursor = conn.execute(
        "INSERT INTO finding (rule, account, resource, resource_type, service, provider, region, name, severity,"
        " severity_rank, status, presence, state, reason, first_seen, last_seen, changed, first_scan, last_scan)"
        " VALUES ('r', '123', ?, 't', 's3', 'aws', 'eu', 'n', 'high', 4, ?, ?, ?, '', 1, 1, 1, 1, 1)",
        (f"arn:{number}", status, presence, state),
    )
    return int(cursor.lastrowid or 0)


def _row(conn: sqlite3.Connection, id: int) -> tuple[Any, ...]:
    query = "SELECT state, assignee, mute_reason, mute_note, muted_by, mute_until FROM finding WHERE id = ?"
    row: tuple[Any, ...] = conn.execute(query, (id,)).fetchone()
    return row


def _decide(conn: sqlite3.Connection, id: int, decision: Decision, who: str = "maria") -> list[triage.Step]:
    return triage.decide(conn, [id], decision, who=who, at=NOW)[0]


def test_a_mute_holds_its_reason_author_and_end(conn: sqlite3.Connection) -> None:
    id = _add(conn)
    _decide(conn, id, MUTE)
    assert _row(conn, id) == ("muted", "", "accepted risk", "known", "maria", NOW + 100)
    history = conn.execute("SELECT who, state_before, state, reason, note, until, origin FROM triage").fetchall()
    assert history == [("maria", "open", "muted", "accepted risk", "known", NOW + 100, "here")]


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (Decision(), "Nothing is decided"),
        (Decision("resolved"), "resolved by a scan"),
        (Decision("closed"), "no state “closed”"),
        (Decision("muted"), "A mute needs a reason"),
        (Decision("muted", "because"), "A mute needs a reason"),
        (Decision("muted", "other", "  "), "says nothing by itself"),
        (Decision("muted", "false positive", until=NOW), "has already passed"),
        (Decision("open", "false positive"), "belong to a mute only"),
        (Decision("open", until=NOW + 9), "belong to a mute only"),
    ],
)
def test_what_is_no_decision_is_said(conn: sqlite3.Connection, decision: Decision, told: str) -> None:
    id = _add(conn)
    with pytest.raises(UserError, match=told):
        triage.decide(conn, [id], decision, who="maria", at=NOW)
    assert _row(conn, id)[0] == "open"


@pytest.mark.parametrize(
    ("status", "state", "wanted", "after"),
    [
        ("fail", "open", "in_progress", "in_progress"),
        ("fail", "in_progress", "open", "open"),
        ("unknown", "", "in_progress", "in_progress"),
        ("unknown", "open", "open", "open"),
        ("unknown", "", "open", None),
        ("pass", "", "in_progress", None),
        ("pass", "resolved", "open", None),
    ],
)
def test_a_decision_fits_only_what_is_not_settled(
    conn: sqlite3.Connection, status: str, state: str, wanted: str, after: str | None
) -> None:
    id = _add(conn, status, state)
    _, skipped = triage.decide(conn, [id, 999], Decision(wanted), who="maria", at=NOW)
    assert skipped == (2 if after is None else 1)
    assert _row(conn, id)[0] == (state if after is None else after)


@pytest.mark.parametrize(
    ("status", "presence", "before", "after"),
    [
        ("fail", "present", "in_progress", "open"),
        ("pass", "present", "open", "resolved"),
        ("fail", "gone", "open", "resolved"),
        ("fail", "stale", "open", "open"),
        ("unknown", "present", "in_progress", "in_progress"),
        ("unknown", "present", "", ""),
    ],
)
@pytest.mark.parametrize("way", ["by hand", "by time"])
def test_after_a_mute_the_state_is_what_scans_have_seen_meanwhile(
    conn: sqlite3.Connection, status: str, presence: str, before: str, after: str, way: str
) -> None:
    id = _add(conn, "unknown", before)
    _decide(conn, id, MUTE)
    _decide(conn, id, Decision("muted", "false positive", until=NOW + 50))  # muted anew: that is not "before"
    conn.execute("UPDATE finding SET status = ?, presence = ? WHERE id = ?", (status, presence, id))
    if way == "by hand":
        _decide(conn, id, Decision("open"))
    else:
        assert triage.next_expiry(conn) == NOW + 50
        assert triage.expire(conn, NOW + 49) == []
        assert triage.expire(conn, NOW + 50) == [id]
        who, origin = conn.execute("SELECT who, origin FROM triage ORDER BY id DESC").fetchone()
        assert (who, origin) == ("mute expired", "scan")
    assert _row(conn, id) == (after, "", "", "", "", None)
    assert triage.next_expiry(conn) is None


def test_a_mute_without_end_does_not_expire(conn: sqlite3.Connection) -> None:
    id = _add(conn)
    _decide(conn, id, Decision("muted", "false positive"))
    assert triage.next_expiry(conn) is None
    assert triage.expire(conn, NOW * 2) == []
    assert _row(conn, id)[0] == "muted"


def test_an_assignee_alone_changes_no_state(conn: sqlite3.Connection) -> None:
    id = _add(conn)
    _decide(conn, id, Decision(assignee="noor"))
    assert _row(conn, id)[:2] == ("open", "noor")
    _decide(conn, id, Decision(assignee=""))
    assert _row(conn, id)[:2] == ("open", "")


def test_the_same_decision_again_is_no_change(conn: sqlite3.Connection) -> None:
    id = _add(conn)
    assert len(_decide(conn, id, MUTE)) == 1
    assert _decide(conn, id, MUTE) == []
    assert conn.execute("SELECT count(*) FROM triage").fetchone()[0] == 1


_decisions = st.one_of(
    st.sampled_from(["open", "in_progress"]).map(Decision),
    st.builds(
        lambda reason, until, who: Decision("muted", reason, "a note", until, who),
        st.sampled_from(triage.MUTE_REASONS),
        st.none() | st.integers(NOW + 1, NOW + 1000),
        st.none() | st.text(max_size=5).filter(str.isascii),
    ),
    st.builds(lambda who: Decision(assignee=who), st.sampled_from(["", "noor", "ali"])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_decisions, min_size=1, max_size=6), st.sampled_from(["fail", "unknown"]))
def test_undo_restores_each_former_value_exactly(
    conn: sqlite3.Connection, decisions: list[Decision], status: str
) -> None:
    ids = [_add(conn, status, state) for state in ("open", "in_progress")]
    trail = []
    for number, decision in enumerate(decisions):
        before = [_row(conn, id) for id in ids]
        steps, _ = triage.decide(conn, ids, decision, who=f"analyst {number}", at=NOW)
        trail.append((before, steps))
    for before, steps in reversed(trail):
        done, left = triage.undo(conn, steps, who="maria", at=NOW)
        assert (len(done), left) == (len(steps), 0)
        assert [_row(conn, id) for id in ids] == before


def test_undo_leaves_what_somebody_changed_since(conn: sqlite3.Connection) -> None:
    one, other = _add(conn), _add(conn)
    steps, _ = triage.decide(conn, [one, other], MUTE, who="maria", at=NOW)
    _decide(conn, other, Decision("in_progress"), "noor")
    done, left = triage.undo(conn, steps, who="maria", at=NOW)
    assert (len(done), left) == (1, 1)
    assert (_row(conn, one)[0], _row(conn, other)[0]) == ("open", "in_progress")


def test_twenty_thousand_findings_are_decided_in_seconds(conn: sqlite3.Connection) -> None:
    ids = [_add(conn) for _ in range(20_000)]
    steps, skipped = triage.decide(conn, ids, MUTE, who="maria", at=NOW)
    assert (len(steps), skipped) == (20_000, 0)
    assert len(triage.undo(conn, steps, who="maria", at=NOW)[0]) == 20_000
