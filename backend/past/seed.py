"""How an account's findings stood before the first scan that is judged anew, from their recorded history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.past.decisions import record, rows
from backend.past.plan import PastAccount
from backend.workspace.handover.incoming import Decision
from backend.workspace.writer import insert_many

_FINDING = (
    "rule, account, resource, resource_type, service, provider, region, name, severity, severity_rank, status,"
    " presence, state, reopened, reason, first_seen, last_seen, changed, first_scan, last_scan, assignee, mute_reason,"
    " mute_note, muted_by, mute_until"
)


@dataclass
class _Record:
    """One finding as its history says."""

    fixed: tuple[Any, ...]  # rule to severity_rank
    first_seen: int
    first_scan: int
    status: str = ""
    presence: str = "present"
    reason: str = ""
    changed: int = 0
    last_seen: int = 0
    last_scan: int = 0
    failed_first: bool = False


def seed(source: sqlite3.Connection, past: sqlite3.Connection, account: PastAccount) -> set[str]:
    """Write them into `past`. Returns the uuids of the decisions that are in them already."""
    begin = account.replayed[0]
    before = [
        (row, origin)
        for row, origin, arrived in rows(source)
        if row.account == account.cloud_id and arrived < begin.started_at
    ]
    record(past, before)  # where a mute ends later, it says what it had been set upon
    triage = _triage(before)
    found = (_row(one, triage.get((one.fixed[0], one.fixed[2]))) for one in _records(source, account))
    insert_many(past, "finding", _FINDING.split(", "), found)
    return {row.uuid for row, origin in before if origin != "scan"}


def _records(source: sqlite3.Connection, account: PastAccount) -> Iterator[_Record]:
    """Findings of rules that are still in force, with history before the first scan judged anew."""
    events = source.execute(
        "SELECT event.finding, event.scan, event.at, event.status_before, event.status, event.presence, event.reason,"
        " finding.rule, finding.account, finding.resource, finding.resource_type, finding.service, finding.provider,"
        " finding.region, finding.name, rule.severity, rule.severity_rank, finding.first_seen, finding.first_scan"
        " FROM finding_history AS event JOIN finding ON finding.id = event.finding"
        " JOIN rule ON rule.id = finding.rule AND rule.enabled = 1"
        " WHERE finding.account = ? AND event.scan < ? ORDER BY event.finding, event.id",
        (account.cloud_id, account.replayed[0].id),
    )
    number, record = 0, None
    for finding, scan, at, before, status, presence, reason, *rest in events:
        if finding != number:
            if record is not None:
                yield record
            number, record = finding, _Record(tuple(rest[:10]), rest[10], rest[11], failed_first=status == "fail")
        assert record is not None
        if status != before or presence != "present" or record.presence == "gone":
            record.changed = at
        record.status, record.presence, record.reason = status, presence, reason
        record.last_seen, record.last_scan = at, scan
    if record is not None:
        yield record


@dataclass
class _Triage:
    state: str = ""
    reopened: int = 0
    assignee: str = ""
    mute: tuple[str, str, str, int | None] = ("", "", "", None)  # reason, note, who, until


def _triage(before: list[tuple[Decision, str]]) -> dict[tuple[str, str], _Triage]:
    """(rule, resource) -> what triage says, the scans' own steps included."""
    found: dict[tuple[str, str], _Triage] = {}
    for row, origin in before:
        one = found.setdefault((row.rule, row.resource), _Triage())
        if origin == "imported" and one.state in ("", "resolved"):
            continue  # there was nothing left to decide, or a step of ours that followed says so
        if origin == "scan" and row.who == "scan":
            one.reopened = int((row.state_before, row.state) == ("resolved", "open"))
        else:
            one.assignee = row.assignee
            muted = row.state == "muted"
            one.mute = (row.reason, row.note, row.who, row.until) if muted else ("", "", "", None)
        one.state = row.state
    return found


def _row(one: _Record, triage: _Triage | None) -> tuple[Any, ...]:
    decided = triage or _Triage("open" if one.failed_first else "")
    return (
        *one.fixed, one.status, one.presence, decided.state, decided.reopened, one.reason, one.first_seen,
        one.last_seen, one.changed, one.first_scan, one.last_scan, decided.assignee, *decided.mute,
    )  # fmt: skip
