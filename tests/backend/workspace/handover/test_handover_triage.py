from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.errors import UserError
from backend.workspace import file, triage
from backend.workspace.handover import container
from backend.workspace.handover.export import export
from backend.workspace.handover.incoming import Label
from backend.workspace.handover.opening import open_handover
from backend.workspace.handover.triage import Choice, apply, preview
from backend.workspace.writer import transaction
from tests.backend.workspace.rows import add_finding

PASSPHRASE = "correct horse battery"
NOW = int(time.time())
ACCOUNT = "111122223333"


@dataclass
class Sides:
    """Our workspace, and the copy that our colleague works in."""

    folder: Path
    ours: sqlite3.Connection
    theirs: sqlite3.Connection

    def send_back(self, passphrase: str | None = None) -> Path:
        return self._export(self.theirs, "back", passphrase)

    def send_forth(self) -> Path:
        return self._export(self.ours, "forth", None)

    def _export(self, conn: sqlite3.Connection, name: str, passphrase: str | None) -> Path:
        target = self.folder / f"{name}.vedette"
        export(conn, target, passphrase, who="Bob", overwrite=True)
        return target


def name(finding: int) -> str:
    return f"arn:aws:s3:::bucket-{finding}"


def decide(conn: sqlite3.Connection, finding: int, decision: triage.Decision, who: str, at: int) -> None:
    with transaction(conn):
        steps, unfit = triage.decide(conn, [finding], decision, who=who, at=at)
    assert steps, "the decision changed nothing"
    assert not unfit


def mute(reason: str = "accepted risk", note: str = "", until: int | None = None) -> triage.Decision:
    return triage.Decision("muted", reason, note, until)


WORK = triage.Decision("in_progress")


def state(conn: sqlite3.Connection, finding: int) -> tuple[Any, ...]:
    row: tuple[Any, ...] = conn.execute(
        "SELECT state, mute_reason, muted_by, assignee FROM finding WHERE resource = ?", (name(finding),)
    ).fetchone()
    return row


def history(conn: sqlite3.Connection, finding: int) -> list[tuple[str, str, str]]:
    query = "SELECT who, state, origin FROM triage WHERE resource = ? ORDER BY at, id"
    return conn.execute(query, (name(finding),)).fetchall()


@pytest.fixture
def sides(conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sides]:
    monkeypatch.setattr(container, "MEMORY_KIB", 64)
    monkeypatch.setattr(container, "ITERATIONS", 1)
    for number in range(1, 9):
        assert add_finding(conn, name(number)) == number
    decide(conn, 1, mute("false positive"), "Ann", NOW - 900)
    conn.execute("INSERT INTO comment (finding, at, who, text) VALUES (1, ?, 'Ann', 'seen')", (NOW - 900,))
    # The hand-over lies a while back, so that what comes after it can be told by time.
    monkeypatch.setattr(time, "time", lambda: NOW - 800.0)
    export(conn, tmp_path / "sent.vedette", who="Ann")
    monkeypatch.undo()
    monkeypatch.setattr(container, "MEMORY_KIB", 64)
    monkeypatch.setattr(container, "ITERATIONS", 1)
    open_handover(tmp_path / "sent.vedette", None, tmp_path / "theirs.vedette")
    with closing(file.open_writer(tmp_path / "theirs.vedette")) as theirs:
        yield Sides(tmp_path, conn, theirs)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_their_triage_comes_back_once(sides: Sides, passphrase: str | None) -> None:
    decide(sides.theirs, 2, mute(note="a test bucket", until=NOW + 10_000), "Bob", NOW - 500)
    decide(sides.theirs, 3, WORK, "Bob", NOW - 499)
    decide(sides.theirs, 3, triage.Decision(assignee="Carol"), "Bob", NOW - 498)
    decide(sides.theirs, 1, triage.Decision("open"), "Bob", NOW - 497)
    back = sides.send_back(passphrase)

    seen = preview(sides.ours, back, passphrase)
    assert seen.same_workspace
    assert seen.sender is not None
    assert [one.who for one in seen.sender.passings] == ["Ann", "Bob"]
    assert {(one.resource, one.state) for one in seen.new} == {
        (name(1), "open"), (name(2), "muted"), (name(3), "in_progress"),
    }  # fmt: skip
    assert seen.known == 1
    assert not seen.conflicts
    assert state(sides.ours, 2)[0] == "open", "a preview writes nothing"

    done = apply(sides.ours, back, {}, "Ann", passphrase=passphrase)
    assert (done.decided, done.recorded, done.kept) == (3, 4, 0)
    assert state(sides.ours, 1) == ("open", "", "", "")
    assert state(sides.ours, 2) == ("muted", "accepted risk", "Bob", "")
    assert state(sides.ours, 3) == ("in_progress", "", "", "Carol")
    assert history(sides.ours, 3) == [("Bob", "in_progress", "imported")] * 2
    assert not list(sides.folder.glob(".*")), "what was unpacked is gone"

    again = preview(sides.ours, back, passphrase)
    assert again.empty
    assert again.known == 5
    assert apply(sides.ours, back, {}, "Ann", passphrase=passphrase).recorded == 0


