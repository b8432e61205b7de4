"""Merge a colleague's triage into ours: what is new, what both sides decided, what was known before.

Each decision has a uuid, so what was imported once is known for ever, in either direction. A *conflict* is a finding
about which each side made a decision the other does not know, with different outcomes. A decision about a finding that
a scan saw fixed meanwhile, or a mute whose end has passed, is kept in the history and changes nothing.

Labels and comments come along: a label is in conflict when both sides changed it since the hand-over. What somebody
deleted is not merged: it stays deleted on that side only.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal

from backend.errors import UserError
from backend.workspace.handover import incoming, mark, merge
from backend.workspace.handover.incoming import Comment, Decision, Key, Label
from backend.workspace.handover.opening import reading
from backend.workspace.triage import Step
from backend.workspace.writer import transaction

Choice = Literal["ours", "theirs", "newest"]


@dataclass(frozen=True)
class Conflict:
    """Both sides decided about a finding (`id` is `finding:ID`), or changed a label (`label:KEY:ACCOUNT:RESOURCE`)."""

    id: str
    rule: str  # '' for a label
    account: str
    resource: str
    ours: Decision | Label
    theirs: Decision | Label

    @property
    def newest(self) -> Literal["ours", "theirs"]:
        """Which side spoke last. A clock that runs ahead wins nothing."""
        now = int(time.time())
        return "theirs" if min(self.theirs.at, now) > min(self.ours.at, now) else "ours"


@dataclass
class Preview:
    """What an import would do. Findings are counted once, whatever the number of decisions about them."""

    sender: mark.Handover | None  # None: it is no hand-over but a workspace of its own
    same_workspace: bool  # it descends from this workspace
    new: list[Decision] = field(default_factory=list)  # the last one for each finding, which it will follow
    conflicts: list[Conflict] = field(default_factory=list)
    agreed: list[Decision] = field(default_factory=list)  # both decided the same
    moot: list[Decision] = field(default_factory=list)  # fixed meanwhile, or ended
    unknown: list[Decision] = field(default_factory=list)  # about findings we do not have: not imported
    known: int = 0  # decisions that were here before
    comments: list[Comment] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    rows: dict[Key, list[Decision]] = field(default_factory=dict, repr=False)  # all that are new to us

    @property
    def empty(self) -> bool:
        """Whether there is nothing to import."""
        return not (self.rows or self.comments or self.labels or self.conflicts)


@dataclass
class Applied:
    """What an import did. `steps` can be given to `backend.workspace.triage.undo`."""

    decided: int = 0  # findings that follow their decision now
    kept: int = 0  # conflicts in which ours stayed
    recorded: int = 0  # their decisions added to the history
    comments: int = 0
    labels: int = 0
    steps: list[Step] = field(default_factory=list)


def preview(conn: sqlite3.Connection, other: Path, passphrase: str | None = None) -> Preview:
    """Compare our workspace with the file `other` (an export in any form, or a workspace). Writes nothing.

    `UserError` when it cannot be opened or holds what no analyst can decide.
    """
    path = _path_of(conn)
    if other.exists() and path.exists() and other.samefile(path):
        raise UserError(f"{other} is this workspace itself.", "Choose the file your colleague sent.")
    with ExitStack() as stack:
        theirs = stack.enter_context(reading(other, passphrase, path))
        stack.enter_context(incoming.guarded(theirs, str(other)))
        sender = mark.load(theirs)
        found = Preview(sender, _is_same(conn, theirs))
        since = sender.owner.at if sender and found.same_workspace else None
        _compare_decisions(conn, theirs, str(other), found)
        _compare_comments(conn, theirs, str(other), found, since)
        _compare_labels(conn, theirs, str(other), found, since)
    return found


def apply(
    conn: sqlite3.Connection,
    other: Path,
    choices: Mapping[str, Choice],
    who: str,
    *,
    default: Choice | None = None,
    passphrase: str | None = None,
    at: int | None = None,
) -> Applied:
    """Merge, in the caller's transaction or one of its own. `choices` maps conflict ids; others follow `default`.

    `UserError` when a conflict is left without a choice; then nothing was written.
    """
    now = int(time.time()) if at is None else at
    with transaction(conn, durable=True):
        found = preview(conn, other, passphrase)
        chosen = {one.id: choices.get(one.id, default) for one in found.conflicts}
        if open_ids := [id for id, choice in chosen.items() if choice is None]:
            some = "1 conflict is" if len(open_ids) == 1 else f"{len(open_ids)} conflicts are"
            raise UserError(f"{some} not decided yet.", "Choose ours, theirs or the newest for each.")
        done = Applied()
        done.recorded = merge.record(conn, chain.from_iterable(found.rows.values()))
        for decision in found.new:
            _follow(conn, decision, now, done)
        for one in found.conflicts:
            choice = chosen[one.id]
            _settle(conn, one, one.newest if choice == "newest" else choice or "ours", who, now, done)
        for label in found.labels:
            merge.put_label(conn, label)
        for comment in found.comments:
            merge.add_comment(conn, comment)
        done.comments = len(found.comments)
        done.labels += len(found.labels)
    return done


def _settle(conn: sqlite3.Connection, one: Conflict, side: str, who: str, now: int, done: Applied) -> None:
    if isinstance(one.theirs, Label):
        if side == "theirs":
            merge.put_label(conn, one.theirs)
            done.labels += 1
        else:
            done.kept += 1
        return
    if isinstance(one.ours, Label):
        raise TypeError("a conflict is between two of one kind")
    winner, loser = (one.theirs, one.ours) if side == "theirs" else (one.ours, one.theirs)
    if side == "theirs":
        _follow(conn, winner, now, done)
    else:
        done.kept += 1
    # So that the history ends with what holds, here and on the other side when it is imported there.
    merge.restate(conn, winner, loser, who, now)


def _follow(conn: sqlite3.Connection, decision: Decision, now: int, done: Applied) -> None:
    step = merge.follow(conn, decision, now)
    if step is not None:
        done.steps.append(step)
    done.decided += 1


def _compare_decisions(conn: sqlite3.Connection, theirs: sqlite3.Connection, name: str, found: Preview) -> None:
    ours = {row[0] for row in conn.execute("SELECT uuid FROM triage")}
    seen: set[str] = set()
    for decision in incoming.decisions(theirs, name):
        if decision.uuid in seen:
            continue
        seen.add(decision.uuid)
        if decision.uuid in ours:
            found.known += 1
        else:
            found.rows.setdefault(decision.key, []).append(decision)
    # A row of ours that a scan wrote may be of theirs too; only analysts' rows count as deciding.
    mine: dict[Key, Decision] = {}
    for decision in incoming.decisions(conn, "this workspace"):
        if decision.uuid not in seen and decision.key in found.rows:
            mine[decision.key] = decision
    for key, rows in list(found.rows.items()):
        last, own = rows[-1], mine.get(key)
        state = merge.finding(conn, key)
        if state is None:
            found.unknown.append(last)
            del found.rows[key]
        elif own is not None and own.same_as(last):
            found.agreed.append(last)
        elif merge.is_moot(state, last, int(time.time())):
            found.moot.append(last)
        elif own is not None:
            found.conflicts.append(Conflict(f"finding:{state.id}", *key, own, last))
        else:
            found.new.append(last)


def _compare_comments(
    conn: sqlite3.Connection, theirs: sqlite3.Connection, name: str, found: Preview, since: int | None
) -> None:
    ours = set(incoming.comments(conn, "this workspace"))
    for comment in incoming.comments(theirs, name):
        deleted_here = since is not None and comment.at < since
        if comment not in ours and not deleted_here and merge.finding(conn, comment.key) is not None:
            ours.add(comment)
            found.comments.append(comment)


def _compare_labels(
    conn: sqlite3.Connection, theirs: sqlite3.Connection, name: str, found: Preview, since: int | None
) -> None:
    ours = {(one.account, one.resource, one.key): one for one in incoming.labels(conn, "this workspace")}
    for label in incoming.labels(theirs, name):
        own = ours.get((label.account, label.resource, label.key))
        unchanged = since is not None and label.at < since
        if unchanged or (own is not None and own.value == label.value) or not merge.knows(conn, label):
            continue
        if own is None or (since is not None and own.at < since):
            found.labels.append(label)
        else:
            id = f"label:{label.key}:{label.account}:{label.resource}"
            found.conflicts.append(Conflict(id, "", label.account, label.resource, own, label))


def _is_same(conn: sqlite3.Connection, theirs: sqlite3.Connection) -> bool:
    query = "SELECT value FROM setting WHERE key = 'workspace.id'"
    ours, other = conn.execute(query).fetchone(), theirs.execute(query).fetchone()
    return ours is not None and ours == other


def _path_of(conn: sqlite3.Connection) -> Path:
    return next(Path(file) for _, name, file in conn.execute("PRAGMA database_list") if name == "main")
