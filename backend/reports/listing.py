"""The long lists of a report, a few hundred rows in memory at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from backend.reports.scope import Scope

FETCHED = 500

COLUMNS = (
    "rule, account, resource, name, resource_type, service, region, severity, status, presence, state, reopened,"
    " reason, evidence, missing, first_seen, last_seen, changed, assignee, mute_reason, mute_note, muted_by, mute_until"
)


class Result(NamedTuple):
    """One finding, its columns as in the workspace (`evidence` and `missing` are JSON texts)."""

    rule: str
    account: str
    resource: str
    name: str
    resource_type: str
    service: str
    region: str
    severity: str
    status: str
    presence: str
    state: str
    reopened: int
    reason: str
    evidence: str
    missing: str
    first_seen: int
    last_seen: int
    changed: int
    assignee: str
    mute_reason: str
    mute_note: str
    muted_by: str
    mute_until: int | None


class ResourceCount(NamedTuple):
    """A resource with the number of its results."""

    account: str
    resource_type: str
    region: str
    resource: str
    name: str
    passed: int
    failed: int
    unknown: int
    muted: int


def _stream(conn: sqlite3.Connection, sql: str, params: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    cursor = conn.execute(sql, params)
    while rows := cursor.fetchmany(FETCHED):
        yield from rows


def results_of_rule(conn: sqlite3.Connection, scope: Scope, rule: str, status: str) -> Iterator[Result]:
    """Present, unmuted results of a rule with this status, by account, region, resource."""
    sql = (
        f"SELECT {COLUMNS} FROM finding WHERE finding.rule = ? AND finding.status = ? AND finding.presence = 'present'"
        f" AND finding.state <> 'muted' AND {scope.sql} ORDER BY account, region, resource"
    )
    return (Result(*row) for row in _stream(conn, sql, (rule, status, *scope.params)))


def muted_results(conn: sqlite3.Connection, scope: Scope) -> Iterator[Result]:
    """Muted results of resources that are there, worst first."""
    sql = (
        f"SELECT {COLUMNS} FROM finding WHERE finding.state = 'muted' AND finding.presence <> 'gone' AND {scope.sql}"
        " ORDER BY severity_rank DESC, rule, account, resource"
    )
    return (Result(*row) for row in _stream(conn, sql, scope.params))


def stale_results(conn: sqlite3.Connection, scope: Scope) -> Iterator[Result]:
    """Results of resources whose listing failed at the last scan, failing ones first."""
    sql = (
        f"SELECT {COLUMNS} FROM finding WHERE finding.presence = 'stale' AND {scope.sql}"
        " ORDER BY status = 'fail' DESC, severity_rank DESC, rule, account, resource"
    )
    return (Result(*row) for row in _stream(conn, sql, scope.params))


def resources(conn: sqlite3.Connection, scope: Scope) -> Iterator[ResourceCount]:
    """Every resource with a present result, by account, type, region."""
    sql = (
        "SELECT account, resource_type, region, resource, max(name), sum(status = 'pass' AND state <> 'muted'),"
        " sum(status = 'fail' AND state <> 'muted'), sum(status = 'unknown' AND state <> 'muted'), sum(state = 'muted')"
        f" FROM finding WHERE finding.presence = 'present' AND {scope.sql}"
        " GROUP BY account, resource_type, region, resource ORDER BY account, resource_type, region, resource"
    )
    return (ResourceCount(*row) for row in _stream(conn, sql, scope.params))
