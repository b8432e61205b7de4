"""Which accounts and rules a report speaks of, and the scans its findings rest on."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from backend.errors import UserError
from backend.reports.options import ReportOptions

LISTED = "finding.presence = 'present'"
"""What counts: a result whose resource was there at the last complete listing."""


@dataclass(frozen=True, slots=True)
class ScanUsed:
    """The newest ended scan of an account; `previous` is the one before it (0: none)."""

    id: int
    state: str
    started_at: int
    finished_at: int | None
    identity: str
    product_version: str
    rules_digest: str
    regions: tuple[str, ...]
    calls: int
    resources: int
    error: str
    previous: int


@dataclass(frozen=True, slots=True)
class AccountInScope:
    """A cloud account; `scan` is None where none has ended yet."""

    cloud_id: str
    name: str
    alias: str
    provider: str
    identity: str
    demo: bool
    scan: ScanUsed | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Accounts, and the condition over `finding` that keeps to them (and to the frameworks chosen)."""

    accounts: tuple[AccountInScope, ...]
    never_scanned: tuple[str, ...]  # names of selected accounts without a scan
    whole: bool  # all accounts and all rules: the stored score history speaks of the same
    sql: str
    params: tuple[str, ...]

    @property
    def scans(self) -> tuple[ScanUsed, ...]:
        """The scans used, oldest first."""
        used = [one.scan for one in self.accounts if one.scan is not None]
        return tuple(sorted(used, key=lambda scan: scan.id))

    @property
    def names(self) -> dict[str, str]:
        """Cloud id -> what the analyst calls the account."""
        return {one.cloud_id: one.name for one in self.accounts}


def load_scope(conn: sqlite3.Connection, options: ReportOptions) -> Scope:
    """Resolve the options; raises UserError for an account or framework that is not in the workspace."""
    known = _accounts(conn)
    never = _never_scanned(conn, {one.cloud_id for one in known if one.scan is not None})
    chosen = known
    if options.accounts:
        wanted = [_find(known, given, never) for given in options.accounts]
        chosen = [one for one in known if one in wanted]
        never = [name for name in never if name in options.accounts]
    conditions, params = [], []
    if options.accounts:
        conditions.append(f"finding.account IN ({','.join('?' * len(chosen))})")
        params += [one.cloud_id for one in chosen]
    if options.frameworks:
        present = {row[0] for row in conn.execute("SELECT DISTINCT framework FROM framework_requirement")}
        for framework in options.frameworks:
            if framework not in present:
                raise UserError(
                    f"There is no framework '{framework}' in this workspace.",
                    f"Known are: {', '.join(sorted(present)) or 'none yet'}.",
                )
        marks = ",".join("?" * len(options.frameworks))
        conditions.append(f"finding.rule IN (SELECT rule FROM rule_requirement WHERE framework IN ({marks}))")
        params += options.frameworks
    whole = len(chosen) == len(known) and not options.frameworks
    return Scope(tuple(chosen), tuple(never), whole, " AND ".join(conditions) or "1", tuple(params))


def _accounts(conn: sqlite3.Connection) -> list[AccountInScope]:
    """Accounts that were ever scanned or have findings, by name then id."""
    named: dict[str, tuple[str, str, str, str, bool]] = {}
    rows = conn.execute(
        "SELECT cloud_id, name, alias, provider, identity, demo FROM account WHERE cloud_id <> ''"
        " ORDER BY kind = 'organization' DESC, id DESC"  # the last one stands
    )
    for cloud_id, name, alias, provider, identity, demo in rows:
        named[cloud_id] = (name, alias, provider, identity, bool(demo))
    ids = {row[0] for row in conn.execute("SELECT DISTINCT cloud_id FROM scan")}
    ids |= {row[0] for row in conn.execute("SELECT DISTINCT account FROM finding")}
    accounts = []
    for cloud_id in ids - {""}:
        name, alias, provider, identity, demo = named.get(cloud_id, (cloud_id, "", "aws", "", False))
        scan = _newest(conn, cloud_id)
        identity = (scan.identity if scan else "") or identity
        accounts.append(AccountInScope(cloud_id, name, alias, provider, identity, demo, scan))
    return sorted(accounts, key=lambda one: (one.name, one.cloud_id))


def _newest(conn: sqlite3.Connection, cloud_id: str) -> ScanUsed | None:
    rows = conn.execute(
        "SELECT id, state, started_at, finished_at, identity, product_version, rules_digest, regions, calls, resources,"
        " error FROM scan WHERE cloud_id = ? AND state <> 'running' ORDER BY id DESC LIMIT 2",
        (cloud_id,),
    ).fetchall()
    if not rows:
        return None
    id_, state, started, finished, identity, version, digest, regions, calls, resources, error = rows[0]
    previous = int(rows[1][0]) if len(rows) > 1 else 0
    return ScanUsed(
        id_, state, started, finished, identity, version, digest, tuple(sorted(json.loads(regions))), calls, resources,
        error, previous,
    )  # fmt: skip


def _never_scanned(conn: sqlite3.Connection, scanned: set[str]) -> list[str]:
    rows = conn.execute(
        "SELECT name, cloud_id FROM account WHERE selected = 1 AND kind <> 'organization' ORDER BY name"
    )
    return [name for name, cloud_id in rows if cloud_id not in scanned]


def _find(known: list[AccountInScope], given: str, never: list[str]) -> AccountInScope | None:
    for one in known:
        if given in (one.cloud_id, one.name):
            return one
    if given in never:
        return None
    raise UserError(
        f"There is no account '{given}' in this workspace.",
        f"Known are: {', '.join(one.name for one in known) or 'none yet'}.",
    )
