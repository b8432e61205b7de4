"""The evaluation worker: batches of any size fit the channel, a rule that failed is tried again, nothing is closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.inventory.collector import GLOBAL
from backend.posture import evaluate_worker, findings, ready
from backend.workspace.file import create
from tests.backend.posture.scans import ACCOUNT, Workspace, rule

T = 1_760_000_000


class Link:
    """Merges what the worker sends, as the engine does."""

    def __init__(self, workspace: Workspace, scan: int, now: int) -> None:
        self.workspace, self.scan, self.now = workspace, scan, now
        self.batches: list[dict[str, Any]] = []

    def progress(self, done: int, total: int, text: str) -> None: ...

    def batch(self, data: dict[str, Any]) -> None:
        self.batches.append(json.loads(json.dumps(data)))
        findings.merge(self.workspace.conn, self.scan, self.batches[-1], self.now)

    def cancelled(self) -> bool:
        return False


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    create(tmp_path / "w.vedette")
    made = Workspace(tmp_path / "w.vedette")
    yield made
    made.conn.close()


def evaluate(workspace: Workspace, scan: int, now: int = T) -> Link:
    link = Link(workspace, scan, now)
    evaluate_worker.evaluate_scan(workspace.path, scan, (), link)
    return link


def buckets(count: int, versioning: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    return [("aws_s3_bucket", f"b{number:05}", {"versioning": versioning}) for number in range(count)]


def counts(workspace: Workspace, column: str) -> dict[str, int]:
    query = f"SELECT {column}, count(*) FROM finding GROUP BY 1"
    return dict(workspace.conn.execute(query).fetchall())


def test_many_verdicts_come_in_parts_that_each_say_whose_they_are(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_worker, "PART", 10)
    workspace.publish(rule(tmp_path))
    first = evaluate(workspace, workspace.scan(buckets(35)))
    assert [len(batch["changed"]) for batch in first.batches] == [10, 10, 10, 5]
    assert [batch["last"] for batch in first.batches] == [False, False, False, True]
    assert {(batch["rule"], batch["account"]) for batch in first.batches} == {("test-rule-one", ACCOUNT)}
    same = evaluate(workspace, workspace.scan(buckets(35)), T + 1)
    assert [batch["changed"] for batch in same.batches] == [[]]
    assert counts(workspace, "last_seen") == {T + 1: 35}
    gone = evaluate(workspace, workspace.scan(buckets(2)), T + 2)
    assert max(len(batch.get("gone", ())) for batch in gone.batches) == 10
    assert counts(workspace, "presence") == {"gone": 33, "present": 2}
    assert counts(workspace, "last_seen") == {T + 1: 33, T + 2: 2}


def test_what_an_unknown_lacks_is_told_again_when_only_that_changed(workspace: Workspace, tmp_path: Path) -> None:
    workspace.publish(rule(tmp_path))
    uid = "arn:aws:test:eu-west-1:123456789012:aws_s3_bucket/b"
    bad = {"operation": "s3.GetBucketVersioning", "region": "eu-west-1", "resource": uid, "outcome": "failed"}
    for code in ("ConnectionClosedError", "InternalError"):
        evaluate(workspace, workspace.scan([("aws_s3_bucket", "b", {})], bad=[{**bad, "code": code}]))
        assert json.loads(workspace.finding("b")["missing"])[0]["code"] == code


def test_a_rule_that_failed_once_is_tried_again_and_meanwhile_vouches_for_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.publish(rule(tmp_path))
    scan = workspace.scan(buckets(3, "Enabled"))
    evaluate(workspace, scan)

    def fail(*_: Any, **__: Any) -> Iterator[Any]:
        raise evaluate_worker.RuleFailed("it did not end within 20 seconds")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(evaluate_worker, "evaluate", fail)
        evaluate(workspace, scan, T + 1)
    assert workspace.conn.execute("SELECT error FROM rule").fetchone() == ("it did not end within 20 seconds",)
    assert counts(workspace, "presence") == {"stale": 3}
    evaluate(workspace, scan, T + 2)
    assert workspace.conn.execute("SELECT error FROM rule").fetchone() == ("",)
    assert counts(workspace, "presence") == {"present": 3}


def test_a_new_severity_reaches_findings_when_the_same_scan_is_evaluated_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    scan = workspace.scan(buckets(1))
    for severity in ("high", "critical"):
        workspace.publish(rule(tmp_path, severity=severity))
        evaluate(workspace, scan)
    assert counts(workspace, "severity") == {"critical": 1}


def test_a_narrower_scan_does_not_say_that_other_regions_are_gone(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, resource="aws_account_region", pass_="ebs_encryption_by_default", reason="x")
    workspace.publish(one)
    rows = [
        ("aws_account_region", region, {"ebs_encryption_by_default": 0, "region": region})
        for region in ("eu-west-1", "us-east-1")
    ]
    evaluate(workspace, workspace.scan(rows))
    evaluate(workspace, workspace.scan(rows[:1], regions=("eu-west-1",)))
    assert (workspace.finding("us-east-1")["presence"], workspace.finding("us-east-1")["state"]) == ("stale", "open")


def finish(workspace: Workspace, scan: int, unit: str, *regions: str) -> None:
    for region in regions:
        workspace.conn.execute("INSERT INTO scan_unit VALUES (?,?,?,1,1)", (scan, unit, region))


def test_a_rule_is_ready_when_every_table_it_reads_is_in(workspace: Workspace, tmp_path: Path) -> None:
    condition = "NOT EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name)"
    workspace.publish(rule(tmp_path, pass_=condition, reason="x"))
    scan = workspace.scan()
    assert ready.rules_ready(workspace.conn, scan) == []
    finish(workspace, scan, "s3.ListBuckets", GLOBAL)
    assert ready.rules_ready(workspace.conn, scan) == []
    finish(workspace, scan, "s3control.ListAccessPoints", "eu-west-1")
    assert ready.rules_ready(workspace.conn, scan) == []
    finish(workspace, scan, "s3control.ListAccessPoints", "us-east-1")
    assert ready.rules_ready(workspace.conn, scan) == ["test-rule-one"]


def test_a_rule_is_not_ready_before_the_scan_knows_its_regions(workspace: Workspace, tmp_path: Path) -> None:
    workspace.publish(rule(tmp_path, resource="aws_s3_access_point", pass_="block_public_acls", reason="x"))
    assert ready.rules_ready(workspace.conn, workspace.scan(regions=())) == []