@pytest.mark.parametrize("choice", ["ours", "theirs", "newest"])
@pytest.mark.parametrize("later", ["ours", "theirs"])
def test_a_conflict_is_decided_as_chosen_and_stays_decided_on_both_sides(
    sides: Sides, choice: Choice, later: str
) -> None:
    decide(sides.ours, 4, mute("fix pending"), "Ann", NOW - (400 if later == "ours" else 600))
    decide(sides.theirs, 4, WORK, "Bob", NOW - 500)
    back = sides.send_back()
    (conflict,) = preview(sides.ours, back).conflicts
    assert (conflict.id, conflict.resource, conflict.newest) == ("finding:4", name(4), later)
    assert conflict.ours.who == "Ann" and conflict.theirs.who == "Bob"  # type: ignore[union-attr]  # noqa: PT018

    done = apply(sides.ours, back, {conflict.id: choice}, "Ann")
    winner = later if choice == "newest" else choice
    held = ("muted", "fix pending", "Ann", "") if winner == "ours" else ("in_progress", "", "", "")
    assert state(sides.ours, 4) == held
    assert (done.decided, done.kept) == ((0, 1) if winner == "ours" else (1, 0))
    assert history(sides.ours, 4)[-1][1] == held[0], "the history ends with what holds"
    assert preview(sides.ours, back).empty

    seen = preview(sides.theirs, sides.send_forth())
    assert not seen.conflicts, "the colleague is not asked again"
    apply(sides.theirs, sides.send_forth(), {}, "Bob")
    assert state(sides.theirs, 4)[0] == held[0]
    assert preview(sides.ours, sides.send_back()).empty


def test_without_a_choice_nothing_is_written(sides: Sides) -> None:
    decide(sides.ours, 4, mute(), "Ann", NOW - 400)
    decide(sides.theirs, 4, WORK, "Bob", NOW - 500)
    decide(sides.theirs, 5, WORK, "Bob", NOW - 500)
    back = sides.send_back()
    with pytest.raises(UserError, match="1 conflict is not decided yet"):
        apply(sides.ours, back, {}, "Ann")
    assert state(sides.ours, 5)[0] == "open"
    assert apply(sides.ours, back, {}, "Ann", default="ours").kept == 1
    assert state(sides.ours, 5)[0] == "in_progress"


def test_the_same_decision_on_both_sides_is_no_conflict(sides: Sides) -> None:
    decide(sides.ours, 4, mute(note="ours"), "Ann", NOW - 400)
    decide(sides.theirs, 4, mute(note="theirs"), "Bob", NOW - 500)
    seen = preview(sides.ours, sides.send_back())
    assert not seen.conflicts
    assert [one.who for one in seen.agreed] == ["Bob"]
    apply(sides.ours, sides.send_back(), {}, "Ann")
    assert state(sides.ours, 4)[2] == "Ann"


