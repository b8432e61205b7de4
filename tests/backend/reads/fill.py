"""Fill a workspace with a believable company's findings: the data of the read tests and of the benchmarks.

Deterministic for a seed. `fill(path, findings=250_000)` takes about ten seconds.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from backend.workspace import schema

NOW = 1_764_000_000  # 2025-11-24T16:00Z: the end of the last scan
DAY = 86_400
ACCOUNTS = (("prod", "111122223333"), ("staging", "444455556666"), ("data lake", "777788889999"))
REGIONS = ("eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2")
RANKS = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
_EC2 = "arn:aws:ec2:{region}:{account}:"
# (table, service, ARN, the operation its details come from, share of the resources)
TYPES = (
    ("aws_s3_bucket", "s3", "arn:aws:s3:::{name}", "s3.GetBucketPolicy", 8),
    ("aws_ec2_instance", "ec2", _EC2 + "instance/{name}", "ec2.DescribeInstances", 14),
    (
        "aws_ec2_security_group",
        "ec2",
        "arn:aws:ec2:{region}:{account}:security-group/{name}",
        "ec2.DescribeSecurityGroups",
        16,
    ),
    ("aws_ebs_volume", "ec2", _EC2 + "volume/{name}", "ec2.DescribeVolumes", 16),
    ("aws_iam_user", "iam", "arn:aws:iam::{account}:user/{name}", "iam.GetUser", 6),
    ("aws_iam_role", "iam", "arn:aws:iam::{account}:role/{name}", "iam.GetRole", 12),
    ("aws_kms_key", "kms", "arn:aws:kms:{region}:{account}:key/{name}", "kms.GetKeyRotationStatus", 6),
    ("aws_lambda_function", "lambda", "arn:aws:lambda:{region}:{account}:function:{name}", "lambda.GetPolicy", 12),
    ("aws_rds_instance", "rds", "arn:aws:rds:{region}:{account}:db:{name}", "rds.DescribeDBInstances", 3),
    ("aws_sqs_queue", "sqs", "arn:aws:sqs:{region}:{account}:{name}", "sqs.GetQueueAttributes", 7),
)
HOSTILE_NAMES = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "rtl-\u202etxt.exe",
    "quote'n\"quote",
    "$(reboot) `id`; rm -rf /",
    "bucket-\N{PILE OF POO}",
)
COLUMNS = (
    "rule account resource resource_type service provider region name severity severity_rank status presence state"
    " reopened reason evidence missing first_seen last_seen changed first_scan last_scan assignee mute_reason mute_note"
    " muted_by mute_until"
).split()


def fill(path: Path, findings: int = 5_000, rules: int = 100, seed: int = 1) -> None:
    """Create the workspace `path` with about `findings` findings."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    schema.migrations.apply(Database(connection))
    connection.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={schema.SCHEMA_VERSION}")
    connection.execute("BEGIN IMMEDIATE")
    dice = random.Random(seed)
    _accounts_and_scans(connection)
    declared = _rules(connection, rules, dice)
    _findings(connection, declared, findings, dice)
    _around(connection, dice)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        ([row[name] for name in names] for row in rows),
    )


def _accounts_and_scans(connection: sqlite3.Connection) -> None:
    for number, (name, cloud_id) in enumerate(ACCOUNTS, 1):
        options = json.dumps({"profile": name})
        row = {
            "id": number,
            "provider": "aws",
            "name": name,
            "kind": "profile",
            "cloud_id": cloud_id,
            "options": options,
        }
        _insert(
            connection,
            "account",
            [{**row, "identity": f"arn:aws:iam::{cloud_id}:user/audit", "created_at": NOW - 90 * DAY}],
        )
    _insert(
        connection,
        "account",
        [{"id": 4, "provider": "aws", "name": "never scanned", "kind": "keys", "created_at": NOW - DAY}],
    )
    number = 0
    for age in (30, 7, 0):
        for account, (_, cloud_id) in enumerate(ACCOUNTS, 1):
            number += 1
            started = NOW - age * DAY - 600
            _insert(
                connection,
                "scan",
                [
                    {
                        "id": number,
                        "account": account,
                        "provider": "aws",
                        "cloud_id": cloud_id,
                        "state": "done",
                        "started_at": started,
                        "finished_at": started + 40,
                        "product_version": "0.1.0",
                        "regions": json.dumps(REGIONS),
                        "calls": 1800,
                        "resources": 830,
                    }
                ],
            )
            score = {30: 61.5, 7: 66.0, 0: 71.25}[age]
            for scope, key in (("all", ""), ("account", cloud_id), ("framework", "cis-aws-5.0")):
                _insert(
                    connection,
                    "score",
                    [
                        {
                            "scan": number,
                            "at": started + 40,
                            "scope": scope,
                            "key": key,
                            "score": score - account,
                            "coverage": 0.94,
                            "passed": 700,
                            "failed": 200,
                            "unknown": 60,
                            "muted": 9,
                        }
                    ],
                )


