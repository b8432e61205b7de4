"""Accounts with their last scan, their score and what went wrong."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from backend.reads.findings.counts import Cell, split
from backend.reads.scans import BadCall, ScanRow, bad_calls, scan
from backend.reads.score import counted, score

OLD_AFTER = 7 * 86_400  # seconds after which a scan's age is shown as a warning


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `scan` is the newest one of whatever state, `done` the newest finished one.

    `age` is seconds since `done` began (None: never), `old` whether that is too long. `failing` counts failures that
    are not muted by severity rank 1..5 (index 0 is info). `denied` counts calls of `scan` that were not let through.
    """

    id: int
    provider: str
    name: str
    kind: str
    cloud_id: str
    alias: str
    options: Mapping[str, Any]
    has_secret: bool
    parent: int | None
    selected: bool
    demo: bool
    identity: str
    tested_at: int | None
    created_at: int
    scan: ScanRow | None
    done: ScanRow | None
    age: int | None
    old: bool
    score: float | None
    coverage: float | None
    failing: tuple[int, int, int, int, int]
    denied: int
    failed_calls: int


def rows(conn: sqlite3.Connection, found: Iterable[Cell] | None = None, *, now: int | None = None) -> list[AccountRow]:
    """All accounts; those an organization listed come after it, each level by name.

    `found` are the counted cells when the caller has them already.
    """
    at = int(time.time()) if now is None else now
    of_account = split(counted(conn) if found is None else found, lambda cell: cell.account)
    records = conn.execute(
        "SELECT account.id, account.provider, account.name, account.kind, account.cloud_id, account.alias,"
        " account.options, account.secret IS NOT NULL, account.parent, account.selected, account.demo,"
        " account.identity, account.tested_at, account.created_at"
        " FROM account LEFT JOIN account AS parent ON parent.id = account.parent"
        " ORDER BY coalesce(parent.name, account.name) COLLATE NOCASE, account.parent IS NOT NULL,"
        " account.name COLLATE NOCASE"
    ).fetchall()
    return [_row(conn, record, of_account, at) for record in records]


def errors(conn: sqlite3.Connection, cloud_id: str, limit: int = 200) -> list[BadCall]:
    """The calls of the account's newest scan that did not succeed."""
    record = conn.execute("SELECT max(id) FROM scan WHERE cloud_id = ?", (cloud_id,)).fetchone()
    return bad_calls(conn, record[0])[:limit] if record[0] is not None else []


def _row(conn: sqlite3.Connection, record: tuple[Any, ...], of_account: dict[str, list[Cell]], now: int) -> AccountRow:
    id_, provider, name, kind, cloud_id, alias, options, secret, parent, selected, demo, identity, tested, created = (
        record
    )
    newest = _newest(conn, id_, cloud_id, "1")
    done = _newest(conn, id_, cloud_id, "state = 'done'")
    age = None if done is None else max(0, now - done.started_at)
    found = of_account.get(cloud_id, []) if cloud_id else []
    failing = [0] * 5
    for cell in found:
        if cell.status == "fail" and cell.state != "muted":
            failing[cell.severity_rank - 1] += cell.number
    a, b, c, d, e = failing
    stands = score(found)
    outcomes = dict(newest.outcomes) if newest else {}
    return AccountRow(
        id=id_,
        provider=provider,
        name=name,
        kind=kind,
        cloud_id=cloud_id,
        alias=alias,
        options=MappingProxyType(json.loads(options)),
        has_secret=bool(secret),
        parent=parent,
        selected=bool(selected),
        demo=bool(demo),
        identity=identity,
        tested_at=tested,
        created_at=created,
        scan=newest,
        done=done,
        age=age,
        old=age is not None and age > OLD_AFTER,
        score=stands.value,
        coverage=stands.coverage,
        failing=(a, b, c, d, e),
        denied=outcomes.get("denied", 0),
        failed_calls=outcomes.get("failed", 0) + outcomes.get("throttled", 0),
    )


def _newest(conn: sqlite3.Connection, account: int, cloud_id: str, condition: str) -> ScanRow | None:
    record = conn.execute(
        f"SELECT max(id) FROM scan WHERE ((cloud_id = ? AND cloud_id <> '') OR account = ?) AND {condition}",
        (cloud_id, account),
    ).fetchone()
    return scan(conn, record[0]) if record[0] is not None else None
