"""One account: how it signs in, how its scans went, what it may not read and what that costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QLayout, QWidget

from gui.channel import door
from gui.details.pane import Tab
from gui.details.sections import Code, entries, notice, pairs, paragraph, section
from gui.jobs.job import JobView
from gui.moments import ago, count, duration, percent, plural, stamp
from gui.pages.accounts.identity import identity_parts, policy
from gui.pages.accounts.source import KINDS, Account
from gui.parts.layouts import column
from gui.parts.words import Mark

_SCANS = 20
_OPTIONS = {
    "profile": "Profile",
    "role_arn": "Role",
    "external_id": "External id",
    "mfa_serial": "MFA serial",
    "member_role": "Role in members",
    "endpoint_url": "Endpoint",
    "regions": "Regions",
    "region": "Signs in at",
}


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """What the details show beside the row itself."""

    scans: Sequence[door.scans.ScanRow]
    bad_calls: Sequence[door.scans.BadCall]
    lacking: Sequence[tuple[str, int, int]]  # permission, rules, verdicts
    needed: Sequence[str]  # permissions of the enabled rules


def read_detail(connection: sqlite3.Connection, row: Account) -> AccountDetail:
    """Read what the details of an account need."""
    scans = door.scans.rows(connection, _SCANS, account=row.cloud_id) if row.cloud_id else []
    newest = scans[0].id if scans else None
    bad = door.scans.bad_calls(connection, newest) if newest is not None else []
    lacking = door.scans.permissions_lacking(connection, row.done.id) if row.done is not None else []
    needed = sorted({one for rule in door.rules.rows(connection) if rule.enabled for one in rule.permissions})
    return AccountDetail(scans, bad, lacking, needed)


def badges(row: Account, job: JobView | None) -> list[Mark]:
    """How it stands now."""
    marks: list[Mark] = []
    if row.demo:
        marks.append(Mark("Demo", "demo", "unknown"))
    if job is not None:
        marks.append(Mark("Scanning", "progress", "low"))
    elif row.done is None and row.kind != "organization":
        marks.append(Mark("Never scanned", "clock", "info"))
    elif row.old:
        marks.append(Mark(f"Scanned {ago(row.done.started_at) if row.done else ''}", "warning", "warn"))
    elif row.done is not None:
        marks.append(Mark("Up to date", "pass", "ok"))
    if not row.selected:
        marks.append(Mark("Not selected", "stop", "info"))
    return marks


def tabs(row: Account, more: AccountDetail, job: JobView | None, tested: JobView | None) -> list[Tab]:
    """Account, Permissions, Scans."""
    return [
        ("Account", lambda: _account(row, more, job)),
        ("Permissions", lambda: _permissions(more, tested)),
        ("Scans", lambda: _scans(more)),
    ]


def _account(row: Account, more: AccountDetail, job: JobView | None) -> QLayout:
    box = column(space=0)
    if job is not None:
        box.addLayout(section("Scan", notice(f"{job.remaining()}. {job.text}", "notice")))
    newest = row.scan
    if newest is not None and newest.error:
        box.addLayout(section("The last scan failed", notice(newest.error, "notice-fail")))
    lines = [
        ("Signs in by", KINDS.get(row.kind, row.kind), ""),
        ("Account id", row.cloud_id or "not known before the first test", "mono" if row.cloud_id else "muted"),
        ("Alias", row.alias or "none", "" if row.alias else "muted"),
        ("Identity", row.identity or "not tested yet", "mono" if row.identity else "muted"),
        ("Tested", "never" if row.tested_at is None else f"{stamp(row.tested_at)} ({ago(row.tested_at)})", ""),
    ]
    for name, words in _OPTIONS.items():
        value = row.options.get(name)
        if value:
            lines.append((words, ", ".join(value) if isinstance(value, (list, tuple)) else str(value), "mono"))
    if row.has_secret:
        lines.append(("Keys", "sealed in the vault", ""))
    box.addLayout(section("Account", pairs(lines)))
    if row.done is not None:
        took = duration(row.done.finished_at - row.done.started_at) if row.done.finished_at else ""
        result = [
            ("Score", "—" if row.score is None else f"{row.score:.1f}", ""),
            ("Coverage", percent(row.coverage), ""),
            ("Critical, high", f"{count(row.failing[4])}, {count(row.failing[3])}", ""),
            ("Resources", count(row.done.resources), ""),
            ("Calls", f"{count(row.done.calls)} in {took}", ""),
            ("Regions", ", ".join(row.done.regions), ""),
            ("Refused calls", count(row.denied), "missing" if row.denied else ""),
        ]
        box.addLayout(section(f"Scan {row.done.id}, {ago(row.done.started_at)}", pairs(result)))
    if more.bad_calls:
        calls = [(one.operation, _bad(one), "missing") for one in more.bad_calls[:12]]
        box.addLayout(section("Calls that did not succeed", pairs(calls, 200)))
    box.addStretch(1)
    return box


def _bad(one: Any) -> str:
    where = ", ".join(one.regions[:3]) + (" …" if len(one.regions) > 3 else "")
    code = f" ({one.code})" if one.code else ""
    return f"{one.outcome}{code}, {count(one.count)}× in {where}"


def _permissions(more: AccountDetail, tested: JobView | None) -> QLayout:
    box = column(space=10)
    if tested is not None and tested.state == "done":
        for part in identity_parts(tested.result):
            if isinstance(part, QWidget):
                box.addWidget(part)
            else:
                box.addLayout(part)
    if more.lacking:
        lines = [
            (name, f"{plural(rules, 'rule')}, {plural(verdicts, 'verdict')} unknown", "missing")
            for name, rules, verdicts in more.lacking
        ]
        parts = [paragraph("Allow these, and so many unknown verdicts can be decided:", "muted"), pairs(lines, 210)]
        box.addLayout(section("What the last scan lacked", *parts))
        box.addLayout(section("Policy that adds them", Code(policy([one[0] for one in more.lacking]), "policy")))
    if more.needed and (tested is None or tested.state != "done"):
        if not more.lacking:
            box.addWidget(paragraph("Test the connection to see what this identity lacks of this.", "muted"))
        box.addLayout(section("Least-privilege policy of the enabled rules", Code(policy(more.needed), "policy")))
    box.addStretch(1)
    return box


def _scans(more: AccountDetail) -> QLayout:
    box = column(space=0)
    rows = [
        (
            f"{stamp(scan.started_at)} · {ago(scan.started_at)}",
            f"Scan {scan.id}: {scan.state}",
            f"{plural(scan.resources, 'resource')}, {plural(scan.calls, 'call')}"
            + "".join(f", {count(number)} {outcome}" for outcome, number in scan.outcomes)
            + (f". {scan.error}" if scan.error else ""),
        )
        for scan in more.scans
    ]
    if rows:
        box.addLayout(section("Scans", entries(rows)))
    else:
        box.addWidget(paragraph("Never scanned.", "muted"))
    box.addStretch(1)
    return box
