"""Triage of findings: what an analyst may decide, what it changes, how a mute ends, and taking a decision back.

An analyst says *open*, *in progress* or *muted* (with a reason, and an end when there is to be one). *Resolved* is no
decision: a scan says it, when the rule passes or the resource is gone. All functions work inside the caller's
transaction.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from backend.errors import UserError

DECISIONS = ("open", "in_progress", "muted")
MUTE_REASONS = ("false positive", "accepted risk", "fix pending", "other")
CHUNK = 500  # findings read or written at once
AUTOMATIC = "mute expired"  # the *who* of what nobody decided


@dataclass(frozen=True)
class Decision:
    """What is decided. None leaves a thing as it is; `reason`, `note` and `until` belong to a mute."""

    state: str | None = None
    reason: str = ""
    note: str = ""
    until: int | None = None  # epoch seconds; None: without end
    assignee: str | None = None

    def check(self, now: int) -> None:
        """`UserError` when it is not a decision an analyst can make."""
        if self.state is None and self.assignee is None:
            raise UserError("Nothing is decided.", "Give a state or an assignee.")
        if self.state == "resolved":
            raise UserError(
                "A finding is resolved by a scan that sees it fixed, not by hand.",
                "Check it again, or mute it with a reason.",
            )
        if self.state is not None and self.state not in DECISIONS:
            raise UserError(f"There is no state “{self.state[:40]}”.", f"Use one of {', '.join(DECISIONS)}.")
        if self.state == "muted":
            self._check_mute(now)
        elif self.reason or self.until is not None:
            raise UserError("A reason and an end belong to a mute only.", "Leave them out, or mute.")

    def _check_mute(self, now: int) -> None:
        if self.reason not in MUTE_REASONS:
            raise UserError("A mute needs a reason.", f"Use one of {', '.join(MUTE_REASONS)}.")
        if self.reason == "other" and not self.note.strip():
            raise UserError("The reason “other” says nothing by itself.", "Write a note.")
        if self.until is not None and self.until <= now:
            raise UserError("The end of the mute has already passed.", "Choose a later one.")


@dataclass(frozen=True)
class Triage:
    """The columns of a finding that a decision may change."""

    state: str
    assignee: str
    mute_reason: str
    mute_note: str
    muted_by: str
    mute_until: int | None
    reopened: int


@dataclass(frozen=True)
class Step:
    """One finding's change: enough to take it back."""

    finding: int
    before: Triage
    after: Triage


@dataclass(frozen=True)
class _Finding:
    id: int
    key: tuple[str, str, str]
    status: str
    presence: str
    triage: Triage


_COLUMNS = "state, assignee, mute_reason, mute_note, muted_by, mute_until, reopened"


def decide(
    conn: sqlite3.Connection, findings: Sequence[int], decision: Decision, *, who: str, at: int
) -> tuple[list[Step], int]:
    """Apply a decision to findings by id. Returns (steps, how many it does not fit).

    It does not fit a finding that passes or never failed (there is nothing to decide), nor an id that is not there.
    """
    decision.check(at)
    steps: list[Step] = []
    seen = 0
    for finding in _read(conn, findings):
        after = _decided(conn, finding, decision, who)
        if after is None:
            continue
        seen += 1
        if after != finding.triage:
            step = Step(finding.id, finding.triage, after)
            steps.append(step)
            _write(conn, finding, step, who, at, "here", decision.note)
    return steps, len(set(findings)) - seen


def undo(conn: sqlite3.Connection, steps: Iterable[Step], *, who: str, at: int) -> tuple[list[Step], int]:
    """Take steps back: exactly the former values. Returns (steps done, how many were left).

    A finding that a scan or somebody else has changed since is left as it is.
    """
    by_id = {step.finding: step for step in steps}
    done: list[Step] = []
    for finding in _read(conn, list(by_id)):
        step = by_id[finding.id]
        if finding.triage == step.after:
            back = Step(finding.id, step.after, step.before)
            done.append(back)
            _write(conn, finding, back, who, at, "undo", "")
    return done, len(by_id) - len(done)


