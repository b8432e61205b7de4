"""The analysts' decisions up to the moment, each at the time from which it counts.

A decision made while a scan ran is about what that scan had found by then: it counts from the scan's end, when its
verdicts do. One that was imported counts from the import, not from when a colleague made it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, repeat

from backend.past.plan import Plan
from backend.workspace.handover.incoming import Decision, Key
from backend.workspace.writer import insert_many

_COLUMNS = "uuid, rule, account, resource, at, who, state_before, state, reason, note, until, assignee"

Timed = tuple[int, Decision, str]
"""(counts from, decision, origin: here, imported or undo)"""


def load(conn: sqlite3.Connection, plan: Plan) -> list[Timed]:
    """Decisions of people about the plan's accounts by the moment, in the order they count."""
    accounts = {one.cloud_id: one for one in plan.accounts}
    found: list[tuple[int, int, Decision, str]] = []
    for number, (decision, origin, arrived) in enumerate(rows(conn)):
        if origin == "scan" or decision.account not in accounts or arrived > plan.moment.at:
            continue
        during = [scan.at for scan in accounts[decision.account].scans if scan.started_at <= arrived < scan.at]
        found.append((max(arrived, *during) if during else arrived, number, decision, origin))
    found.sort(key=lambda one: one[:2])
    return [(at, decision, origin) for at, _, decision, origin in found]


def rows(conn: sqlite3.Connection) -> Iterator[tuple[Decision, str, int]]:
    """(row of `triage`, origin, when it came into this workspace), as they came."""
    imports = _imports(conn)
    mutes: dict[Key, Decision] = {}
    latest = 0
    for row in conn.execute(f"SELECT {_COLUMNS}, origin FROM triage ORDER BY id"):
        decision, origin = Decision(*row[:-1]), str(row[-1])
        arrived = decision.at
        if origin == "imported":
            # The import that brought it is in the audit log; it is no older than what was decided here before it.
            arrived = max(next(imports), latest)
        latest = max(latest, arrived)
        if decision.state == "muted" and origin == "undo":
            # Whoever takes the lifting of a mute back is not who muted.
            mute = mutes.get(decision.key, decision)
            if (mute.reason, mute.until) == (decision.reason, decision.until):
                decision = replace(decision, who=mute.who)
        elif decision.state == "muted":
            mutes[decision.key] = decision
        yield decision, origin, arrived


def record(past: sqlite3.Connection, found: Iterable[tuple[Decision, str]]) -> None:
    """Add them to the history of the copy; those that are there stay."""
    names = _COLUMNS.split(", ")
    values = ((*(getattr(row, name) for name in names), origin) for row, origin in found)
    insert_many(past, "triage", (*names, "origin"), values, verb="INSERT OR IGNORE")


def _imports(conn: sqlite3.Connection) -> Iterator[int]:
    """For each imported decision, in the order they were recorded: when; 0 where the audit log does not say."""
    rows = conn.execute("SELECT at, detail FROM audit_log WHERE action = 'triage.import' ORDER BY id").fetchall()
    known = chain.from_iterable(repeat(at, int(json.loads(detail).get("recorded", 0))) for at, detail in rows)
    return chain(known, repeat(0))
