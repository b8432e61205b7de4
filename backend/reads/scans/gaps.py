"""What could not be evaluated, why, and which permission would change that."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from backend.reads import definition


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule whose verdict on `resources` resources is unknown because of one operation."""

    rule: str
    title: str
    severity: str
    severity_rank: int
    account: str
    operation: str
    outcome: str
    permissions: tuple[str, ...]  # that would let a denied call through
    resources: int


@dataclass(frozen=True, slots=True)
class BadCall:
    """An operation that did not succeed `count` times; one error stands for all."""

    account: str
    operation: str
    outcome: str
    code: str
    message: str
    regions: tuple[str, ...]
    count: int


def not_evaluated(conn: sqlite3.Connection, scan: int | None = None) -> list[NotEvaluated]:
    """Unknown verdicts by rule and operation, worst first: of a scan, or as things stand.

    Verdicts are kept as they stand, so of an earlier scan only those are known that no later one replaced.
    """
    condition, params = "finding.presence = 'present'", []
    if scan is not None:
        condition, params = "finding.last_scan = ?", [scan]
    records = conn.execute(
        "SELECT finding.rule, finding.severity, finding.severity_rank, finding.account, finding.missing, count(*)"
        f" FROM finding WHERE finding.status = 'unknown' AND finding.state <> 'muted' AND {condition}"
        " GROUP BY finding.rule, finding.account, finding.missing",
        params,
    ).fetchall()
    counts: dict[tuple[str, str, str, str, tuple[str, ...]], int] = {}
    severities: dict[str, tuple[str, int]] = {}
    for rule, severity, rank, account, missing, count in records:
        severities[rule] = (severity, rank)
        # One resource may lack an operation in several regions; it is counted once for it.
        for operation, outcome, permissions in sorted({_reason(one) for one in json.loads(missing)} or {("", "", ())}):
            key = (rule, account, operation, outcome, permissions)
            counts[key] = counts.get(key, 0) + count
    headings = definition.headings(conn, severities)
    found: list[NotEvaluated] = []
    for (rule, account, operation, outcome, permissions), count in counts.items():
        title = headings[rule].title if rule in headings else rule
        found.append(NotEvaluated(rule, title, *severities[rule], account, operation, outcome, permissions, count))
    found.sort(key=lambda one: (-one.severity_rank, -one.resources, one.rule, one.account, one.operation))
    return found


def permissions_lacking(conn: sqlite3.Connection, scan: int | None = None) -> list[tuple[str, int, int]]:
    """(permission, rules, unknown verdicts it would let be decided), most useful first."""
    rules: dict[str, set[str]] = {}
    verdicts: dict[str, int] = {}
    for one in not_evaluated(conn, scan):
        for permission in one.permissions:
            rules.setdefault(permission, set()).add(one.rule)
            verdicts[permission] = verdicts.get(permission, 0) + one.resources
    return sorted(((name, len(rules[name]), verdicts[name]) for name in rules), key=lambda one: (-one[2], one[0]))


def bad_calls(conn: sqlite3.Connection, scan: int) -> list[BadCall]:
    """The calls of a scan that did not succeed, by operation and outcome, most frequent first."""
    records = conn.execute(
        "SELECT account, operation, outcome, max(code), max(message), json_group_array(DISTINCT region), count(*)"
        " FROM api_call_outcome WHERE scan = ? AND outcome <> 'ok' GROUP BY account, operation, outcome"
        " ORDER BY count(*) DESC, operation",
        (scan,),
    )
    return [
        BadCall(account, operation, outcome, code, message, tuple(sorted(json.loads(regions))), count)
        for account, operation, outcome, code, message, regions, count in records
    ]


def _reason(one: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    return str(one.get("operation", "")), str(one.get("outcome", "")), tuple(map(str, one.get("permissions", ())))
