from __future__ import annotations

import sqlite3

import pytest

from backend.errors import UserError
from backend.posture import score as posture_score
from backend.reads import accounts, findings, frameworks, inventory, overview, rules, scans, score
from backend.reads.keyset import Sort
from tests.backend.reads.fill import ACCOUNTS, DAY, NOW


def test_the_score_is_the_one_that_scans_record(conn: sqlite3.Connection) -> None:
    for account, framework in (("", ""), (ACCOUNTS[0][1], ""), ("", "pci-dss-4.0")):
        expected = posture_score.score(posture_score.tallies(conn, account, framework))
        found = score.current(conn, account, framework)
        assert found.value == pytest.approx(expected.score)
        assert found.coverage == pytest.approx(expected.coverage)
        assert (found.tally.passed, found.tally.failed) == (expected.passed, expected.failed)
        assert (found.tally.unknown, found.tally.muted) == (expected.unknown, expected.muted)


def test_what_would_raise_it_most_does_raise_it_so_much(own: sqlite3.Connection) -> None:
    cells = score.counted(own)
    before = score.score(cells).value
    best = score.raises(own, cells)[0]
    assert score.raises(own, cells) == sorted(score.raises(own, cells), key=lambda one: -one.points)
    own.execute(
        "UPDATE finding SET status = 'pass' WHERE rule = ? AND status = 'fail' AND state <> 'muted'", (best.rule,)
    )
    after = score.current(own).value
    assert before is not None
    assert after is not None
    assert after - before == pytest.approx(best.points)


def test_overview_agrees_with_the_lists(conn: sqlite3.Connection) -> None:
    page = overview.load(conn, now=NOW)
    failing = findings.count_upto(conn, findings.where("status:fail", now=NOW), 100_000)
    assert sum(one.failed for one in page.failing_by_severity) == failing
    assert [one.value for one in page.failing_by_severity] == ["critical", "high", "medium", "low", "info"]
    assert sum(one.failed for one in page.failing_by_region) == failing
    assert page.stale == findings.count_upto(conn, findings.where("status:fail presence:stale", now=NOW), 100_000)
    assert page.top_risks == findings.groups(conn, findings.where("status:fail", now=NOW)).rows[:10]
    assert page.score == score.current(conn)
    assert [point.value for point in page.trend] == [60.5, 59.5, 58.5, 65.0, 64.0, 63.0, 70.25, 69.25, 68.25]
    assert page.never_scanned == ("never scanned",)
    assert page.oldest_age == 600
    assert len(page.recent_scans) == 9
    assert page.since_last == scans.since_last(conn)


def test_an_empty_workspace_has_an_overview(own: sqlite3.Connection) -> None:
    for table in ("finding_history", "comment", "finding", "score", "api_call_outcome", "scan", "account", "rule"):
        own.execute(f"DELETE FROM {table}")
    page = overview.load(own, now=NOW)
    assert page.score.value is None
    assert page.since_last.first
    assert page.top_risks == ()
    assert page.oldest_age is None


def test_accounts_carry_their_last_scan(conn: sqlite3.Connection) -> None:
    rows = {row.name: row for row in accounts.rows(conn, now=NOW + 10 * DAY)}
    assert rows["prod"].age == 10 * DAY + 600
    assert rows["prod"].old
    assert rows["prod"].scan is not None
    assert rows["prod"].scan.id == 7
    assert rows["prod"].denied == len(accounts.errors(conn, rows["prod"].cloud_id)[0].regions) + _denied_details(
        conn, 7
    )
    assert rows["never scanned"].scan is None
    assert not rows["never scanned"].old
    where = findings.where("account:prod status:fail severity:critical presence:present", now=NOW)
    assert rows["prod"].failing[4] == findings.count_upto(conn, where, 10_000)


def _denied_details(conn: sqlite3.Connection, scan: int) -> int:
    query = "SELECT count(*) FROM api_call_outcome WHERE scan = ? AND outcome = 'denied' AND resource <> ''"
    return int(conn.execute(query, (scan,)).fetchone()[0])