def expire(conn: sqlite3.Connection, now: int) -> list[int]:
    """End the mutes whose time has come. Returns the ids of the findings."""
    query = "SELECT id FROM finding WHERE state = 'muted' AND mute_until <= ?"
    due = [row[0] for row in conn.execute(query, (now,)).fetchall()]
    for finding in _read(conn, due):
        after = replace(_unmuted(finding.triage), state=_state_unmuted(conn, finding))
        _write(conn, finding, Step(finding.id, finding.triage, after), AUTOMATIC, now, "scan", "")
    return due


def next_expiry(conn: sqlite3.Connection) -> int | None:
    """When the next mute ends (epoch seconds); None when none does."""
    found = conn.execute("SELECT min(mute_until) FROM finding WHERE state = 'muted'").fetchone()[0]
    return None if found is None else int(found)


def _decided(conn: sqlite3.Connection, finding: _Finding, decision: Decision, who: str) -> Triage | None:
    """The finding's triage after the decision; None when it does not fit."""
    after = finding.triage
    muted = after.state == "muted"
    if decision.state is not None:
        if finding.status == "pass" and not (muted and decision.state == "open"):
            return None
        if decision.state == "muted":
            after = replace(
                after,
                state="muted",
                mute_reason=decision.reason,
                mute_note=decision.note,
                muted_by=who,
                mute_until=decision.until,
            )
        elif muted:
            state = _state_unmuted(conn, finding) if decision.state == "open" else decision.state
            after = replace(_unmuted(after), state=state)
        elif decision.state == "open" and after.state == "":
            return None  # an unknown that never failed: there is nothing to open
        else:
            after = replace(after, state=decision.state)
    if decision.assignee is not None:
        after = replace(after, assignee=decision.assignee)
    return after


def _unmuted(triage: Triage) -> Triage:
    return replace(triage, mute_reason="", mute_note="", muted_by="", mute_until=None)


def _state_unmuted(conn: sqlite3.Connection, finding: _Finding) -> str:
    """The state after a mute: a scan may have seen it fixed meanwhile."""
    if finding.status == "fail" and finding.presence != "gone":
        return "open"
    before = conn.execute(
        "SELECT state_before FROM triage WHERE rule = ? AND account = ? AND resource = ? AND state = 'muted'"
        " AND state_before <> 'muted' ORDER BY id DESC LIMIT 1",
        finding.key,
    ).fetchone()
    state = before[0] if before else "open"
    if finding.status == "unknown" and finding.presence != "gone":
        return str(state)
    return "resolved" if state else ""


def _read(conn: sqlite3.Connection, ids: Sequence[int]) -> Iterator[_Finding]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        rows = conn.execute(
            f"SELECT id, rule, account, resource, status, presence, {_COLUMNS} FROM finding"
            f" WHERE id IN ({','.join('?' * len(some))}) ORDER BY id",
            some,
        ).fetchall()
        for row in rows:
            yield _Finding(row[0], (row[1], row[2], row[3]), row[4], row[5], Triage(*row[6:]))


def _write(conn: sqlite3.Connection, finding: _Finding, step: Step, who: str, at: int, origin: str, note: str) -> None:
    after = step.after
    conn.execute(
        "UPDATE finding SET state = ?, assignee = ?, mute_reason = ?, mute_note = ?, muted_by = ?, mute_until = ?,"
        " reopened = ? WHERE id = ?",
        (
            after.state, after.assignee, after.mute_reason, after.mute_note, after.muted_by, after.mute_until,
            after.reopened, step.finding,
        ),
    )  # fmt: skip
    conn.execute(
        "INSERT INTO triage (uuid, rule, account, resource, at, who, state_before, state, reason, note, until,"
        " assignee, origin) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            uuid.uuid4().hex, *finding.key, at, who, step.before.state, after.state, after.mute_reason,
            note or after.mute_note, after.mute_until, after.assignee, origin,
        ),
    )  # fmt: skip
