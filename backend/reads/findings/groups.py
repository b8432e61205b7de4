"""Findings grouped by rule, resource, account …: a line says "X of Y fail"."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from backend.reads import definition
from backend.reads.findings.counts import Cell, cells, split, tally
from backend.workspace.filter import Filter

BY = ("rule", "account", "region", "service", "resource")
MAX_RESOURCES = 2_000
# What narrows the lines, but not what they are measured against: "3 of 12" stays so under status:fail.
_OF_THE_VERDICT = frozenset(
    {"status", "state", "reopened", "assignee", "changed", "first_seen", "last_seen", "scan", "id"}
)
_SEVERITIES = ("", "info", "low", "medium", "high", "critical")
_KEYS: dict[str, Callable[[Cell], str]] = {
    "rule": lambda cell: cell.rule,
    "account": lambda cell: cell.account,
    "region": lambda cell: cell.region,
    "service": lambda cell: cell.service,
}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group. `failed` of `checked` fail (`checked` counts passes and failures the rule has there at all).

    `matching` findings answer the query; `oldest` is the first sight of any of them, `newest` their last change.
    `severity` is the worst among them.
    """

    key: str
    title: str
    severity: str
    severity_rank: int
    service: str
    matching: int
    failed: int
    checked: int
    unknown: int
    muted: int
    accounts: int
    regions: int
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups, worst first. `capped` when there are more than are listed."""

    rows: tuple[GroupRow, ...]
    capped: bool = False


def groups(conn: sqlite3.Connection, where: Filter, by: str = "rule") -> Groups:
    """The groups of the matching findings; `by` is one of `BY`."""
    if by == "resource":
        return _by_resource(conn, where)
    matching = cells(conn, where)
    base = where.without(_OF_THE_VERDICT)
    return Groups(tuple(of_cells(conn, matching, matching if base.query == where.query else cells(conn, base), by)))


def of_cells(conn: sqlite3.Connection, matching: list[Cell], base: list[Cell], by: str = "rule") -> list[GroupRow]:
    """Groups of cells counted already; `base` are those that `checked` is counted over."""
    parts, against = split(matching, _KEYS[by]), split(base, _KEYS[by])
    titles = _titles(conn, by, parts)
    found: list[GroupRow] = []
    for name, part in parts.items():
        counted, measured = tally(part), tally(against.get(name, part))
        rank = max(cell.severity_rank for cell in part)
        services = {cell.service for cell in part}
        found.append(
            GroupRow(
                key=name,
                title=titles.get(name, name),
                severity=_SEVERITIES[rank],
                severity_rank=rank,
                service=services.pop() if len(services) == 1 else "",
                matching=sum(cell.number for cell in part),
                failed=counted.failed,
                checked=measured.evaluated,
                unknown=counted.unknown,
                muted=counted.muted,
                accounts=len({cell.account for cell in part}),
                regions=len({cell.region for cell in part}),
                oldest=min(cell.oldest for cell in part),
                newest=max(cell.newest for cell in part),
            )
        )
    found.sort(key=lambda row: (-bool(row.failed), -row.severity_rank, -row.failed, -row.unknown, row.key))
    return found


def _titles(conn: sqlite3.Connection, by: str, names: dict[str, list[Cell]]) -> dict[str, str]:
    if by == "rule":
        wanted = list(names)
        titles: dict[str, str] = {}
        for start in range(0, len(wanted), 1000):
            part = definition.headings(conn, wanted[start : start + 1000])
            titles.update((id_, heading.title) for id_, heading in part.items())
        return titles
    return definition.account_names(conn) if by == "account" else {}


def _by_resource(conn: sqlite3.Connection, where: Filter) -> Groups:
    """The worst resources first, by the weight of what fails."""
    counted = (
        "sum(finding.status = 'fail' AND finding.state <> 'muted'),"
        " sum(finding.status = 'unknown' AND finding.state <> 'muted'), sum(finding.state = 'muted')"
    )
    records = conn.execute(
        "SELECT finding.account, finding.resource, finding.name, finding.service, max(finding.severity_rank), count(*),"
        f" {counted}, count(DISTINCT finding.region), min(finding.first_seen), max(finding.changed),"
        " sum((finding.status = 'fail' AND finding.state <> 'muted') * finding.severity_rank) AS weight"
        f" FROM finding WHERE {where.sql} GROUP BY finding.account, finding.resource"
        " ORDER BY weight DESC, count(*) DESC, finding.resource LIMIT ?",
        [*where.params, MAX_RESOURCES + 1],
    ).fetchall()
    base = where.without(_OF_THE_VERDICT)
    found: list[GroupRow] = []
    for record in records[:MAX_RESOURCES]:
        account, resource, name, service, rank, matching, failed, unknown, muted, regions, oldest, newest, _ = record
        checked = conn.execute(
            f"SELECT count(*) FROM finding WHERE finding.resource = ? AND finding.account = ?"
            f" AND finding.status IN ('pass', 'fail') AND finding.state <> 'muted' AND ({base.sql})",
            [resource, account, *base.params],
        ).fetchone()[0]
        found.append(
            GroupRow(
                key=resource,
                title=name,
                severity=_SEVERITIES[rank],
                severity_rank=rank,
                service=service,
                matching=matching,
                failed=failed,
                checked=checked,
                unknown=unknown,
                muted=muted,
                accounts=1,
                regions=regions,
                oldest=oldest,
                newest=newest,
            )
        )
    return Groups(tuple(found), capped=len(records) > MAX_RESOURCES)