def test_a_diff_follows_each_finding_from_before_to_after(own: sqlite3.Connection) -> None:
    own.execute("DELETE FROM finding_history")
    ids = [row[0] for row in own.execute("SELECT id FROM finding WHERE account = ? ORDER BY id", (ACCOUNTS[0][1],))]
    new, broken, fixed, gone, flapped, unknown, passing = ids[:7]
    changes = [
        (new, 4, "", "fail", "present"),
        (broken, 4, "pass", "unknown", "present"),
        (broken, 7, "unknown", "fail", "present"),
        (fixed, 7, "fail", "pass", "present"),
        (gone, 7, "fail", "fail", "gone"),
        (flapped, 4, "fail", "pass", "present"),
        (flapped, 7, "pass", "fail", "present"),
        (unknown, 7, "pass", "unknown", "present"),
        (passing, 7, "", "pass", "present"),
        (ids[8], 1, "pass", "fail", "present"),  # before the first of the two scans
    ]
    own.executemany(
        "INSERT INTO finding_history (finding, scan, at, status_before, status, presence, reason)"
        " VALUES (?, ?, 0, ?, ?, ?, '')",
        changes,
    )
    found = scans.diff(own, 7, 1)
    assert {change.finding for change in found.failing} == {new, broken}
    assert {change.finding for change in found.fixed} == {fixed}
    assert {change.finding for change in found.gone} == {gone}
    assert {change.finding for change in found.changed} == {unknown}
    assert found.counts == (2, 1, 1, 1)
    assert scans.diff(own, 4, 7).counts == (2, 1, 1, 1)


def test_a_diff_of_two_accounts_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(UserError, match="two scans of one account"):
        scans.diff(conn, 1, 2)
    with pytest.raises(UserError, match="no scan 77"):
        scans.diff(conn, 1, 77)


def test_what_was_not_evaluated_names_rule_call_and_permission(conn: sqlite3.Connection) -> None:
    rows = scans.not_evaluated(conn)
    where = findings.where("status:unknown presence:present", now=NOW)
    assert sum(row.resources for row in rows) == findings.count_upto(conn, where, 100_000)
    s3 = next(row for row in rows if row.operation == "s3.GetBucketPolicy")
    assert (s3.outcome, s3.permissions) == ("denied", ("s3:GetBucketPolicy",))
    lacking = {name: verdicts for name, _, verdicts in scans.permissions_lacking(conn)}
    assert lacking["s3:GetBucketPolicy"] == sum(row.resources for row in rows if row.operation == "s3.GetBucketPolicy")
    assert sum(row.resources for row in scans.not_evaluated(conn, 7)) > 0


def test_a_requirement_fails_if_any_of_its_rules_does(conn: sqlite3.Connection) -> None:
    sections = frameworks.tree(conn, "cis-aws-5.0")
    requirements = {one.id: one for section in sections for one in section.requirements}
    assert requirements["9.9"].status == "not covered"
    for one in requirements.values():
        if one.rules:
            failed = any(rule.tally.failed for rule in one.rules)
            assert (one.status == "fail") is failed
    row = next(row for row in frameworks.rows(conn) if row.id == "cis-aws-5.0")
    assert row.failing + row.unknown + row.passing + row.not_covered == row.requirements == len(requirements)
    assert frameworks.tree(conn, "no such") == []


def test_rules_carry_what_they_found(conn: sqlite3.Connection) -> None:
    rows = rules.rows(conn)
    assert len(rows) == 100
    one = rules.rule(conn, rows[0].id)
    assert one == rows[0]
    assert rules.rule(conn, "no such") is None
    assert sum(row.tally.failed for row in rows) == score.current(conn).tally.failed


def test_any_resource_table_can_be_paged(conn: sqlite3.Connection) -> None:
    (table,) = inventory.tables(conn)
    names: list[str] = []
    after = None
    while True:
        page = inventory.page(conn, table.name, after=after, limit=7)
        names += [row.name for row in page.rows]
        after = page.last
        if not page.more:
            break
    assert len(names) == table.resources
    assert names == sorted(names)
    back = inventory.page(conn, table.name, before=page.first, limit=7)
    assert back.rows[-1].name == names[-len(page.rows) - 1]
    with pytest.raises(KeyError):
        inventory.page(conn, "secret")
    with pytest.raises(KeyError):
        inventory.page(conn, table.name, sort=Sort("hash"))


def test_what_was_not_collected_is_unequal_to_everything_and_stays_in_sight(own: sqlite3.Connection) -> None:
    def count(query: str) -> int:
        return len(inventory.page(own, "aws_s3_bucket", inventory.where(own, "aws_s3_bucket", query), limit=500).rows)

    total = count("")
    own.execute("UPDATE aws_s3_bucket SET encrypted = NULL WHERE row_id = 1")
    assert count("encrypted:0") == total - 1
    assert count("-encrypted:0") == 1
    assert count("-kms_key_id:*") == total
    assert count("payments") == total  # in the tags
