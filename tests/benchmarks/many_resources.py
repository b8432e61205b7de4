"""A workspace with a great many resources of every declared type, believable enough for rules to work on."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from backend.inventory import catalog, store
from backend.inventory.table import ResourceTable
from backend.posture.publish import publish
from backend.workspace.file import create, open_writer
from tests.benchmarks.believable import ACCOUNT, NOW, REGIONS, SHARE, Place, policy_uid
from tests.benchmarks.tables import value


def build(path: Path, resources: int, seed: int = 7) -> int:
    """Fill a new workspace; returns the scan's id. Every listing is recorded as complete."""
    rng = random.Random(seed)
    create(path)
    conn = open_writer(path)
    try:
        conn.execute("BEGIN IMMEDIATE")
        store.ensure_tables(conn)
        publish(conn)
        scan = conn.execute(
            "INSERT INTO scan (provider, cloud_id, state, started_at, product_version, regions)"
            " VALUES ('aws', ?, 'done', ?, 'bench', ?)",
            (ACCOUNT, NOW, json.dumps(REGIONS)),
        ).lastrowid
        assert scan is not None
        counts = counts_of(resources)
        for table in catalog.tables().values():
            _fill(conn, scan, table, counts, rng)
        _outcomes(conn, scan)
        conn.execute("COMMIT")
    finally:
        conn.close()
    return scan


def counts_of(resources: int) -> dict[str, int]:
    """How many resources of each type there are."""
    tables = catalog.tables().values()
    shares = {table.name: SHARE.get(table.name, 1.0) for table in tables if not table.anchor}
    one = resources / sum(shares.values())
    counts = {name: max(2, round(share * one)) if share else 1 for name, share in shares.items()}
    return counts | {table.name: len(REGIONS) for table in tables if table.anchor} | {"aws_account": 1}


def rows_of(table: ResourceTable, counts: Mapping[str, int], rng: random.Random) -> Iterator[dict[str, Any]]:
    """The rows of a table, without the scan's bookkeeping."""
    everywhere = catalog.listing_of(table.name).region != "each"
    for number in range(counts[table.name]):
        region = "global" if everywhere else REGIONS[number % len(REGIONS)]
        uid = f"arn:aws:x:{region}:{ACCOUNT}:{table.name}/{number}"
        name = f"r{number}"
        if table.name == "aws_iam_policy":
            uid = policy_uid(number)
        elif table.name == "aws_s3_bucket":
            name = f"r-{number:08x}"
            uid = f"arn:aws:s3:::{name}"
        place = Place(number, rng, counts)
        values = {column.name: value(table.name, column, place) for column in table.columns}
        yield {"uid": uid, "account": ACCOUNT, "region": region, "name": name, **values}


def _fill(
    conn: sqlite3.Connection, scan: int, table: ResourceTable, counts: Mapping[str, int], rng: random.Random
) -> None:
    names = ["uid", "account", "region", "name", *(column.name for column in table.columns)]
    names += ["first_scan", "last_scan", "hash", "collected_at"]
    marks = ",".join("?" * len(names))
    rows = ([*row.values(), scan, scan, b"h", NOW] for row in rows_of(table, counts, rng))
    conn.executemany(f"INSERT INTO {table.name} ({','.join(names)}) VALUES ({marks})", rows)


def _outcomes(conn: sqlite3.Connection, scan: int) -> None:
    for listing in catalog.listings():
        for region in REGIONS if listing.region == "each" else ("global",):
            conn.execute(
                "INSERT OR IGNORE INTO api_call_outcome (scan, account, region, operation, outcome, at)"
                " VALUES (?,?,?,?,'ok',?)",
                (scan, ACCOUNT, region, listing.operation, NOW),
            )
