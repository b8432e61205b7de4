"""All there is to know of one finding."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from backend.reads import definition
from backend.reads.findings.remediation import Remediation, render
from backend.reads.findings.row import COLUMNS, FindingRow, build
from backend.reads.resource import ResourceConfiguration, configuration


@dataclass(frozen=True, slots=True)
class Evidence:
    """A column the verdict rests on and its value; None was not collected."""

    column: str
    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """A call behind an unknown verdict; `permissions` are those that would let a denied one through."""

    operation: str
    outcome: str
    region: str
    code: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """A call that fed the finding; `resource` is '' for a listing."""

    scan: int
    operation: str
    region: str
    resource: str
    outcome: str
    code: str
    message: str
    at: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of status or presence; `status_before` is '' when the finding was new."""

    at: int
    scan: int
    status_before: str
    status: str
    presence: str
    reason: str


@dataclass(frozen=True, slots=True)
class TriageEntry:
    """A decision; `origin` is here, scan (automatic), imported or undo."""

    at: int
    who: str
    state_before: str
    state: str
    reason: str
    note: str
    until: int | None
    assignee: str
    origin: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A note of an analyst."""

    id: int
    at: int
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the resource; `origin` says whether a tag or the analyst gave it."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """What the rule says: its SQL, why it matters, where it is written."""

    condition: str  # `where`: which rows it speaks of
    passes: str
    query: str
    rationale: str
    operations: tuple[str, ...]
    permissions: tuple[str, ...]
    file: str
    line: int
    enabled: bool
    error: str


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with its surroundings. `rule` is None when the rule is no longer loaded."""

    row: FindingRow
    rule: RuleText | None
    evidence: tuple[Evidence, ...]
    missing: tuple[Missing, ...]
    remediation: Remediation
    resource: ResourceConfiguration | None
    calls: tuple[CallOutcome, ...]
    history: tuple[HistoryEntry, ...]
    triage: tuple[TriageEntry, ...]
    comments: tuple[Comment, ...]
    labels: tuple[Label, ...]
    first_scan: int
    last_scan: int
    mute_note: str
    muted_by: str
    others_failing: int  # other findings of this resource that fail and are not muted


def detail(conn: sqlite3.Connection, id: int) -> FindingDetail | None:
    """The finding `id`; None when there is none (any more)."""
    record = conn.execute(
        f"SELECT {COLUMNS}, finding.evidence, finding.missing, finding.first_scan, finding.last_scan,"
        " finding.mute_note, finding.muted_by FROM finding WHERE finding.id = ?",
        (id,),
    ).fetchone()
    if record is None:
        return None
    row = build(conn, [record])[0]
    evidence, missing, first_scan, last_scan, mute_note, muted_by = record[21:]
    values: dict[str, Any] = json.loads(evidence)
    found = configuration(conn, row.resource_type, row.account, row.resource)
    rule, fixes = _rule(conn, row.rule)
    known = {**(dict(found.columns) if found else {}), **values}
    known.update({"name": row.name, "region": row.region, "account": row.account, "uid": row.resource})
    if found and found.scan_region:
        known["region"] = found.scan_region
    return FindingDetail(
        row=row,
        rule=rule,
        evidence=tuple(Evidence(column, value) for column, value in values.items()),
        missing=tuple(_missing(one) for one in json.loads(missing)),
        remediation=render(fixes, known),
        resource=found,
        calls=_calls(conn, row, last_scan, rule.operations if rule else ()),
        history=_history(conn, id),
        triage=_triage(conn, row),
        comments=tuple(
            Comment(*entry)
            for entry in conn.execute("SELECT id, at, who, text FROM comment WHERE finding = ? ORDER BY id", (id,))
        ),
        labels=_labels(conn, row),
        first_scan=first_scan,
        last_scan=last_scan,
        mute_note=mute_note,
        muted_by=muted_by,
        others_failing=conn.execute(
            "SELECT count(*) FROM finding WHERE resource = ? AND account = ? AND id <> ? AND status = 'fail'"
            " AND state <> 'muted' AND presence <> 'gone'",
            (row.resource, row.account, id),
        ).fetchone()[0],
    )


def _missing(one: dict[str, Any]) -> Missing:
    permissions = tuple(str(name) for name in one.get("permissions", ()))
    operation, outcome, region, code = (str(one.get(key, "")) for key in ("operation", "outcome", "region", "code"))
    return Missing(operation, outcome, region, code, permissions)


def _rule(conn: sqlite3.Connection, id: str) -> tuple[RuleText | None, dict[str, str]]:
    record = conn.execute(
        "SELECT definition, operations, permissions, file, line, enabled, error FROM rule WHERE id = ?", (id,)
    ).fetchone()
    if record is None:
        return None, {}
    parts = definition.read(record[0])
    rule = RuleText(
        condition=parts.where,
        passes=parts.passes,
        query=parts.query,
        rationale=parts.rationale,
        operations=tuple(json.loads(record[1])),
        permissions=tuple(json.loads(record[2])),
        file=record[3],
        line=record[4],
        enabled=bool(record[5]),
        error=record[6],
    )
    return rule, dict(parts.remediation)


def _calls(
    conn: sqlite3.Connection, row: FindingRow, scan: int, operations: tuple[str, ...]
) -> tuple[CallOutcome, ...]:
    """Outcomes of the rule's operations for this resource, and of the listings in its region, in its last scan."""
    marks = ",".join("?" * len(operations))
    records = conn.execute(
        "SELECT scan, operation, region, resource, outcome, code, message, at FROM api_call_outcome"
        f" WHERE scan = ? AND operation IN ({marks}) AND region IN (?, 'global') AND resource IN ('', ?)"
        " ORDER BY operation, resource, region",
        (scan, *operations, row.region, row.resource),
    )
    return tuple(CallOutcome(*record) for record in records)


def _history(conn: sqlite3.Connection, id: int) -> tuple[HistoryEntry, ...]:
    records = conn.execute(
        "SELECT at, scan, status_before, status, presence, reason FROM finding_history WHERE finding = ?"
        " ORDER BY id DESC LIMIT 500",
        (id,),
    )
    return tuple(HistoryEntry(*record) for record in records)


def _triage(conn: sqlite3.Connection, row: FindingRow) -> tuple[TriageEntry, ...]:
    records = conn.execute(
        "SELECT at, who, state_before, state, reason, note, until, assignee, origin FROM triage"
        " WHERE rule = ? AND account = ? AND resource = ? ORDER BY at DESC, id DESC LIMIT 500",
        (row.rule, row.account, row.resource),
    )
    return tuple(TriageEntry(*record) for record in records)


def _labels(conn: sqlite3.Connection, row: FindingRow) -> tuple[Label, ...]:
    """The labels in force: what the analyst said stands over a tag."""
    records = conn.execute(
        "SELECT key, value, origin FROM asset_label WHERE account = ? AND resource = ? ORDER BY key, origin DESC",
        (row.account, row.resource),
    )
    return tuple({key: Label(key, value, origin) for key, value, origin in records}.values())
