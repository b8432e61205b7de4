"""All that a report says, but for its long lists: those stream from the workspace as they are printed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from backend.past import note
from backend.past.note import Note
from backend.posture.score import Score, Tally, gains
from backend.posture.score import score as score_of
from backend.reports.changes import Change, TrendPoint, load_change, load_trend, score_before
from backend.reports.digest import data_digest
from backend.reports.gaps import Gaps, load_gaps
from backend.reports.options import ReportOptions
from backend.reports.ruleset import RuleEntry, load_rules
from backend.reports.scope import LISTED, Scope, load_scope
from backend.reports.verdicts import FrameworkResult, load_frameworks
from backend.reports.wording import SEVERITIES


@dataclass(frozen=True, slots=True)
class ReportData:
    """One report. `tallies` are per rule over the whole scope; `score` is computed from them, not from the history."""

    options: ReportOptions
    scope: Scope
    created: int  # epoch seconds; 0 in an empty workspace
    as_of: int  # time of the newest data; 0 in an empty workspace
    rules: Mapping[str, RuleEntry]
    tallies: Mapping[str, Tally]
    score: Score
    account_scores: Mapping[str, Score]
    severities: Mapping[str, Tally]
    frameworks: tuple[FrameworkResult, ...]
    trend: tuple[TrendPoint, ...]
    score_before: float | None
    change: Change | None
    gains: tuple[tuple[str, float], ...]  # rule, points
    gaps: Gaps
    resources: int
    muted: int  # every muted result listed, stale ones included
    digest: str
    past: Note | None = None  # of a report of an earlier moment: what it rests on

    @property
    def demo(self) -> bool:
        """Whether any of it is demo data."""
        return any(one.demo for one in self.scope.accounts)

    @property
    def failing_rules(self) -> tuple[RuleEntry, ...]:
        """Rules with a failing result, worst first."""
        return tuple(rule for id_, rule in self.rules.items() if id_ in self.tallies and self.tallies[id_].failed)

    @property
    def rules_digests(self) -> tuple[str, ...]:
        """Digests of the rule sets the scans used."""
        return tuple(sorted({scan.rules_digest for scan in self.scope.scans if scan.rules_digest}))

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions in scope of any scan used."""
        return tuple(sorted({region for scan in self.scope.scans for region in scan.regions}))


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """One read transaction: a report's counts and lists agree even while a scan writes.

    It lasts as long as the printing (seconds), which is why the WAL may grow that much meanwhile.
    """
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.rollback()


def load(conn: sqlite3.Connection, options: ReportOptions) -> ReportData:
    """Read everything but the long lists. Call it, and print, within one `snapshot`."""
    scope = load_scope(conn, options)
    rules = load_rules(conn)
    by_account = _tallies(conn, scope)
    merged = _merge(by_account, lambda tally: tally.rule)
    newest = conn.execute(
        f"SELECT max(last_seen), max(changed) FROM finding WHERE {scope.sql}", scope.params
    ).fetchone()
    as_of = max([*(int(one or 0) for one in newest), *(scan.finished_at or scan.started_at for scan in scope.scans), 0])
    resources = conn.execute(
        "SELECT count(*) FROM (SELECT DISTINCT account, resource_type, resource FROM finding"
        f" WHERE {LISTED} AND {scope.sql})",
        scope.params,
    ).fetchone()[0]
    muted = conn.execute(
        f"SELECT count(*) FROM finding WHERE state = 'muted' AND presence <> 'gone' AND {scope.sql}", scope.params
    ).fetchone()[0]
    return ReportData(
        options=options,
        scope=scope,
        created=as_of if options.created is None else options.created,
        as_of=as_of,
        rules=rules,
        tallies=merged,
        score=score_of(merged.values()),
        account_scores={
            one.cloud_id: score_of(tally for account, tally in by_account if account == one.cloud_id)
            for one in scope.accounts
        },
        severities=_merge(by_account, lambda tally: tally.severity),
        frameworks=load_frameworks(conn, options.frameworks, merged),
        trend=load_trend(conn, scope),
        score_before=score_before(conn, scope),
        change=load_change(conn, scope),
        gains=tuple(gains(merged.values())),
        gaps=load_gaps(conn, scope, rules),
        resources=resources,
        muted=muted,
        digest=data_digest(conn, scope),
        past=note.read(conn),
    )


def _tallies(conn: sqlite3.Connection, scope: Scope) -> list[tuple[str, Tally]]:
    """(account, counts of one rule there), over present findings."""
    rows = conn.execute(
        "SELECT account, rule, max(severity), sum(status = 'pass' AND state <> 'muted'),"
        " sum(status = 'fail' AND state <> 'muted'), sum(status = 'unknown' AND state <> 'muted'), sum(state = 'muted')"
        f" FROM finding WHERE {LISTED} AND {scope.sql} GROUP BY account, rule ORDER BY account, rule",
        scope.params,
    )
    return [(row[0], Tally(*row[1:])) for row in rows]


def _merge(found: list[tuple[str, Tally]], key: Callable[[Tally], str]) -> dict[str, Tally]:
    """Counts added up by `key`, worst severity first and rules by id."""
    sums: dict[str, list[int]] = {}
    severity: dict[str, str] = {}
    for _, tally in found:
        name = key(tally)
        severity[name] = tally.severity
        counts = sums.setdefault(name, [0, 0, 0, 0])
        for place, number in enumerate((tally.passed, tally.failed, tally.unknown, tally.muted)):
            counts[place] += number
    ordered = sorted(sums, key=lambda name: (SEVERITIES.index(severity[name]), name))
    return {name: Tally(name, severity[name], *sums[name]) for name in ordered}
