"""The loaded rules, with what each found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from backend.reads import definition
from backend.reads.definition import Mapped
from backend.reads.findings.counts import Tally, split, tally
from backend.reads.score import counted

_COLUMNS = (
    "id, title, severity, severity_rank, provider, service, resource_type, definition, operations, permissions, file,"
    " line, enabled, error"
)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule. `error` says why it cannot run ('' when it can); remediation is as written, placeholders open."""

    id: str
    title: str
    severity: str
    severity_rank: int
    provider: str
    service: str
    resource_type: str
    condition: str
    passes: str
    query: str
    reason: str
    rationale: str
    remediation: Mapping[str, str]
    frameworks: Mapped
    equivalents: Mapped
    operations: tuple[str, ...]
    permissions: tuple[str, ...]
    file: str
    line: int
    enabled: bool
    error: str
    tests: int
    tally: Tally


def rows(conn: sqlite3.Connection) -> list[RuleRow]:
    """All rules, by service and id."""
    of_rule = {rule: tally(part) for rule, part in split(counted(conn), lambda cell: cell.rule).items()}
    records = conn.execute(f"SELECT {_COLUMNS} FROM rule ORDER BY provider, service, id").fetchall()
    return [_row(record, of_rule.get(record[0], Tally())) for record in records]


def rule(conn: sqlite3.Connection, id: str) -> RuleRow | None:
    """One rule; None when it is not loaded."""
    record = conn.execute(f"SELECT {_COLUMNS} FROM rule WHERE id = ?", (id,)).fetchone()
    if record is None:
        return None
    return _row(record, tally(cell for cell in counted(conn) if cell.rule == id))


def _row(record: tuple, counts: Tally) -> RuleRow:  # type: ignore[type-arg]
    id_, title, severity, rank, provider, service, kind, text, operations, permissions, file, line, enabled, error = (
        record
    )
    parts = definition.read(text)
    return RuleRow(
        id=id_,
        title=title,
        severity=severity,
        severity_rank=rank,
        provider=provider,
        service=service,
        resource_type=kind,
        condition=parts.where,
        passes=parts.passes,
        query=parts.query,
        reason=parts.reason,
        rationale=parts.rationale,
        remediation=parts.remediation,
        frameworks=parts.frameworks,
        equivalents=parts.equivalents,
        operations=tuple(json.loads(operations)),
        permissions=tuple(json.loads(permissions)),
        file=file,
        line=line,
        enabled=bool(enabled),
        error=error,
        tests=parts.tests,
        tally=counts,
    )
