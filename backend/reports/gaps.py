"""What could not be checked and why: unanswered operations, the permission that would help, and what rests on them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from backend.reports.ruleset import RuleEntry
from backend.reports.scope import Scope

NO_CALL = ""
"""The operation of a gap that no failed call explains: a value was absent, or could not be read."""


@dataclass(slots=True)
class Gap:
    """An operation without an answer. `results` counts the findings it left unknown."""

    operation: str
    outcome: str
    permissions: tuple[str, ...] = ()  # that would let the call through
    code: str = ""
    message: str = ""  # an example, as the provider worded it
    results: int = 0
    calls: int = 0
    rules: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Gaps:
    """All holes in the evidence. `unoffered` counts calls to services a region does not offer: no hole."""

    gaps: tuple[Gap, ...]
    stale: int
    broken_rules: tuple[RuleEntry, ...]
    disabled_rules: tuple[RuleEntry, ...]
    unoffered: int


def load_gaps(conn: sqlite3.Connection, scope: Scope, rules: dict[str, RuleEntry]) -> Gaps:
    """Gaps, those that left most results unknown first."""
    found: dict[tuple[str, str], Gap] = {}
    _of_findings(conn, scope, found)
    unoffered = _of_calls(conn, scope, found)
    stale = conn.execute(
        f"SELECT count(*) FROM finding WHERE finding.presence = 'stale' AND {scope.sql}", scope.params
    ).fetchone()[0]
    ordered = sorted(found.values(), key=lambda gap: (-gap.results, -gap.calls, gap.operation, gap.outcome))
    broken = tuple(one for one in rules.values() if one.error)
    disabled = tuple(one for one in rules.values() if not one.enabled and not one.error)
    return Gaps(tuple(ordered), stale, broken, disabled, unoffered)


def _of_findings(conn: sqlite3.Connection, scope: Scope, found: dict[tuple[str, str], Gap]) -> None:
    rows = conn.execute(
        "SELECT coalesce(one.value ->> '$.operation', ''), coalesce(one.value ->> '$.outcome', ''),"
        " max(coalesce(one.value ->> '$.permissions', one.value ->> '$.permission', '')),"
        " max(coalesce(one.value ->> '$.code', '')), finding.rule, finding.account, finding.region,"
        " count(DISTINCT finding.id) FROM finding LEFT JOIN json_each(finding.missing) AS one"
        " WHERE finding.status = 'unknown' AND finding.presence = 'present' AND finding.state <> 'muted'"
        f" AND {scope.sql} GROUP BY 1, 2, 5, 6, 7",
        scope.params,
    )
    for operation, outcome, permissions, code, rule, account, region, results in rows:
        gap = found.setdefault((operation, outcome), Gap(operation, outcome))
        gap.permissions = gap.permissions or _listed(permissions)
        gap.code = gap.code or code
        gap.results += results
        gap.rules.add(rule)
        gap.accounts.add(account)
        gap.regions.add(region)


def _listed(text: str) -> tuple[str, ...]:
    """A JSON list, or one permission as it is."""
    if not text.startswith("["):
        return (text,) if text else ()
    return tuple(str(one) for one in json.loads(text))


def _of_calls(conn: sqlite3.Connection, scope: Scope, found: dict[tuple[str, str], Gap]) -> int:
    """Calls of the scans used that gave no answer. Returns how many were to services a region does not offer."""
    unoffered = 0
    for scan in scope.scans:
        rows = conn.execute(
            "SELECT operation, outcome, account, region, max(code), max(message), count(*) FROM api_call_outcome"
            " WHERE scan = ? AND outcome <> 'ok' GROUP BY operation, outcome, account, region",
            (scan.id,),
        )
        for operation, outcome, account, region, code, message, calls in rows:
            if outcome == "not_in_region":
                unoffered += calls
                continue
            gap = found.setdefault((operation, outcome), Gap(operation, outcome))
            gap.calls += calls
            gap.code = gap.code or code
            gap.message = gap.message or message
            gap.accounts.add(account)
            gap.regions.add(region)
    return unoffered