def _rules(connection: sqlite3.Connection, count: int, dice: random.Random) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range(count):
        table, service, _, operation, _ = TYPES[number % len(TYPES)]
        severity = dice.choices(list(RANKS), (5, 25, 40, 25, 5))[0]
        kind = table.removeprefix("aws_").replace("_", "-")
        requirement = f"{1 + number % 5}.{1 + number // 5}"
        definition = {
            "pass": "encrypted",
            "reason": "Encrypted: {encrypted}",
            "rationale": "Data at rest that is not encrypted can be read by whoever holds the disk.",
            "remediation": {
                "text": f"Switch it on for {{name}} in {service}.",
                "cli": "aws s3api put-bucket-encryption --bucket {name} --region {region} --kms-key-id {kms_key_id}",
            },
            "frameworks": {"cis-aws-5.0": [requirement], "pci-dss-4.0": [f"3.{1 + number % 7}"]},
            "equivalents": {"prowler": f"{service}_{kind.replace('-', '_')}_{number:03}"},
        }
        rows.append(
            {
                "id": f"aws-{kind}-check-{number:03}",
                "title": f"{kind.replace('-', ' ').capitalize()} is set up as it should be, point {number}",
                "severity": severity,
                "severity_rank": RANKS[severity],
                "provider": "aws",
                "service": service,
                "resource_type": table,
                "definition": json.dumps(definition),
                "operations": json.dumps([operation]),
                "permissions": json.dumps([operation.replace(".", ":")]),
                "file": f"rules/posture/aws/{service}.yaml",
                "line": 10 + number,
                "loaded_at": NOW - DAY,
            }
        )
    _insert(connection, "rule", rows)
    requirements: dict[tuple[str, str], dict[str, Any]] = {}
    mapped: list[dict[str, Any]] = []
    for row in rows:
        for framework, ids in json.loads(row["definition"])["frameworks"].items():
            for one in ids:
                title = "CIS AWS Foundations 5.0" if framework.startswith("cis") else "PCI DSS 4.0"
                requirements[framework, one] = {
                    "framework": framework,
                    "framework_title": title,
                    "id": one,
                    "title": f"Requirement {one} in our own words",
                    "section": f"Section {one.split('.')[0]}",
                    "sort": len(requirements),
                }
                mapped.append({"rule": row["id"], "framework": framework, "requirement": one})
    requirements["cis-aws-5.0", "9.9"] = {
        "framework": "cis-aws-5.0",
        "framework_title": "CIS AWS Foundations 5.0",
        "id": "9.9",
        "title": "Something no rule can see",
        "section": "Section 9",
        "sort": 999,
    }
    _insert(connection, "framework_requirement", list(requirements.values()))
    _insert(connection, "rule_requirement", mapped)
    return rows


