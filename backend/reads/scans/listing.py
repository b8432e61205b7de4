"""Scans, newest first."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from backend.reads import definition

_COLUMNS = (
    "scan.id, scan.account, scan.provider, scan.cloud_id, scan.batch, scan.state, scan.started_at, scan.finished_at,"
    " scan.identity, scan.product_version, scan.rules_digest, scan.regions, scan.calls, scan.resources, scan.error"
)


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A run over one cloud account. `outcomes` counts the calls that did not succeed, by outcome."""

    id: int
    account: int | None
    account_name: str
    provider: str
    cloud_id: str
    batch: str
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
    outcomes: tuple[tuple[str, int], ...]


def rows(conn: sqlite3.Connection, limit: int = 100, *, account: str = "", before: int | None = None) -> list[ScanRow]:
    """At most `limit` scans (of the account with that cloud id), those before scan `before` if given."""
    conditions, params = ["1"], []
    if account:
        conditions.append("scan.cloud_id = ?")
        params.append(account)
    if before is not None:
        conditions.append("scan.id < ?")
        params.append(str(before))
    records = conn.execute(
        f"SELECT {_COLUMNS} FROM scan WHERE {' AND '.join(conditions)} ORDER BY scan.id DESC LIMIT ?", [*params, limit]
    ).fetchall()
    names = definition.account_names(conn)
    return [_row(conn, record, names) for record in records]


def scan(conn: sqlite3.Connection, id: int) -> ScanRow | None:
    """One scan; None when there is none."""
    record = conn.execute(f"SELECT {_COLUMNS} FROM scan WHERE scan.id = ?", (id,)).fetchone()
    return _row(conn, record, definition.account_names(conn)) if record else None


def latest(conn: sqlite3.Connection, count: int = 1) -> dict[str, list[int]]:
    """Cloud id -> ids of its newest `count` finished scans, newest first."""
    found: dict[str, list[int]] = {}
    for (cloud_id,) in conn.execute("SELECT DISTINCT cloud_id FROM scan ORDER BY cloud_id"):
        ids = conn.execute(
            "SELECT id FROM scan WHERE cloud_id = ? AND state = 'done' ORDER BY id DESC LIMIT ?", (cloud_id, count)
        )
        found[cloud_id] = [record[0] for record in ids]
    return {cloud_id: ids for cloud_id, ids in found.items() if ids}


def _row(conn: sqlite3.Connection, record: tuple, names: dict[str, str]) -> ScanRow:  # type: ignore[type-arg]
    id_, account, provider, cloud_id, batch, state, started, finished, identity, version, digest = record[:11]
    regions, calls, resources, error = record[11:]
    outcomes = conn.execute(
        "SELECT outcome, count(*) FROM api_call_outcome WHERE scan = ? AND outcome <> 'ok' GROUP BY outcome ORDER BY 1",
        (id_,),
    )
    return ScanRow(
        id=id_,
        account=account,
        account_name=names.get(cloud_id, cloud_id),
        provider=provider,
        cloud_id=cloud_id,
        batch=batch,
        state=state,
        started_at=started,
        finished_at=finished,
        identity=identity,
        product_version=version,
        rules_digest=digest,
        regions=tuple(json.loads(regions)),
        calls=calls,
        resources=resources,
        error=error,
        outcomes=tuple(outcomes.fetchall()),
    )
