"""What scans make of findings over time: opened, resolved, reopened, gone, stale, muted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.posture import findings
from tests.backend.posture.scans import Workspace, rule

T = 1_760_000_000
DENIED_BUCKETS = {"operation": "s3.ListBuckets", "region": "global", "outcome": "denied", "code": "AccessDenied"}


def bucket(versioning: str | None, name: str = "b") -> tuple[str, str, dict[str, str]]:
    return ("aws_s3_bucket", name, {} if versioning is None else {"versioning": versioning})


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "w.vedette")
    yield made
    made.conn.close()


def test_a_failure_opens_and_a_pass_resolves_and_a_relapse_reopens(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    steps = [("", "open", 0), ("Enabled", "resolved", 0), ("", "open", 1), ("Enabled", "resolved", 0)]
    for number, (value, state, reopened) in enumerate(steps):
        workspace.merge(one, workspace.scan([bucket(value)]), T + number)
        found = workspace.finding("b")
        assert (found["state"], found["reopened"], found["changed"]) == (state, reopened, T + number)
    assert found["first_seen"] == T
    history = workspace.conn.execute("SELECT status_before, status FROM finding_history ORDER BY id").fetchall()
    assert history == [("", "fail"), ("fail", "pass"), ("pass", "fail"), ("fail", "pass")]


def test_nothing_changed_only_moves_last_seen(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket("")]), T)
    second = workspace.scan([bucket("")])
    workspace.merge(one, second, T + 50)
    found = workspace.finding("b")
    assert (found["changed"], found["last_seen"], found["last_scan"]) == (T, T + 50, second)
    assert workspace.conn.execute("SELECT count(*) FROM finding_history").fetchone() == (1,)


def test_merging_twice_is_merging_once(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    scan = workspace.scan([bucket("")])
    assert workspace.merge(one, scan, T)["new"] == 1
    before = workspace.conn.execute("SELECT * FROM finding").fetchall()
    assert workspace.merge(one, scan, T) == dict.fromkeys(("new", "failed", "fixed", "gone", "stale"), 0)
    assert workspace.conn.execute("SELECT * FROM finding").fetchall() == before


def test_a_resource_missing_from_a_complete_listing_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket(""), bucket("", "c")]), T)
    counts = workspace.merge(one, workspace.scan([bucket("", "c")]), T + 1)
    assert counts["gone"] == 1
    found = workspace.finding("b")
    assert (found["presence"], found["state"], found["status"]) == ("gone", "resolved", "fail")
    workspace.merge(one, workspace.scan([bucket(""), bucket("", "c")]), T + 2)
    back = workspace.finding("b")
    assert (back["presence"], back["state"], back["reopened"]) == ("present", "open", 1)


def test_a_resource_behind_a_denied_listing_is_stale_and_stays_open(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket("")]), T)
    counts = workspace.merge(one, workspace.scan([], bad=[DENIED_BUCKETS]), T + 1)
    assert counts == {"new": 0, "failed": 0, "fixed": 0, "gone": 0, "stale": 1}
    found = workspace.finding("b")
    assert (found["presence"], found["state"], found["last_seen"]) == ("stale", "open", T)


def test_a_region_outside_the_scan_is_stale_not_gone(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, resource="aws_s3_access_point", pass_="block_public_acls", reason="block {block_public_acls}")
    row = ("aws_s3_access_point", "p", {"block_public_acls": 0, "region": "us-east-1"})
    workspace.merge(one, workspace.scan([row]), T)
    workspace.merge(one, workspace.scan([], regions=("eu-west-1",)), T + 1)
    assert workspace.finding("p")["presence"] == "stale"


def test_a_mute_stands_over_passes_and_failures(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket("")]), T)
    workspace.conn.execute("UPDATE finding SET state = 'muted', mute_reason = 'accepted risk'")
    for value in ("Enabled", ""):
        workspace.merge(one, workspace.scan([bucket(value)]), T + 1)
        assert workspace.finding("b")["state"] == "muted"


def test_an_unknown_closes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket("")]), T)
    workspace.merge(one, workspace.scan([bucket(None)]), T + 1)
    found = workspace.finding("b")
    assert (found["status"], found["state"]) == ("unknown", "open")


def test_a_rule_that_no_longer_speaks_of_a_resource_lets_its_finding_go(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path, where="website")
    row = ("aws_s3_bucket", "b", {"versioning": "", "website": 1})
    workspace.merge(one, workspace.scan([row]), T)
    workspace.merge(one, workspace.scan([("aws_s3_bucket", "b", {"versioning": "", "website": 0})]), T + 1)
    assert workspace.finding("b")["presence"] == "gone"


def test_a_retired_rule_leaves_no_present_finding(workspace: Workspace, tmp_path: Path) -> None:
    one = rule(tmp_path)
    workspace.merge(one, workspace.scan([bucket("")]), T)
    assert findings.retire(workspace.conn, one.id) == 1
    assert workspace.finding("b")["presence"] == "gone"


def test_a_rules_new_severity_reaches_unchanged_findings(workspace: Workspace, tmp_path: Path) -> None:
    workspace.merge(rule(tmp_path), workspace.scan([bucket("")]), T)
    workspace.merge(rule(tmp_path, severity="critical"), workspace.scan([bucket("")]), T + 1)
    assert workspace.finding("b")["severity_rank"] == 5
