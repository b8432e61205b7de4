"""A workspace with a great many resources of every declared type, believable enough for rules to work on."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

from backend.inventory import catalog, store
from backend.inventory.table import Column, ResourceTable, Type
from backend.posture.publish import publish
from backend.workspace.file import create, open_writer

ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1")
NOW = 1_790_000_000

_POLICIES = [
    "",
    json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}),
    *(
        json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r{number}"},
                        "Action": ["s3:Get*", "kms:Decrypt"],
                        "Resource": f"arn:aws:s3:::b{number}/*",
                    }
                ]
            }
        )
        for number in range(200)
    ),
]
_WORDS = ["", "Enabled", "ENABLED", "default", "active", "enabled", "0.0.0.0/0", "10.0.0.0/16", "tcp", "available"]


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
        tables = list(catalog.tables().values())
        many = [table for table in tables if not table.anchor]
        for table in tables:
            _fill(conn, scan, table, resources // len(many) if not table.anchor else len(REGIONS), rng)
        _outcomes(conn, scan)
        conn.execute("COMMIT")
    finally:
        conn.close()
    return scan


def _fill(conn: sqlite3.Connection, scan: int, table: ResourceTable, count: int, rng: random.Random) -> None:
    columns = [column.name for column in table.columns]
    names = ["uid", "account", "region", "name", "first_scan", "last_scan", "hash", "collected_at", *columns]
    rows = []
    for number in range(1 if table.name == "aws_account" else count):
        region = REGIONS[number % len(REGIONS)]
        fixed = [f"arn:aws:x:{region}:{ACCOUNT}:{table.name}/{number}", ACCOUNT, region, f"r{number}"]
        rows.append([*fixed, scan, scan, b"h", NOW, *(_value(column, number, count, rng) for column in table.columns)])
    marks = ",".join("?" * len(names))
    conn.executemany(f"INSERT INTO {table.name} ({','.join(names)}) VALUES ({marks})", rows)


def _value(column: Column, number: int, count: int, rng: random.Random) -> Any:
    if rng.random() < 0.002:
        return None
    if column.type is Type.BOOL:
        return int(rng.random() < 0.8)
    if column.type is Type.INT:
        return rng.choice([-1, 0, 1, 22, 443, 3306, 65535])
    if column.type is Type.REAL:
        return rng.choice([7.0, 90.0, 400.0, float("inf")])
    if column.type is Type.TIME:
        return float(NOW - rng.randrange(0, 400 * 86_400))
    if column.type is Type.JSON:
        return rng.choice(["[]", "{}", '["a"]', '{"Environment":"production"}'])
    if column.name.endswith("policy"):
        return rng.choice(_POLICIES)
    if column.name.endswith(("_id", "_arn", "group", "bucket")):
        return f"{column.name}-{rng.randrange(max(1, count // 5))}"
    return rng.choice(_WORDS)


def _outcomes(conn: sqlite3.Connection, scan: int) -> None:
    for listing in catalog.listings():
        for region in REGIONS if listing.region == "each" else ("global",):
            conn.execute(
                "INSERT OR IGNORE INTO api_call_outcome (scan, account, region, operation, outcome, at)"
                " VALUES (?,?,?,?,'ok',?)",
                (scan, ACCOUNT, region, listing.operation, NOW),
            )
