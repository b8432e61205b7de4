"""Ways to a false pass, each closed: what a rule hides, covers up, counts together or promises wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.posture.compile import RuleRefused
from backend.posture.mutate import test_paths as run_rule_tests
from tests.backend.posture.scans import Workspace, compiled, rule

NOBODY = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:*"}}'
NO_PUBLIC_POINT = (
    "NOT EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name"
    " AND policy_allows_public(p.policy))"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "w.vedette")
    yield made
    made.conn.close()


def bucket(name: str, **values: Any) -> tuple[str, str, dict[str, Any]]:
    return ("aws_s3_bucket", name, values)


def point(name: str, **values: Any) -> tuple[str, str, dict[str, Any]]:
    return ("aws_s3_access_point", name, values)


def refusal(tmp_path: Path, **keys: Any) -> str:
    with pytest.raises(RuleRefused) as refused:
        compiled(rule(tmp_path, **keys))
    return str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "max(versioning) = 'Enabled'",
        "count(*) > 0 AND versioning = 'Enabled'",
        "count(*) OVER () > 0 AND versioning = 'Enabled'",
        "(SELECT max(aws_s3_bucket.versioning) FROM aws_s3_access_point p) = 'Enabled'",
    ],
)
def test_what_would_take_all_resources_together_is_refused(tmp_path: Path, expression: str) -> None:
    assert "would take all rows of aws_s3_bucket together" in refusal(tmp_path, pass_=expression)
    assert "would take all rows" in refusal(tmp_path, reason="{all}", facts={"all": expression})


@pytest.mark.parametrize(
    "source",
    ["main.aws_s3_bucket", "(aws_s3_bucket) b", "aws_s3_access_point p JOIN aws_s3_bucket b ON b.name = p.bucket"],
)
def test_the_rules_own_table_read_again_is_related_however_it_is_spelt(tmp_path: Path, source: str) -> None:
    condition = f"website AND NOT EXISTS (SELECT 1 FROM {source} WHERE versioning = '')"
    one = compiled(rule(tmp_path, pass_=condition, reason="x"))
    assert ("aws_s3_bucket", "versioning") in one.related
    assert one.evidence == ("website",)


@pytest.mark.parametrize("join", ["JOIN aws_s3_bucket b USING (name)", "NATURAL JOIN aws_s3_bucket b"])
def test_joins_whose_columns_nobody_reports_are_refused(tmp_path: Path, join: str) -> None:
    condition = f"versioning = '' OR NOT EXISTS (SELECT 1 FROM aws_s3_access_point p {join})"
    assert "write JOIN … ON" in refusal(tmp_path, pass_=condition)


@pytest.mark.parametrize("source", ["aws_s3_bucket", "main.aws_s3_bucket", "aws_s3_access_point aws_s3_bucket"])
def test_a_subquery_that_covers_up_the_rows_name_taints_the_right_row(
    workspace: Workspace, tmp_path: Path, source: str
) -> None:
    condition = f"NOT website OR NOT EXISTS (SELECT 1 FROM {source} WHERE policy_allows_public(policy))"
    one = rule(tmp_path, pass_=condition, reason="x")
    rows = [bucket("a", policy=NOBODY, website=1), bucket("b", policy="{", website=1), point("p", policy="{")]
    found = workspace.verdicts(one, workspace.scan(rows))
    assert {name: verdict.status for name, verdict in found.items()} == {"a": "unknown", "b": "unknown"}


def test_a_rule_may_not_call_what_is_ours(tmp_path: Path) -> None:
    assert "may not call" in refusal(tmp_path, pass_="policy_allows_public__row(1, 0, policy)")


def test_a_policy_nobody_can_read_is_no_pass_for_the_bucket_it_may_open(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_=NO_PUBLIC_POINT, reason="points", more_rows_can_only="fail")
    public = NOBODY.replace('{"AWS":"arn:aws:iam::123456789012:root"}', '"*"')
    rows = [
        bucket("dark"), bucket("closed"), bucket("open"),
        point("a", bucket="dark", policy="{not JSON"),
        point("b", bucket="closed", policy=NOBODY),
        point("c", bucket="open", policy="{not JSON"), point("d", bucket="open", policy=public),
    ]  # fmt: skip
    found = workspace.verdicts(one, workspace.scan(rows))
    assert {name: verdict.status for name, verdict in found.items()} == {
        "dark": "unknown", "closed": "pass", "open": "fail",
    }  # fmt: skip
    assert "policy_allows_public" in found["dark"].reason


def test_a_cause_in_a_subquery_that_is_the_same_for_all_rows_taints_them_all(
    workspace: Workspace, tmp_path: Path
) -> None:
    condition = "NOT EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE policy_allows_public(p.policy))"
    one = rule(tmp_path, pass_=condition, reason="points")
    scan = workspace.scan([bucket("a"), bucket("b"), bucket("c"), point("p", policy="{")])
    assert {verdict.status for verdict in workspace.verdicts(one, scan).values()} == {"unknown"}


@pytest.mark.parametrize(
    "expression",
    [
        "COALESCE(policy_allows_public(policy), 0) = 0",
        "policy_allows_public(policy) IS NOT 1",
        "CASE WHEN policy_allows_public(policy) THEN 0 ELSE 1 END",
        "json_array(policy_allows_public(policy)) <> '[1]'",
    ],
)
def test_a_function_that_cannot_judge_hides_behind_nothing(
    workspace: Workspace, tmp_path: Path, expression: str
) -> None:
    one = rule(tmp_path, pass_=expression, reason="policy")
    found = workspace.verdicts(one, workspace.scan([bucket("dark", policy="{"), bucket("good", policy=NOBODY)]))
    assert {name: verdict.status for name, verdict in found.items()} == {"dark": "unknown", "good": "pass"}


def test_a_cause_beside_a_verdict_that_stands_without_it_is_no_unknown(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_="versioning = 'Enabled' OR NOT policy_allows_public(policy)", reason="x")
    found = workspace.verdicts(
        one, workspace.scan([bucket("a", policy="{", versioning="Enabled"), bucket("b", policy="{", versioning="")])
    )
    assert (found["a"].status, found["b"].status) == ("pass", "unknown")
    assert "policy_allows_public" in found["b"].reason


@pytest.mark.parametrize("hostile", ["{not JSON", '{"Statement":[{"Sid":"\\ud800"}]}'])
def test_one_hostile_document_does_not_blind_the_rule_for_the_others(
    workspace: Workspace, tmp_path: Path, hostile: str
) -> None:
    condition = (
        "NOT EXISTS (SELECT 1 FROM json_each(aws_s3_bucket.policy, '$.Statement') s"
        " WHERE looks_like_secret(json_extract(s.value, '$.Sid')))"
    )
    one = rule(tmp_path, pass_=condition, reason="sids")
    good = '{"Statement":[{"Sid":"Hello"}]}'
    rows = [bucket(name, policy=hostile if name in "bcf" else good) for name in "abcdef"]
    found = workspace.verdicts(one, workspace.scan(rows))
    dark = {name for name, verdict in found.items() if verdict.status == "unknown"}
    assert (len(found), dark) == (6, set("bcf"))


def test_a_text_is_neither_yes_nor_no(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, pass_="versioning", reason="x")
    verdict = workspace.verdicts(one, workspace.scan([bucket("b", versioning="Suspended")]))["b"]
    assert (verdict.status, "neither yes nor no" in verdict.reason) == ("unknown", True)


def test_a_query_that_speaks_twice_of_a_resource_says_nothing(workspace: Workspace, tmp_path: Path) -> None:
    query = (
        "SELECT b.uid AS uid, p.bucket = b.name AS pass FROM aws_s3_bucket b JOIN aws_s3_access_point p"
        " ON p.bucket = b.name"
    )
    one = rule(tmp_path, pass_=None, query=query, reason="x")
    rows = [bucket("one"), bucket("two"), point("a", bucket="one"), point("b", bucket="two"), point("c", bucket="two")]
    found = workspace.verdicts(one, workspace.scan(rows))
    assert {name: verdict.status for name, verdict in found.items()} == {"one": "pass", "two": "unknown"}
    assert "2 verdicts" in found["two"].reason


def test_a_fact_says_what_it_could_not_see(workspace: Workspace, tmp_path: Path) -> None:
    points = "(SELECT group_concat(p.name) FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name)"
    one = rule(tmp_path, reason="points: {points}", facts={"points": points})
    denied = {"operation": "s3control.ListAccessPoints", "region": "us-east-1", "outcome": "denied"}
    rows = [bucket("a", versioning=""), bucket("b", versioning=""), point("front", bucket="b")]
    found = workspace.verdicts(one, workspace.scan(rows, bad=[denied]))
    assert found["a"].reason == "points: not collected (s3control.ListAccessPoints denied)"
    assert found["b"].reason == "points: front, and perhaps more (s3control.ListAccessPoints denied)"
    rows = [bucket("a", versioning="")]
    assert workspace.verdicts(one, workspace.scan(rows))["a"].reason == "points: none"


def test_a_row_that_is_surely_not_spoken_of_is_skipped_whatever_the_verdict_lacks(
    workspace: Workspace, tmp_path: Path
) -> None:
    one = rule(tmp_path, where="website AND EXISTS (SELECT 1 FROM aws_account a)", pass_=NO_PUBLIC_POINT, reason="x")
    denied = {"operation": "s3control.ListAccessPoints", "region": "us-east-1", "outcome": "denied"}
    rows = [bucket("plain", website=0), bucket("site", website=1), ("aws_account", "a", {"region": "global"})]
    found = workspace.verdicts(one, workspace.scan(rows, bad=[denied]))
    assert {name: verdict.status for name, verdict in found.items()} == {"plain": "skip", "site": "unknown"}


def test_the_account_is_known_where_the_arn_has_none(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, reason="in {account}")
    scan = workspace.scan([bucket("b", versioning="", uid="arn:aws:s3:::b")])
    assert workspace.verdicts(one, scan)["b"].reason == "in 123456789012"


ROTATION = {"resource": "aws_kms_key", "pass_": "rotation_enabled", "reason": "x"}


def test_an_unknown_names_the_call_whose_failure_kept_the_next_from_being_made(
    workspace: Workspace, tmp_path: Path
) -> None:
    one = rule(tmp_path, **ROTATION)
    uid = "arn:aws:test:eu-west-1:123456789012:aws_kms_key/k"
    denied = {"operation": "kms.DescribeKey", "region": "eu-west-1", "resource": uid, "outcome": "denied"}
    verdict = workspace.verdicts(one, workspace.scan([("aws_kms_key", "k", {})], bad=[denied]))["k"]
    assert [(missing.operation, missing.outcome) for missing in verdict.missing] == [("kms.DescribeKey", "denied")]


def test_what_a_scan_never_asked_for_is_called_not_called(workspace: Workspace, tmp_path: Path) -> None:
    verdict = workspace.verdicts(rule(tmp_path, **ROTATION), workspace.scan([("aws_kms_key", "k", {})]))["k"]
    assert verdict.missing[0].outcome == "not called"


def test_a_region_without_the_service_does_not_spoil_the_account(workspace: Workspace, tmp_path: Path) -> None:
    condition = "NOT EXISTS (SELECT 1 FROM aws_account_region r WHERE r.macie_status = 'PAUSED')"
    one = rule(tmp_path, resource="aws_account", pass_=condition, reason="x")
    rows = [
        ("aws_account", "a", {"region": "global"}),
        ("aws_account_region", "eu-west-1", {"macie_status": "ENABLED"}),
        ("aws_account_region", "us-east-1", {"region": "us-east-1"}),
    ]
    uid = "arn:aws:test:us-east-1:123456789012:aws_account_region/us-east-1"
    lacks = {"operation": "macie2.GetMacieSession", "region": "us-east-1", "resource": uid}
    scan = workspace.scan(rows, bad=[{**lacks, "outcome": "not_in_region"}])
    assert workspace.verdicts(one, scan)["a"].status == "pass"
    scan = workspace.scan(rows, bad=[{**lacks, "outcome": "denied"}])
    assert workspace.verdicts(one, scan)["a"].status == "unknown"


SAME = "p.region = aws_s3_bucket.region"


@pytest.mark.parametrize(
    ("where", "good"),
    [
        (f"p.bucket = aws_s3_bucket.name AND {SAME}", True),
        (f"{SAME} AND (p.bucket = '' OR p.bucket = aws_s3_bucket.name)", True),
        ("aws_s3_bucket.region = p.region AND NOT p.block_public_acls", True),
        (f"p.bucket = aws_s3_bucket.name OR {SAME}", False),
        (f"({SAME}) = 0", False),
        (f"NOT {SAME}", False),
        (f"p.bucket = {SAME}", False),
        (f"{SAME} = 0", False),
        (f"p.bucket BETWEEN 'a' AND {SAME}", False),
        (f"CASE WHEN 1 AND {SAME} AND 1 THEN 1 ELSE 1 END", False),
        ("p.region = p.region AND aws_s3_bucket.region = aws_s3_bucket.region", False),
        (f"p.bucket = '' AND EXISTS (SELECT 1 FROM aws_s3_access_point q WHERE {SAME})", False),
        (f"{SAME} UNION SELECT 1 FROM aws_s3_access_point q WHERE q.bucket = ''", False),
    ],
)
def test_a_region_scope_must_be_provable(tmp_path: Path, where: str, good: bool) -> None:
    keys: dict[str, Any] = {
        "pass_": f"NOT EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE {where})",
        "related_scope": {"aws_s3_access_point": "region"},
        "reason": "x",
    }
    if good:
        compiled(rule(tmp_path, **keys))
    else:
        assert "must then say" in refusal(tmp_path, **keys)


def test_a_region_scope_is_not_proved_by_another_table_under_the_rows_name(tmp_path: Path) -> None:
    condition = f"NOT EXISTS (SELECT 1 FROM aws_s3_access_point p, aws_account_region aws_s3_bucket WHERE {SAME})"
    assert "must then say" in refusal(
        tmp_path, pass_=condition, related_scope={"aws_s3_access_point": "region"}, reason="x"
    )


def problems(tmp_path: Path, **keys: Any) -> list[str]:
    one = rule(tmp_path, **keys)
    return [problem.message for problem in run_rule_tests([one.file]).problems]


def test_a_false_promise_about_more_rows_is_found(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "pass_": "EXISTS (SELECT 1 FROM aws_s3_access_point p WHERE p.bucket = aws_s3_bucket.name)",
        "reason": "x",
        "tests": [
            {"expect": "pass", "row": {"name": "b"}, "related": {"aws_s3_access_point": [{"bucket": "b"}]}},
            {"expect": "fail", "row": {"name": "b"}},
        ],
    }
    assert problems(tmp_path, **keys, more_rows_can_only="pass") == []
    found = problems(tmp_path, **keys, more_rows_can_only="fail")
    assert any("unseen it says fail; it must be unknown (or still pass)" in one for one in found)


def test_a_misspelt_table_in_uncollected_is_found(tmp_path: Path) -> None:
    tests = [
        {"expect": "pass", "row": {"versioning": "Enabled"}, "uncollected": ["aws_s3_bucketz"]},
        {"expect": "fail", "row": {"versioning": ""}},
    ]
    assert any("aws_s3_bucketz" in one for one in problems(tmp_path, tests=tests))
