"""Verdicts: three honest outcomes, and no pass or fail without evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.posture.scans import Workspace, rule

DENIED_POINTS = {
    "operation": "s3control.ListAccessPoints",
    "region": "us-east-1",
    "outcome": "denied",
    "code": "AccessDenied",
}
NO_POINT = "NOT EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name)"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "w.vedette")
    yield made
    made.conn.close()


def test_true_passes_false_fails_null_is_unknown(workspace: Workspace, tmp_path: Path) -> None:
    scan = workspace.scan(
        [
            ("aws_s3_bucket", "good", {"versioning": "Enabled"}),
            ("aws_s3_bucket", "bad", {"versioning": ""}),
            ("aws_s3_bucket", "dark", {}),
        ],
        bad=[
            {
                "operation": "s3.GetBucketVersioning",
                "region": "eu-west-1",
                "resource": "arn:aws:test:eu-west-1:123456789012:aws_s3_bucket/dark",
                "outcome": "denied",
                "code": "AccessDenied",
            }
        ],
    )
    found = workspace.verdicts(rule(tmp_path), scan)
    assert {name: one.status for name, one in found.items()} == {"good": "pass", "bad": "fail", "dark": "unknown"}
    assert found["bad"].reason == "versioning is none"
    assert found["good"].evidence == {"versioning": "Enabled"}
    assert found["dark"].reason == "Not evaluated: s3.GetBucketVersioning denied in eu-west-1."
    assert found["dark"].missing[0].operation == "s3.GetBucketVersioning"


def test_where_that_is_null_keeps_the_row_as_unknown(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, where="website", pass_="versioning = 'Enabled'")
    scan = workspace.scan(
        [
            ("aws_s3_bucket", "site", {"website": 1, "versioning": ""}),
            ("aws_s3_bucket", "plain", {"website": 0, "versioning": ""}),
            ("aws_s3_bucket", "dark", {"versioning": ""}),
        ]
    )
    found = {name: verdict.status for name, verdict in workspace.verdicts(one, scan).items()}
    assert found == {"site": "fail", "plain": "skip", "dark": "unknown"}


def test_a_denied_listing_never_passes_a_not_exists(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_=NO_POINT, reason="no access point")
    scan = workspace.scan([("aws_s3_bucket", "b", {})])
    assert workspace.verdicts(one, scan)["b"].status == "pass"
    scan = workspace.scan([("aws_s3_bucket", "b", {})], bad=[DENIED_POINTS])
    verdict = workspace.verdicts(one, scan)["b"]
    assert verdict.status == "unknown"
    assert verdict.missing[0].outcome == "denied"


def test_a_listing_without_any_record_counts_as_not_called(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_=NO_POINT, reason="no access point")
    scan = workspace.scan([("aws_s3_bucket", "b", {})])
    workspace.conn.execute("DELETE FROM api_call_outcome WHERE operation = 's3control.ListAccessPoints'")
    verdict = workspace.verdicts(one, scan)["b"]
    assert (verdict.status, verdict.missing[0].outcome) == ("unknown", "not called")


def test_a_failure_that_more_rows_can_only_confirm_stays_a_failure(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_=NO_POINT, reason="no access point", more_rows_can_only="fail")
    rows = [
        ("aws_s3_bucket", "open", {}),
        ("aws_s3_bucket", "other", {}),
        ("aws_s3_access_point", "p", {"bucket": "open"}),
    ]
    found = workspace.verdicts(one, workspace.scan(rows, bad=[DENIED_POINTS]))
    assert {name: verdict.status for name, verdict in found.items()} == {"open": "fail", "other": "unknown"}


def test_a_null_in_a_related_row_makes_the_verdict_unknown(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_=NO_POINT, reason="no access point")
    scan = workspace.scan([("aws_s3_bucket", "b", {}), ("aws_s3_access_point", "p", {})])
    assert workspace.verdicts(one, scan)["b"].status == "unknown"


def test_a_region_scoped_relation_forgives_a_gap_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    condition = NO_POINT.replace("WHERE", "WHERE p.region = aws_s3_bucket.region AND")
    one = rule(tmp_path, pass_=condition, reason="no access point", related_scope={"aws_s3_access_point": "region"})
    rows = [("aws_s3_bucket", "here", {}), ("aws_s3_bucket", "there", {"region": "us-east-1"})]
    found = workspace.verdicts(one, workspace.scan(rows, bad=[DENIED_POINTS]))
    assert {name: verdict.status for name, verdict in found.items()} == {"here": "pass", "there": "unknown"}


def test_a_service_the_region_lacks_has_nothing_to_judge(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, resource="aws_account_region", pass_="macie_status = 'ENABLED'", reason="Macie {macie_status}")
    uid = "arn:aws:test:eu-west-1:123456789012:aws_account_region/eu-west-1"
    outcome = {"operation": "macie2.GetMacieSession", "region": "eu-west-1", "resource": uid}
    scan = workspace.scan([("aws_account_region", "eu-west-1", {})], bad=[{**outcome, "outcome": "not_in_region"}])
    assert workspace.verdicts(one, scan)["eu-west-1"].status == "skip"
    scan = workspace.scan([("aws_account_region", "eu-west-1", {})], bad=[{**outcome, "outcome": "denied"}])
    assert workspace.verdicts(one, scan)["eu-west-1"].status == "unknown"


def test_an_earlier_scan_is_judged_as_of_its_own_time(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_="days_since(created_at) < 90", reason="made {created_at}")
    row = ("aws_s3_bucket", "b", {"created_at": 1_760_000_000})
    first = workspace.scan([row], at=1_760_000_000 + 10 * 86_400)
    second = workspace.scan([row], at=1_760_000_000 + 100 * 86_400)
    assert workspace.verdicts(one, first)["b"].status == "pass"
    assert workspace.verdicts(one, second)["b"].status == "fail"


def test_facts_fill_the_reason(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(
        tmp_path,
        pass_=NO_POINT,
        reason="access points: {points}",
        facts={
            "points": "(SELECT group_concat(p.name) FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name)"
        },
    )
    rows = [
        ("aws_s3_bucket", "b", {}),
        ("aws_s3_bucket", "c", {}),
        ("aws_s3_access_point", "front", {"bucket": "b"}),
    ]
    found = workspace.verdicts(one, workspace.scan(rows))
    assert (found["b"].status, found["b"].reason) == ("fail", "access points: front")
    assert (found["c"].status, found["c"].reason) == ("pass", "access points: none")


def test_a_query_rule_loses_no_row(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(
        tmp_path,
        pass_=None,
        query="SELECT uid, versioning = 'Enabled' AS pass FROM aws_s3_bucket WHERE name <> 'lost'",
    )
    scan = workspace.scan(
        [
            ("aws_s3_bucket", "good", {"versioning": "Enabled"}),
            ("aws_s3_bucket", "lost", {"versioning": "Enabled"}),
        ]
    )
    found = {name: verdict.status for name, verdict in workspace.verdicts(one, scan).items()}
    assert found == {"good": "pass", "lost": "unknown"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd()", "o'brien \U0001f600", "\u202egnp.exe"])
def test_hostile_names_travel_unchanged(workspace: Workspace, tmp_path: Path, name: str) -> None:
    one = rule(tmp_path, reason="{name} has {versioning}")
    verdict = workspace.verdicts(one, workspace.scan([("aws_s3_bucket", name, {"versioning": ""})]))[name]
    assert verdict.reason == f"{name} has none"


def test_a_region_the_scan_left_out_could_hold_what_is_missed(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(
        tmp_path,
        resource="aws_account",
        pass_="EXISTS (SELECT 1 FROM aws_guardduty_detector d WHERE d.status = 'ENABLED')",
        reason="one is there",
        more_rows_can_only="pass",
    )
    account = ("aws_account", "a", {})
    found = ("aws_guardduty_detector", "d", {"status": "ENABLED"})
    scan = workspace.scan([account])
    assert workspace.verdicts(one, scan)["a"].status == "fail"
    workspace.conn.execute("UPDATE scan SET left_out = '[\"ap-south-1\"]'")
    verdict = workspace.verdicts(one, scan)["a"]
    assert (verdict.status, verdict.missing[0].outcome, verdict.missing[0].region) == (
        "unknown",
        "not scanned",
        "ap-south-1",
    )
    scan = workspace.scan([account, found])
    workspace.conn.execute("UPDATE scan SET left_out = '[\"ap-south-1\"]'")
    assert workspace.verdicts(one, scan)["a"].status == "pass"
