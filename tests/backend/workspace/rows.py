from __future__ import annotations

import sqlite3


def add_finding(
    conn: sqlite3.Connection, resource: str, *, rule: str = "aws-s3-public", status: str = "fail", state: str = "open"
) -> int:
    cursor = conn.execute(
        "INSERT INTO finding (rule, account, resource, resource_type, service, provider, region, name, severity,"
        " severity_rank, status, state, reason, first_seen, last_seen, changed, first_scan, last_scan)"
        " VALUES (?, '111122223333', ?, 'aws_s3_bucket', 's3', 'aws', 'eu-west-1', ?, 'high', 4, ?, ?, 'because',"
        " 1, 1, 1, 1, 1)",
        (rule, resource, resource, status, state),
    )
    return int(cursor.lastrowid or 0)


def add_scan(conn: sqlite3.Connection) -> int:
    cursor = conn.execute(
        "INSERT INTO scan (provider, cloud_id, state, started_at, product_version)"
        " VALUES ('aws', '111122223333', 'running', 1, '0.1.0')"
    )
    return int(cursor.lastrowid or 0)
