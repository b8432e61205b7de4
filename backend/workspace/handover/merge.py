"""Write somebody's decisions, comments and labels into our workspace, in the caller's transaction."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from backend.workspace.handover.incoming import Comment, Decision, Key, Label
from backend.workspace.triage import Step, Triage
from backend.workspace.writer import insert_many

_COLUMNS = (
    "uuid rule account resource at who state_before state reason note until assignee origin".split()
)  # of `triage`, in the order of Decision


@dataclass(frozen=True)
class FindingState:
    """What a finding of ours is now."""

    id: int
    status: str
    presence: str
    triage: Triage


def finding(conn: sqlite3.Connection, key: Key) -> FindingState | None:
    """Our finding of (rule, account, resource); None when there is none."""
    row = conn.execute(
        "SELECT id, status, presence, state, assignee, mute_reason, mute_note, muted_by, mute_until, reopened"
        " FROM finding WHERE rule = ? AND account = ? AND resource = ?",
        key,
    ).fetchone()
    return None if row is None else FindingState(row[0], row[1], row[2], Triage(*row[3:]))


def knows(conn: sqlite3.Connection, label: Label) -> bool:
    """Whether we have the resource of a label."""
    query = "SELECT 1 FROM finding WHERE resource = ? AND account = ? LIMIT 1"
    return conn.execute(query, (label.resource, label.account)).fetchone() is not None


def is_moot(state: FindingState, decision: Decision, now: int) -> bool:
    """Whether the decision has nothing left to decide: fixed or gone meanwhile, or a mute that has ended."""
    if decision.state == "muted" and decision.until is not None and decision.until <= now:
        return True
    return (state.status == "pass" or state.presence == "gone") and state.triage.state != "muted"


def record(conn: sqlite3.Connection, rows: Iterable[Decision]) -> int:
    """Add decisions to the history, as imported ones. Those that are there stay as they are."""
    values = (_values(row, "imported") for row in rows)
    return insert_many(conn, "triage", _COLUMNS, values, verb="INSERT OR IGNORE")


def _values(row: Decision, origin: str) -> tuple[object, ...]:
    return (*(getattr(row, name) for name in _COLUMNS[:-1]), origin)


def restate(conn: sqlite3.Connection, winner: Decision, loser: Decision, who: str, at: int) -> None:
    """Add a decision of the importer's that says once more what holds after a conflict."""
    note = winner.note or f"Chosen over the decision of {loser.who}."
    again = replace(
        winner,
        uuid=uuid.uuid4().hex,
        at=max(at, winner.at, loser.at),
        who=who,
        state_before=loser.state,
        note=note,
    )
    insert_many(conn, "triage", _COLUMNS, [_values(again, "here")])


def follow(conn: sqlite3.Connection, decision: Decision, now: int) -> Step | None:
    """Let our finding be as the decision says. The step done; None when it was so or is moot."""
    state = finding(conn, decision.key)
    if state is None or is_moot(state, decision, now):
        return None
    after = _after(state, decision)
    if after == state.triage:
        return None
    conn.execute(
        "UPDATE finding SET state = ?, assignee = ?, mute_reason = ?, mute_note = ?, muted_by = ?, mute_until = ?"
        " WHERE id = ?",
        (
            after.state, after.assignee, after.mute_reason, after.mute_note, after.muted_by, after.mute_until, state.id,
        ),
    )  # fmt: skip
    return Step(state.id, state.triage, after)


def _after(state: FindingState, decision: Decision) -> Triage:
    ours = replace(state.triage, assignee=decision.assignee)
    if decision.state == "muted":
        return replace(
            ours,
            state="muted",
            mute_reason=decision.reason,
            mute_note=decision.note,
            muted_by=decision.who,
            mute_until=decision.until,
        )
    unmuted = replace(ours, mute_reason="", mute_note="", muted_by="", mute_until=None)
    fixed = state.status == "pass" or state.presence == "gone"
    if fixed:  # only a mute of ours is left to be lifted
        return replace(unmuted, state="resolved")
    if decision.state == "in_progress":
        return replace(unmuted, state="in_progress")
    if state.status == "fail":
        return replace(unmuted, state="open")
    # Unknown, and by their word open, or as it was before anybody decided.
    return replace(unmuted, state="open" if decision.state == "open" and ours.state else "")


def put_label(conn: sqlite3.Connection, label: Label) -> None:
    """Set an analyst's label."""
    conn.execute(
        "INSERT INTO asset_label (account, resource, key, value, origin, at) VALUES (?, ?, ?, ?, 'analyst', ?)"
        " ON CONFLICT (account, resource, key, origin) DO UPDATE SET value = excluded.value, at = excluded.at",
        (label.account, label.resource, label.key, label.value, label.at),
    )


def add_comment(conn: sqlite3.Connection, comment: Comment) -> None:
    """Add a comment to our finding; one whose finding is not here is left out."""
    state = finding(conn, comment.key)
    if state is not None:
        conn.execute(
            "INSERT INTO comment (finding, at, who, text) VALUES (?, ?, ?, ?)",
            (state.id, comment.at, comment.who, comment.text),
        )