def test_what_a_scan_saw_fixed_or_whose_time_is_over_is_kept_as_history_only(sides: Sides) -> None:
    decide(sides.theirs, 5, mute(), "Bob", NOW - 500)
    decide(sides.theirs, 6, mute(until=NOW - 100), "Bob", NOW - 500)
    sides.ours.execute("UPDATE finding SET status = 'pass', state = 'resolved' WHERE id = 5")
    back = sides.send_back()
    assert {one.resource for one in preview(sides.ours, back).moot} == {name(5), name(6)}
    assert apply(sides.ours, back, {}, "Ann").decided == 0
    assert state(sides.ours, 5)[0] == "resolved"
    assert state(sides.ours, 6)[0] == "open"
    assert history(sides.ours, 5) == [("Bob", "muted", "imported")]


def test_findings_we_do_not_have_are_told_and_left_out(sides: Sides) -> None:
    decide(sides.theirs, 7, WORK, "Bob", NOW - 500)
    sides.ours.execute("DELETE FROM finding WHERE id = 7")
    back = sides.send_back()
    seen = preview(sides.ours, back)
    assert [one.resource for one in seen.unknown] == [name(7)]
    assert seen.empty
    assert apply(sides.ours, back, {}, "Ann").recorded == 0


def test_an_import_can_be_undone(sides: Sides) -> None:
    decide(sides.theirs, 2, mute(), "Bob", NOW - 500)
    done = apply(sides.ours, sides.send_back(), {}, "Ann")
    with transaction(sides.ours):
        back, left = triage.undo(sides.ours, done.steps, who="Ann", at=NOW)
    assert (len(back), left) == (1, 0)
    assert state(sides.ours, 2) == ("open", "", "", "")


def test_undone_there_and_imported_is_undone_here(sides: Sides) -> None:
    with transaction(sides.theirs):
        steps, _ = triage.decide(sides.theirs, [2], mute(), who="Bob", at=NOW - 500)
    apply(sides.ours, sides.send_back(), {}, "Ann")
    assert state(sides.ours, 2)[0] == "muted"
    with transaction(sides.theirs):
        triage.undo(sides.theirs, steps, who="Bob", at=NOW - 400)
    apply(sides.ours, sides.send_back(), {}, "Ann")
    assert state(sides.ours, 2)[0] == "open"


def test_comments_and_labels_come_along(sides: Sides) -> None:
    add = "INSERT INTO comment (finding, at, who, text) VALUES (?, ?, ?, ?)"
    sides.theirs.execute(add, (2, NOW - 500, "Bob", "=HYPERLINK()"))
    sides.ours.execute("DELETE FROM comment WHERE finding = 1")  # ours was deleted: it does not come back
    label = "INSERT INTO asset_label VALUES (?, ?, ?, ?, 'analyst', ?)"
    sides.theirs.execute(label, (ACCOUNT, name(2), "owner", "payments", NOW - 500))
    sides.theirs.execute(label, (ACCOUNT, name(3), "owner", "web", NOW - 500))
    sides.ours.execute(label, (ACCOUNT, name(3), "owner", "shop", NOW - 400))
    sides.theirs.execute(label, (ACCOUNT, "arn:unknown", "owner", "x", NOW - 500))
    back = sides.send_back()
    seen = preview(sides.ours, back)
    assert [one.text for one in seen.comments] == ["=HYPERLINK()"]
    assert [one.value for one in seen.labels] == ["payments"]
    (conflict,) = seen.conflicts
    assert isinstance(conflict.ours, Label)
    assert isinstance(conflict.theirs, Label)
    assert (conflict.ours.value, conflict.theirs.value) == ("shop", "web")
    done = apply(sides.ours, back, {conflict.id: "theirs"}, "Ann")
    assert (done.comments, done.labels) == (1, 2)
    values = sides.ours.execute("SELECT value FROM asset_label ORDER BY value").fetchall()
    assert values == [("payments",), ("web",)]
    assert preview(sides.ours, back).empty


