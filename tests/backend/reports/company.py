"""A small company's workspace for the report tests and the benchmark: known numbers, and names meant to do harm."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from backend.workspace import file

NOW = 1_764_000_000  # 2025-11-24 16:00 UTC
DAY = 86_400
ACCOUNTS = (("prod", "111122223333"), ("staging", "444455556666"))
REGIONS = ("eu-west-1", "us-east-1")
RANKS = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
RULES = (
    ("aws-s3-bucket-public", "S3 bucket is not public", "critical", "s3", "aws_s3_bucket"),
    ("aws-s3-bucket-encryption", "S3 bucket is encrypted with a key of ours", "medium", "s3", "aws_s3_bucket"),
    ("aws-s3-bucket-logging", "S3 bucket logs who reads it", "low", "s3", "aws_s3_bucket"),
    ("aws-ec2-security-group-ssh", "Security group lets nobody in by SSH", "high", "ec2", "aws_ec2_security_group"),
    ("aws-ec2-security-group-default", "Default security group is closed", "medium", "ec2", "aws_ec2_security_group"),
    ("aws-ec2-volume-encryption", "EBS volume is encrypted", "high", "ec2", "aws_ec2_volume"),
    ("aws-iam-user-mfa", "IAM user with a password has MFA", "critical", "iam", "aws_iam_user"),
    ("aws-iam-user-key-age", "Access keys are younger than ninety days", "info", "iam", "aws_iam_user"),
)
FRAMEWORKS = {
    "cis-aws-5.0": ("CIS AWS Foundations 5.0", {"1.10": 6, "1.14": 7, "2.1.4": 0, "2.2.1": 5, "5.2": 3, "5.4": 4}),
    "soc2": ("SOC 2", {"CC6.1": 1, "CC6.6": 3, "CC7.2": 2}),
}
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "'quoted",
    "<script>alert(1)</script>",
    "<para>&amp;<b>bold</b></para>",
    "right-to-left-\u202egpj.exe",
    "zero\u200bwidth\u2066isolate",
    "emoji-\N{PILE OF POO}-\N{WOMAN}\u200d\N{GIRL}",
    "漢字のバケット",
    "Ünïcödé-Ελλάδα-Москва",
    "paren ) endstream endobj \\( %PDF-1.4 >>",
    "new\nline\ttab\x1b[31mred",
    "long-" + "x" * 700,
    "[click](https://example.invalid/)",
    "{name} %s {0}",
)
COLUMNS = (
    "rule account resource resource_type service provider region name severity severity_rank status presence state"
    " reason evidence missing first_seen last_seen changed first_scan last_scan assignee mute_reason mute_note muted_by"
    " mute_until"
).split()


def insert(conn: sqlite3.Connection, table: str, **values: Any) -> int:
    """One row; returns its id."""
    marks = ",".join("?" * len(values))
    found = conn.execute(f"INSERT INTO {table} ({','.join(values)}) VALUES ({marks})", list(values.values()))
    return int(found.lastrowid or 0)


def frame(conn: sqlite3.Connection) -> None:
    """Accounts, two scans of each, rules, frameworks; no findings yet."""
    for number, (name, cloud_id) in enumerate(ACCOUNTS, 1):
        insert(
            conn, "account", id=number, provider="aws", name=name, kind="profile", cloud_id=cloud_id,
            identity=f"arn:aws:iam::{cloud_id}:role/audit", created_at=NOW - 90 * DAY,
        )  # fmt: skip
    for scan, days in ((1, 7), (2, 7), (3, 0), (4, 0)):
        _, cloud_id = ACCOUNTS[(scan - 1) % 2]
        begun = NOW - days * DAY - 300
        insert(
            conn, "scan", id=scan, account=1 + (scan - 1) % 2, provider="aws", cloud_id=cloud_id, state="done",
            started_at=begun, finished_at=begun + 60, identity=f"arn:aws:iam::{cloud_id}:role/audit",
            product_version="0.1.0", rules_digest="ab" * 32, regions=json.dumps(REGIONS), calls=900, resources=120,
        )  # fmt: skip
        insert(
            conn, "score", scan=scan, at=begun + 60, scope="all", key="", score=50.0 + scan, coverage=0.9, passed=1,
            failed=1, unknown=0, muted=0,
        )  # fmt: skip
    for place, (id_, title, severity, service, table) in enumerate(RULES):
        mapped = {key: [one for one, rule in ids.items() if rule == place] for key, (_, ids) in FRAMEWORKS.items()}
        definition = {
            "rationale": f"Why {title} matters, in a sentence or two that a manager understands.",
            "remediation": {
                "text": f"Set it on {{name}} in {{region}} ({service}).",
                "cli": f"aws {service} fix {{name}}",
            },
            "frameworks": {key: ids for key, ids in mapped.items() if ids},
            "equivalents": {"prowler": id_.replace("-", "_")},
        }
        insert(
            conn, "rule", id=id_, title=title, severity=severity, severity_rank=RANKS[severity], provider="aws",
            service=service, resource_type=table, definition=json.dumps(definition),
            operations=json.dumps([f"{service}.Describe"]), permissions=json.dumps([f"{service}:Describe"]),
            file="rules/x.yaml", line=1, loaded_at=NOW - DAY,
        )  # fmt: skip
    for framework, (title, ids) in FRAMEWORKS.items():
        for sort, (requirement, rule) in enumerate(ids.items()):
            insert(
                conn, "framework_requirement", framework=framework, framework_title=title, id=requirement,
                title=f"Requirement {requirement} in our words", section=requirement.split(".")[0], sort=sort,
            )  # fmt: skip
            insert(conn, "rule_requirement", rule=RULES[rule][0], framework=framework, requirement=requirement)
        insert(
            conn, "framework_requirement", framework=framework, framework_title=title, id="9.9",
            title="Something only people can answer", section="9", sort=99,
        )  # fmt: skip


def finding(place: int, number: int, status: str, **changes: Any) -> dict[str, Any]:
    """Row `number` of rule `place`; `changes` replace its columns."""
    id_, _, severity, service, table = RULES[place]
    _, account = ACCOUNTS[(number + number // len(RULES)) % 2]
    region = "global" if service == "iam" else REGIONS[number // 3 % len(REGIONS)]
    name = changes.pop("name", f"{('payments', 'web', 'ledger', 'archive')[number % 4]}-{number:05}")
    missing = [{"operation": f"{service}.Describe", "outcome": "denied", "permissions": [f"{service}:Describe"]}]
    row = {
        "rule": id_,
        "account": account,
        "resource": f"arn:aws:{service}:{region}:{account}:{table.split('_')[-1]}/{name}",
        "resource_type": table,
        "service": service,
        "provider": "aws",
        "region": region,
        "name": name,
        "severity": severity,
        "severity_rank": RANKS[severity],
        "status": status,
        "presence": "present",
        "state": "open" if status == "fail" else "",
        "reason": f"The setting of {name} is {status}.",
        "evidence": json.dumps({"setting": {"pass": 1, "fail": 0}.get(status), "name": name}),
        "missing": json.dumps(missing if status == "unknown" else []),
        "first_seen": NOW - 30 * DAY,
        "last_seen": NOW,
        "changed": NOW - (number % 29) * DAY,
        "first_scan": 1,
        "last_scan": 3 + number % 2,
        "assignee": "maria" if status == "fail" and number % 5 == 0 else "",
        "mute_reason": "",
        "mute_note": "",
        "muted_by": "",
        "mute_until": None,
        **changes,
    }
    if row["state"] == "muted":
        row |= {"mute_reason": "accepted risk", "mute_note": "Agreed with the owner", "muted_by": "maria"}
    return row


def add(conn: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    """Insert findings."""
    conn.executemany(
        f"INSERT INTO finding ({','.join(COLUMNS)}) VALUES ({','.join('?' * len(COLUMNS))})",
        ([row[name] for name in COLUMNS] for row in rows),
    )


def fill(path: Path, results: int = 320, *, failing: bool = False) -> None:
    """A workspace with about `results` findings (all failing on request) and one hostile name after another."""
    file.create(path)
    conn = file.open_writer(path)
    conn.execute("BEGIN IMMEDIATE")
    frame(conn)
    rows = [finding(0, number, "fail", name=name) for number, name in enumerate(HOSTILE)]
    for number in range(len(HOSTILE), results):
        place, turn = number % len(RULES), number // len(RULES)
        status = "fail" if failing else ("pass", "pass", "fail", "pass", "unknown", "pass", "fail")[(turn + place) % 7]
        changes: dict[str, Any] = {}
        if not failing and turn % 11 == 3:
            changes["state"] = "muted"
        elif not failing and turn % 13 == 5:
            changes["presence"] = "stale"
        elif not failing and turn % 17 == 7:
            changes["presence"] = "gone"
        rows.append(finding(place, number, status, **changes))
    add(conn, rows)
    history = (
        "INSERT INTO finding_history (finding, scan, at, status_before, status, presence, reason)"
        " VALUES (?,?,?,?,?,?,?)"
    )
    for id_, scan, status, presence in conn.execute(
        "SELECT id, last_scan, status, presence FROM finding WHERE id % 6 = 0 ORDER BY id"
    ).fetchall():
        before = {"fail": "pass", "pass": "fail", "unknown": "pass"}[status] if presence == "present" else status
        conn.execute(history, (id_, scan, NOW, before, status, presence, "changed"))
    for scan, (_, account) in ((3, ACCOUNTS[0]), (4, ACCOUNTS[1])):
        for operation, outcome, code in (("ec2.Describe", "denied", "AccessDenied"), ("eks.List", "not_in_region", "")):
            insert(
                conn, "api_call_outcome", scan=scan, account=account, region="us-east-1", operation=operation,
                outcome=outcome, code=code, message="not <allowed> &c.", at=NOW,
            )  # fmt: skip
    conn.execute("COMMIT")
    conn.close()
