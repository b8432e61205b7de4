"""Accounts as a list, and what their columns say."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from gui.channel import door
from gui.jobs.job import JobView
from gui.lists.column import Column, Look
from gui.lists.source import Ids
from gui.moments import ago, count, now, percent, plural, stamp

Account = door.accounts.AccountRow
KINDS = {
    "profile": "Profile",
    "keys": "Access keys",
    "role": "Role",
    "organization": "Organization",
    "member": "Member",
}


class AccountsSource:
    """A `ListSource` over all accounts; they are few, so one read brings them whole."""

    kind = "accounts"

    def __init__(self) -> None:
        self.accounts: Mapping[int, Account] = {}

    def ids(self, connection: sqlite3.Connection) -> Ids:
        rows = door.accounts.rows(connection, now=now())
        self.accounts = {row.id: row for row in rows}
        return Ids(array("q", self.accounts))

    def rows(self, connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Any]:
        return {one: self.accounts[one] for one in ids if one in self.accounts}


class AccountWords:
    """What a row says, running scans included: `running` maps account ids to their job."""

    def __init__(self) -> None:
        self.running: dict[int, JobView] = {}

    def state(self, row: Account) -> str:
        """One line on how fresh the account's data is, or how far its scan has come."""
        job = self.running.get(row.id)
        if job is not None:
            return job.remaining()
        if row.kind == "organization":
            return "Stands for its members"
        if row.scan is not None and row.scan.state in ("interrupted", "failed", "cancelled"):
            return f"{row.scan.state.capitalize()} {ago(row.scan.started_at)}"
        return "Never scanned" if row.done is None else f"Scanned {ago(row.done.started_at)}"

    def columns(self) -> tuple[Column, ...]:
        """The list's columns."""
        return (
            Column("name", "Account", lambda row: row.name, 200, Look.STRONG, stretch=True, tip=_tip),
            Column("kind", "Signs in by", lambda row: KINDS.get(row.kind, row.kind), 116, Look.MUTED, need=640),
            Column("cloud_id", "Id", lambda row: row.cloud_id or "not tested", 122, Look.MONO, need=760),
            Column("state", "Last scan", self.state, 190, Look.TEXT, tip=_scan_tip),
            Column("score", "Score", _score, 64, Look.NUMBER),
            Column("coverage", "Coverage", _coverage, 82, Look.NUMBER, need=820),
            Column("failing", "Crit / High", _worst, 96, Look.NUMBER, need=560),
            Column("denied", "Refused calls", _refused, 110, Look.NUMBER, need=960),
        )


def _tip(row: Account) -> str:
    return f"{row.name}\n{row.identity}" if row.identity else str(row.name)


def _scan_tip(row: Account) -> str:
    if row.done is None:
        return ""
    return f"Scan {row.done.id}, {stamp(row.done.started_at)}, {plural(row.done.resources, 'resource')}"


def _score(row: Account) -> str:
    return "—" if row.score is None else f"{row.score:.0f}"


def _coverage(row: Account) -> str:
    return percent(row.coverage)


def _worst(row: Account) -> str:
    return "—" if row.done is None else f"{count(row.failing[4])} / {count(row.failing[3])}"


def _refused(row: Account) -> str:
    return "" if row.scan is None else count(row.denied)
