"""One line of a list of findings."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.reads import definition
from backend.reads.definition import NOTHING, Mapped

COLUMNS = (
    "finding.id, finding.rule, finding.severity, finding.severity_rank, finding.status, finding.presence,"
    " finding.state, finding.reopened, finding.resource, finding.resource_type, finding.service, finding.name,"
    " finding.account, finding.region, finding.reason, finding.first_seen, finding.last_seen, finding.changed,"
    " finding.assignee, finding.mute_reason, finding.mute_until"
)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as lists show it. Times are epoch seconds; `mute_until` None while muted means without end."""

    id: int
    rule: str
    title: str
    severity: str
    severity_rank: int
    status: str
    presence: str
    state: str
    reopened: bool
    resource: str
    resource_type: str
    service: str
    name: str
    account: str
    account_name: str
    region: str
    reason: str
    first_seen: int
    last_seen: int
    changed: int
    assignee: str
    mute_reason: str
    mute_until: int | None
    frameworks: Mapped
    equivalents: Mapped


def build(conn: sqlite3.Connection, records: Sequence[Sequence[Any]]) -> list[FindingRow]:
    """Rows from records that begin with `COLUMNS`."""
    if not records:
        return []
    headings = definition.headings(conn, (record[1] for record in records))
    names = definition.account_names(conn)
    rows: list[FindingRow] = []
    for record in records:
        (id_, rule, severity, rank, status, presence, state, reopened, resource, kind, service, name) = record[:12]
        (account, region, reason, first, last, changed, assignee, mute_reason, mute_until) = record[12:21]
        heading = headings.get(rule)
        rows.append(
            FindingRow(
                id=id_,
                rule=rule,
                title=heading.title if heading else rule,
                severity=severity,
                severity_rank=rank,
                status=status,
                presence=presence,
                state=state,
                reopened=bool(reopened),
                resource=resource,
                resource_type=kind,
                service=service,
                name=name,
                account=account,
                account_name=names.get(account, account),
                region=region,
                reason=reason,
                first_seen=first,
                last_seen=last,
                changed=changed,
                assignee=assignee,
                mute_reason=mute_reason,
                mute_until=mute_until,
                frameworks=heading.frameworks if heading else NOTHING,
                equivalents=heading.equivalents if heading else NOTHING,
            )
        )
    return rows