def _findings(connection: sqlite3.Connection, rules: list[dict[str, Any]], count: int, dice: random.Random) -> None:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        by_type.setdefault(rule["resource_type"], []).append(rule)
    weight = sum(share * len(by_type.get(table, ())) for table, _, _, _, share in TYPES)
    statement = f"INSERT INTO finding ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    for table, service, arn, operation, share in TYPES:
        # Findings are written resource by resource, as an evaluation of new resources would.
        resources = max(1, count * share // weight)
        for name, account, region, uid in _resources(table, service, arn, resources, dice):
            rows = (_finding(rule, name, account, region, uid, operation, dice) for rule in by_type.get(table, ()))
            connection.executemany(statement, rows)


def _resources(
    table: str, service: str, arn: str, count: int, dice: random.Random
) -> Iterator[tuple[str, str, str, str]]:
    words = ("payments", "web", "ingest", "reports", "billing", "search", "mail", "ci", "archive", "ml")
    for number in range(count):
        _, account = dice.choices(ACCOUNTS, (5, 2, 3))[0]
        region = "global" if service == "iam" else dice.choices(REGIONS, (6, 3, 2, 1))[0]
        hostile = number % 997 == 5 or (number < len(HOSTILE_NAMES) and table == "aws_s3_bucket")
        name = HOSTILE_NAMES[number % len(HOSTILE_NAMES)] if hostile else f"{dice.choice(words)}-{number:05}"
        unique = f"{name}-{number}" if hostile else name
        yield unique, account, region, arn.format(region=region, account=account, name=unique)


def _finding(
    rule: dict[str, Any], name: str, account: str, region: str, uid: str, operation: str, dice: random.Random
) -> tuple[Any, ...]:
    status = dice.choices(("pass", "fail", "unknown"), (74, 22, 4))[0]
    presence = dice.choices(("present", "gone", "stale"), (95, 4, 1))[0]
    states = {"fail": ("open", "in_progress", "muted"), "pass": ("", "", "resolved"), "unknown": ("", "", "open")}[
        status
    ]
    state = dice.choices(states, (90, 5, 5))[0]
    muted = state == "muted"
    first = NOW - dice.randrange(1, 90) * DAY
    changed = dice.randrange(first, NOW)
    scan = 7 + [cloud_id for _, cloud_id in ACCOUNTS].index(account)
    permission = operation.replace(".", ":")
    denied = {"operation": operation, "outcome": "denied", "region": region, "code": "AccessDenied"}
    missing = [{**denied, "permissions": [permission]}] if status == "unknown" else []
    evidence = {"encrypted": {"pass": 1, "fail": 0, "unknown": None}[status], "kms_key_id": None, "name": name}
    return (
        rule["id"],
        account,
        uid,
        rule["resource_type"],
        rule["service"],
        "aws",
        region,
        name,
        rule["severity"],
        rule["severity_rank"],
        status,
        presence,
        state,
        int(dice.random() < 0.02),
        f"Encrypted: {evidence['encrypted']}"
        if status != "unknown"
        else f"Encrypted: not collected ({permission} denied)",
        json.dumps(evidence),
        json.dumps(missing),
        first,
        NOW,
        changed,
        1,
        scan,
        dice.choice(("", "", "", "maria", "jo")) if state in ("open", "in_progress") else "",
        dice.choice(("false positive", "accepted risk", "fix pending")) if muted else "",
        "Agreed with the owner" if muted else "",
        "maria" if muted else "",
        NOW + 30 * DAY if muted and dice.random() < 0.5 else None,
    )


def _around(connection: sqlite3.Connection, dice: random.Random) -> None:
    """What hangs on findings: history, triage, comments, labels, calls, a resource table."""
    rows = connection.execute(
        "SELECT id, rule, account, resource, status, presence, state, reason, changed, last_scan, name, region, service"
        " FROM finding ORDER BY id LIMIT 3000"
    ).fetchall()
    for id_, rule, account, resource, status, presence, state, reason, changed, scan, *_ in rows:
        before = dice.choice(("", "pass", "fail"))
        history = {"finding": id_, "scan": scan, "at": changed, "status_before": before, "status": status}
        _insert(connection, "finding_history", [{**history, "presence": presence, "reason": reason}])
        if state == "muted":
            triage = {"uuid": f"{id_:032x}", "rule": rule, "account": account, "resource": resource, "at": changed}
            decision = {"who": "maria", "state_before": "open", "state": "muted", "reason": "accepted risk"}
            _insert(connection, "triage", [{**triage, **decision}])
        if id_ % 50 == 0:
            _insert(connection, "comment", [{"finding": id_, "at": changed, "who": "jo", "text": "Looking into it"}])
    labelled = {(row[2], row[3]) for row in rows if row[0] % 3 == 0}
    for account, resource in sorted(labelled):
        label = {"account": account, "resource": resource, "key": "environment", "at": NOW}
        _insert(connection, "asset_label", [{**label, "value": dice.choice(("production", "test")), "origin": "tag"}])
        if dice.random() < 0.2:
            _insert(connection, "asset_label", [{**label, "value": "development", "origin": "analyst"}])
            _insert(connection, "asset_label", [{**label, "key": "owner", "value": "payments", "origin": "analyst"}])
    for number, (_, cloud_id) in enumerate(ACCOUNTS, 1):
        for scan in (number, number + 3, number + 6):
            outcomes = [
                {
                    "scan": scan,
                    "account": cloud_id,
                    "region": region,
                    "operation": operation,
                    "at": NOW,
                    "outcome": outcome,
                }
                for _, _, _, operation, _ in TYPES
                for region in REGIONS
                for outcome in (("denied",) if operation.startswith("kms") else ("ok",))
            ]
            _insert(connection, "api_call_outcome", outcomes)
    bad = [row for row in rows if row[4] == "unknown" and row[12] == "s3"]
    connection.executemany(
        "INSERT OR IGNORE INTO api_call_outcome (scan, account, region, operation, resource, outcome, code, message,"
        " at) VALUES (?, ?, ?, 's3.GetBucketPolicy', ?, 'denied', 'AccessDenied', 'not allowed', ?)",
        [(row[9], row[2], row[11], row[3], NOW) for row in bad],
    )
    connection.execute(
        "CREATE TABLE aws_s3_bucket (row_id INTEGER PRIMARY KEY, uid TEXT NOT NULL, account TEXT NOT NULL,"
        " region TEXT NOT NULL, name TEXT NOT NULL, tags TEXT, first_scan INTEGER NOT NULL,"
        " last_scan INTEGER NOT NULL, hash TEXT NOT NULL, collected_at INTEGER NOT NULL,"
        " encrypted INTEGER CHECK (encrypted IN (0, 1)), kms_key_id TEXT, raw TEXT NOT NULL) STRICT"
    )
    connection.execute("CREATE INDEX aws_s3_bucket_uid ON aws_s3_bucket (uid, last_scan)")
    buckets = connection.execute(
        "SELECT DISTINCT resource, account, region, name, last_scan FROM finding WHERE resource_type = 'aws_s3_bucket'"
    ).fetchall()
    kept = {"first_scan": 1, "hash": "h", "collected_at": NOW, "encrypted": 0, "tags": '{"team": "payments"}'}
    found = ("uid", "account", "region", "name", "last_scan")
    rows = [
        {**kept, **dict(zip(found, bucket, strict=True)), "raw": json.dumps({"Name": bucket[3]})} for bucket in buckets
    ]
    _insert(connection, "aws_s3_bucket", rows)
