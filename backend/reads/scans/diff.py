"""What changed between two scans of an account, from the history of its findings."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TypeAlias

from backend.errors import UserError
from backend.reads import definition
from backend.reads.scans.listing import latest

LISTED = 500
KINDS = ("failing", "fixed", "gone", "changed")
_Found: TypeAlias = tuple[int, int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that is not as it was. `before` is '' when it was new."""

    finding: int
    rule: str
    title: str
    severity: str
    resource: str
    name: str
    account: str
    region: str
    before: str
    after: str
    presence: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanDiff:
    """Changes by kind: newly failing, fixed (fail to pass), gone with its resource, changed otherwise.

    Lists hold the worst 500 of each; the counts are exact. A new finding that passes is no change.
    `first` tells that there was no earlier scan to compare with.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    failing: tuple[Change, ...]
    fixed: tuple[Change, ...]
    gone: tuple[Change, ...]
    changed: tuple[Change, ...]
    counts: tuple[int, int, int, int]  # in the order of `KINDS`
    first: bool = False


def diff(conn: sqlite3.Connection, a: int, b: int) -> ScanDiff:
    """What happened after scan `a`, up to and with scan `b`, whichever is older.

    Raises:
        UserError: a scan is not there, or the two are of different accounts.
    """
    first, last = sorted((a, b))
    cloud_ids: list[str] = []
    for id_ in (first, last):
        record = conn.execute("SELECT cloud_id FROM scan WHERE id = ?", (id_,)).fetchone()
        if record is None:
            raise UserError(
                f"There is no scan {id_} in this workspace.", "`vedette diff` without numbers compares the last two."
            )
        cloud_ids.append(record[0])
    if cloud_ids[0] != cloud_ids[1]:
        raise UserError(
            f"Scan {first} is of account {cloud_ids[0]} and scan {last} of account {cloud_ids[1]}.",
            "Compare two scans of one account.",
        )
    return _diff(conn, [(cloud_ids[0], first, last)])


def since_last(conn: sqlite3.Connection) -> ScanDiff:
    """What the newest scan of each account changed since the one before it."""
    spans: list[tuple[str, int, int]] = []
    first = True
    for cloud_id, ids in latest(conn, 2).items():
        if len(ids) == 2:
            spans.append((cloud_id, ids[1], ids[0]))
            first = False
    return _diff(conn, spans, first=first)


def _diff(conn: sqlite3.Connection, spans: list[tuple[str, int, int]], *, first: bool = False) -> ScanDiff:
    kinds: dict[str, list[_Found]] = {kind: [] for kind in KINDS}
    for cloud_id, start, end in spans:
        for change in _changes(conn, cloud_id, start, end):
            kind = _kind(*change[2:5])
            if kind:
                kinds[kind].append(change)
    listed: dict[str, tuple[Change, ...]] = {}
    for kind, changes in kinds.items():
        changes.sort(key=lambda change: (-change[1], change[0]))
        listed[kind] = _describe(conn, changes[:LISTED])
    return ScanDiff(
        before=tuple(start for _, start, _ in spans),
        after=tuple(end for _, _, end in spans),
        failing=listed["failing"],
        fixed=listed["fixed"],
        gone=listed["gone"],
        changed=listed["changed"],
        counts=(len(kinds["failing"]), len(kinds["fixed"]), len(kinds["gone"]), len(kinds["changed"])),
        first=first,
    )


def _changes(
    conn: sqlite3.Connection, cloud_id: str, start: int, end: int
) -> list[tuple[int, int, str, str, str, str]]:
    """Of each that has history between: finding, severity rank, status before, after, presence after, reason."""
    # The bare columns beside min() and max() are those of the row that has it (an SQLite promise).
    records = conn.execute(
        "SELECT oldest.finding, finding.severity_rank, oldest.status_before, newest.status, newest.presence,"
        " newest.reason FROM (SELECT finding, status_before, min(finding_history.id) FROM finding_history"
        "   WHERE scan > ? AND scan <= ? GROUP BY finding) AS oldest"
        " JOIN (SELECT finding, status, presence, reason, max(finding_history.id) FROM finding_history"
        "   WHERE scan > ? AND scan <= ? GROUP BY finding) AS newest ON newest.finding = oldest.finding"
        " JOIN finding ON finding.id = oldest.finding WHERE finding.account = ?",
        (start, end, start, end, cloud_id),
    )
    return records.fetchall()


def _kind(before: str, after: str, presence: str) -> str:
    if presence == "gone":
        return "gone" if before == "fail" else ""
    if after == "fail":
        return "failing" if before != "fail" else ("changed" if presence == "stale" else "")
    if before == "fail" and after == "pass":
        return "fixed"
    return "changed" if before and (before != after or presence == "stale") else ""


def _describe(conn: sqlite3.Connection, changes: list[_Found]) -> tuple[Change, ...]:
    found: list[Change] = []
    marks = ",".join("?" * len(changes))
    records = conn.execute(
        f"SELECT id, rule, severity, resource, name, account, region FROM finding WHERE id IN ({marks})",
        [change[0] for change in changes],
    )
    by_id = {record[0]: record[1:] for record in records}
    headings = definition.headings(conn, (record[0] for record in by_id.values()))
    for id_, _, before, after, presence, reason in changes:
        rule, severity, resource, name, account, region = by_id[id_]
        title = headings[rule].title if rule in headings else rule
        found.append(
            Change(id_, rule, title, severity, resource, name, account, region, before, after, presence, reason)
        )
    return tuple(found)