def test_a_workspace_of_their_own_over_the_same_account_is_merged_too(sides: Sides, tmp_path: Path) -> None:
    path = tmp_path / "other.vedette"
    file.create(path)
    with closing(file.open_writer(path)) as other:
        finding = add_finding(other, name(5))
        add_finding(other, name(99))
        decide(other, finding, WORK, "Carol", NOW - 300)
    seen = preview(sides.ours, path)
    assert seen.sender is None
    assert not seen.same_workspace
    assert [one.who for one in seen.new] == ["Carol"]
    apply(sides.ours, path, {}, "Ann")
    assert state(sides.ours, 5)[0] == "in_progress"


def test_our_own_file_and_an_unknown_one_are_refused(sides: Sides, workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this workspace itself"):
        preview(sides.ours, workspace)
    with pytest.raises(UserError, match="There is no workspace"):
        preview(sides.ours, tmp_path / "nothing")
    back = sides.send_back(PASSPHRASE)
    with pytest.raises(UserError, match="protected by a passphrase"):
        preview(sides.ours, back)
    with pytest.raises(UserError, match="does not open"):
        preview(sides.ours, back, "wrong horse battery")


def test_a_file_of_an_older_version_is_carried_forward_in_a_copy(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(sides.theirs, 2, WORK, "Bob", NOW - 500)
    back = sides.send_back()
    before = back.read_bytes()
    monkeypatch.setattr("backend.workspace.handover.opening.SCHEMA_VERSION", 2)
    assert [one.resource for one in preview(sides.ours, back).new] == [name(2)]
    assert back.read_bytes() == before
    assert not list(sides.folder.glob(".*"))
    with pytest.raises(UserError, match="is in use, or was not closed"):
        preview(sides.ours, sides.folder / "theirs.vedette")


_ROW = "INSERT INTO triage (uuid, rule, account, resource, at, who, state_before, state, reason) VALUES"
_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.mark.parametrize(
    "statements",
    [
        (f"{_ROW} ('u', 'r', 'a', 'x', 1, 'Bob', '', 'deleted', '')",),
        (f"{_ROW} ('u', 'r', 'a', 'x', 1, 'Bob', '', 'muted', '')",),
        (f"{_ROW} ('u', 'r', 'a', 'x', 1, 'Bob', '', 'muted', 'because')",),
        (f"{_ROW} ('u', 'r', 'a', 'x', -5, 'Bob', '', 'open', '')",),
        (f"{_ROW} ('u', 'r', 'a', 'x', {1 << 50}, 'Bob', '', 'open', '')",),
        (f"{_ROW} ('u', 'r', 'a', hex(zeroblob(150000)), 1, 'Bob', '', 'open', '')",),
        ("DROP TABLE triage",),
        ("DROP TABLE triage", f"CREATE VIEW triage AS {_ENDLESS}"),
        ("DROP TABLE triage", "CREATE TABLE triage (uuid, rule, account, resource, at, who, state_before, state,"
            " reason, note, until, assignee, origin)",
            "INSERT INTO triage VALUES (x'00', 1, 2, 3, 'x', 4, 5, 6, 7, 8, 9, 10, 'here')"),
        ("DROP TABLE triage", "CREATE VIRTUAL TABLE triage USING fts5(uuid, origin)"),
        ("ALTER TABLE triage ADD COLUMN more TEXT AS (hex(zeroblob(10)))",),
    ],
)  # fmt: skip
def test_a_doctored_file_is_refused_whole(sides: Sides, statements: tuple[str, ...]) -> None:
    decide(sides.theirs, 2, WORK, "Bob", NOW - 500)
    back = sides.send_back()
    with closing(sqlite3.connect(back, isolation_level=None)) as forger:
        for statement in statements:
            forger.execute(statement)
    with pytest.raises(UserError) as told:
        apply(sides.ours, back, {}, "Ann", default="theirs")
    assert str(back) in told.value.message
    assert state(sides.ours, 2)[0] == "open"
    assert not sides.ours.in_transaction
