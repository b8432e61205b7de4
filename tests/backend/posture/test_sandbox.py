"""Rule text is hostile until proved otherwise."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from backend.posture.compile import RuleRefused
from backend.posture.evaluate import RuleFailed, evaluate
from backend.posture.gate import Gaps, Gate
from backend.posture.sandbox import Sandbox, empty
from tests.backend.posture.scans import compiled, rule


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ('versioning = "Enabled"', "double quotes"),
        ("versioning = 'Enabled'; DROP TABLE aws_s3_bucket", "semicolon"),
        ("versioning = 'Enabled' -- and more", "comments"),
        ("versioning = ?", "parameter"),
        ("versionning = 'Enabled'", "did you mean versioning?"),
        ("EXISTS (SELECT 1 FROM aws_s3_buckets)", "no resource table aws_s3_buckets"),
        ("raw LIKE '%x%'", "no column raw"),
        ("first_scan > 1", "no column first_scan"),
        ("EXISTS (SELECT 1 FROM sqlite_master)", "may not read sqlite_master"),
        ("EXISTS (SELECT 1 FROM pragma_table_info('aws_s3_bucket'))", "may not"),
        ("versioning = load_extension('x')", "may not call load_extension()"),
        ("length(zeroblob(1000000000)) > 1 AND versioning = ''", "may not call zeroblob()"),
        ("printf('%1000000000d', 1) = versioning", "may not call printf()"),
        ("EXISTS (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT 1 FROM c)", "for ever"),
        ("EXISTS (WITH c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT 1 FROM c)", "may not read c"),
        ("1 = 1", "reads no data column"),
        ("(versioning = 'Enabled'", "not closed"),
        ("versioning = 'Enabled')", "too many"),
        ("versioning = 'Enabled' AND", "syntax error"),
        ("row_id > 1", "may not read"),
    ],
)
def test_what_a_rule_may_not_say(tmp_path: Path, expression: str, says: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        compiled(rule(tmp_path, pass_=expression))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO aws_s3_bucket (uid) VALUES ('x')",
        "DELETE FROM aws_s3_bucket",
        "ATTACH DATABASE '/tmp/x' AS other",
        "PRAGMA writable_schema = 1",
        "CREATE TABLE x (y)",
        "UPDATE aws_s3_bucket SET name = 'x'",
        "SELECT writefile('/tmp/x', 'y')",
    ],
)
def test_a_statement_that_is_no_plain_select_is_refused(statement: str) -> None:
    sandbox = empty(0)
    try:
        with pytest.raises(sqlite3.Error):
            sandbox.reads_of(statement)
        with pytest.raises(sqlite3.Error):
            list(sandbox.rows(statement))
    finally:
        sandbox.close()


def test_no_table_of_the_workspace_is_within_reach(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE secret (blob)")
    conn.close()
    sandbox = Sandbox(0)
    try:
        sandbox.copy_scan(f"{path.as_uri()}?mode=ro", 1, "1", {"aws_s3_bucket": set()})
        with pytest.raises(sqlite3.OperationalError):
            sandbox.reads_of("SELECT blob FROM secret")
        with pytest.raises(sqlite3.OperationalError):
            sandbox.reads_of("SELECT blob FROM workspace.secret")
    finally:
        sandbox.close()


def test_a_rule_that_never_ends_is_stopped(tmp_path: Path) -> None:
    endless = "versioning IS NULL AND (SELECT count(*) FROM aws_s3_bucket a, aws_s3_bucket b, aws_s3_bucket c) = 0"
    one = compiled(rule(tmp_path, pass_=endless))
    sandbox = empty(0)
    try:
        sandbox.fill("aws_s3_bucket", [{"uid": str(number), "region": "r", "name": "n"} for number in range(2000)])
        gate = Gate.all_collected()
        started = time.monotonic()
        with pytest.raises(RuleFailed, match=r"did not end within 0\.2 seconds"):
            list(evaluate(one, sandbox, gate, Gaps(gate, sandbox), seconds=0.2))
        assert time.monotonic() - started < 5
    finally:
        sandbox.close()


def test_a_rule_that_builds_a_huge_value_is_stopped(tmp_path: Path) -> None:
    doubled = " || ".join(["versioning"] * 100)
    one = compiled(rule(tmp_path, pass_=f"length({doubled}) > 0"))
    sandbox = empty(0)
    try:
        sandbox.fill("aws_s3_bucket", [{"uid": "u", "region": "r", "name": "n", "versioning": "x" * 100_000}])
        sandbox.fill("aws_s3_bucket", [{"uid": "v", "region": "r", "name": "n", "versioning": "x"}])
        gate = Gate.all_collected()
        huge, small = evaluate(one, sandbox, gate, Gaps(gate, sandbox))
        assert (huge.status, huge.reason) == ("unknown", "Not evaluated: it built a value larger than a rule may.")
        assert small.status == "pass"
    finally:
        sandbox.close()


def test_reads_are_reported_through_subqueries_and_for_bare_counts(tmp_path: Path) -> None:
    condition = "versioning = '' AND (SELECT count(*) FROM aws_account a WHERE a.s3_block_public_acls) > 0"
    one = compiled(rule(tmp_path, pass_=condition))
    assert ("aws_account", "s3_block_public_acls") in one.related
    assert one.evidence == ("versioning",)
    assert {"s3control.GetPublicAccessBlock", "s3.GetBucketVersioning", "sts.GetCallerIdentity"} <= one.operations()
    bare = compiled(rule(tmp_path, pass_="versioning = '' OR EXISTS (SELECT 1 FROM aws_account)"))
    assert ("aws_account", "") in bare.related
