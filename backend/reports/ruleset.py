"""The rules behind a report, as the workspace keeps them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from backend.posture.rule import WEIGHT
from backend.reads.definition import Mapped, read


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """What a report says of a rule. `number` is its place in the report's order: worst first, then by id."""

    id: str
    title: str
    severity: str
    service: str
    resource_type: str
    rationale: str = ""
    remediation: Mapping[str, str] = field(default_factory=dict)  # text, cli, terraform
    frameworks: Mapped = field(default_factory=dict)
    equivalents: Mapped = field(default_factory=dict)
    operations: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    enabled: bool = True
    error: str = ""
    number: int = 0

    @property
    def rank(self) -> int:
        """5 for critical down to 1 for info."""
        return WEIGHT[self.severity]


def load_rules(conn: sqlite3.Connection) -> dict[str, RuleEntry]:
    """All rules by id, worst first. A rule whose file is gone but that still has findings is named by its id."""
    columns = "id, title, severity, service, resource_type, definition, operations, permissions, enabled, error"
    found = []
    for row in conn.execute(f"SELECT {columns} FROM rule"):
        id_, title, severity, service, resource_type, definition, operations, permissions, enabled, error = row
        parts = read(definition)
        found.append(
            RuleEntry(
                id=id_,
                title=title,
                severity=severity,
                service=service,
                resource_type=resource_type,
                rationale=parts.rationale,
                remediation=parts.remediation,
                frameworks=parts.frameworks,
                equivalents=parts.equivalents,
                operations=tuple(json.loads(operations)),
                permissions=tuple(json.loads(permissions)),
                enabled=bool(enabled),
                error=error,
            )
        )
    gone = conn.execute(
        "SELECT rule, severity, service, resource_type, max(severity_rank) FROM finding"
        " WHERE presence <> 'gone' AND rule NOT IN (SELECT id FROM rule) GROUP BY rule"
    )
    for id_, severity, service, resource_type, _ in gone:
        found.append(RuleEntry(id_, id_, severity, service, resource_type, enabled=False))
    found.sort(key=lambda one: (-one.rank, one.id))
    return {one.id: replace(one, number=number) for number, one in enumerate(found)}
