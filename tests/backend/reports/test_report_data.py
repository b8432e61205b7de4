from __future__ import annotations

import pytest

from backend.errors import UserError
from backend.posture import score as posture
from backend.reports.data import load, snapshot
from backend.reports.listing import muted_results, resources, results_of_rule, stale_results
from backend.reports.options import ReportOptions
from backend.reports.verdicts import Verdict
from tests.backend.reports import company


def count(conn, condition):
    return conn.execute(f"SELECT count(*) FROM finding WHERE {condition}").fetchone()[0]


def test_the_counts_are_those_of_the_findings(company_conn):
    data = load(company_conn, ReportOptions())
    counted = "presence = 'present' AND state <> 'muted'"
    assert data.score.passed == count(company_conn, f"{counted} AND status = 'pass'")
    assert data.score.failed == count(company_conn, f"{counted} AND status = 'fail'")
    assert data.score.unknown == count(company_conn, f"{counted} AND status = 'unknown'")
    assert data.muted == count(company_conn, "presence <> 'gone' AND state = 'muted'") > 0
    assert data.gaps.stale == count(company_conn, "presence = 'stale'") > 0
    assert sum(one.failed for one in data.severities.values()) == data.score.failed


def test_the_score_is_the_one_of_the_posture(company_conn):
    data = load(company_conn, ReportOptions())
    assert data.score == posture.score(posture.tallies(company_conn))
    for account, score in data.account_scores.items():
        assert score == posture.score(posture.tallies(company_conn, account=account))
    for one in data.frameworks:
        assert one.score == posture.score(posture.tallies(company_conn, framework=one.id))
    assert dict(data.gains) == dict(posture.gains(posture.tallies(company_conn)))


def test_the_lists_are_as_long_as_the_counts_say(company_conn):
    data = load(company_conn, ReportOptions())
    for rule, tally in data.tallies.items():
        assert sum(1 for _ in results_of_rule(company_conn, data.scope, rule, "fail")) == tally.failed
    assert sum(1 for _ in muted_results(company_conn, data.scope)) == data.muted
    assert sum(1 for _ in stale_results(company_conn, data.scope)) == data.gaps.stale
    listed = list(resources(company_conn, data.scope))
    assert len(listed) == data.resources
    assert sum(one.failed for one in listed) == data.score.failed


def test_one_account_is_reported_alone_by_name_or_id(company_conn):
    name, cloud_id = company.ACCOUNTS[1]
    data = load(company_conn, ReportOptions(accounts=(name,)))
    assert [one.cloud_id for one in data.scope.accounts] == [cloud_id]
    assert data.score == posture.score(posture.tallies(company_conn, account=cloud_id))
    assert data.digest == load(company_conn, ReportOptions(accounts=(cloud_id,))).digest
    assert data.digest != load(company_conn, ReportOptions()).digest


def test_one_framework_is_reported_alone(company_conn):
    data = load(company_conn, ReportOptions(frameworks=("soc2",)))
    assert [one.id for one in data.frameworks] == ["soc2"]
    assert set(data.tallies) <= {company.RULES[place][0] for place in company.FRAMEWORKS["soc2"][1].values()}
    assert data.trend == ()  # the stored history is of all rules


@pytest.mark.parametrize("options", [{"accounts": ("nobody",)}, {"frameworks": ("iso",)}])
def test_what_is_not_there_is_named(company_conn, options):
    with pytest.raises(UserError, match=r"There is no .*'(nobody|iso)'"):
        load(company_conn, ReportOptions(**options))


def test_verdicts_of_requirements(make):
    conn = make()
    company.frame(conn)
    rows = [
        company.finding(0, 1, "fail"),
        company.finding(1, 1, "pass"),
        company.finding(3, 1, "pass"),
        company.finding(3, 2, "unknown"),
        company.finding(5, 1, "fail", state="muted"),
        company.finding(6, 1, "fail", presence="gone"),
    ]
    company.add(conn, rows)
    data = load(conn, ReportOptions())
    verdicts = {one.id: one.verdict for framework in data.frameworks for one in framework.requirements}
    assert verdicts == {
        "2.1.4": Verdict.FAIL,
        "CC6.1": Verdict.PASS,
        "5.2": Verdict.INCOMPLETE,
        "CC6.6": Verdict.INCOMPLETE,
        "2.2.1": Verdict.EXCEPTION,
        "1.10": Verdict.NO_RESOURCE,
        "1.14": Verdict.NO_RESOURCE,
        "5.4": Verdict.NO_RESOURCE,
        "CC7.2": Verdict.NO_RESOURCE,
        "9.9": Verdict.NO_RULE,
    }


def test_an_empty_workspace_has_no_score(make):
    data = load(make(), ReportOptions())
    assert data.score.score is None
    assert data.as_of == data.created == 0
    assert data.change is None
    assert data.scope.accounts == ()


def test_nothing_evaluated_is_neither_0_nor_100(make):
    conn = make()
    company.frame(conn)
    company.add(conn, [company.finding(place, 1, "unknown") for place in range(4)])
    data = load(conn, ReportOptions())
    assert data.score.score is None
    assert data.score.coverage == 0
    assert data.score.unknown == 4
    gaps = {one.operation: one for one in data.gaps.gaps}
    assert gaps["s3.Describe"].results == 3
    assert gaps["s3.Describe"].permissions == ("s3:Describe",)
    assert gaps["s3.Describe"].rules == {one[0] for one in company.RULES[:3]}


def test_changes_are_told_apart(make):
    conn = make()
    company.frame(conn)
    rows = [
        company.finding(0, 0, "fail"),
        company.finding(0, 2, "pass"),
        company.finding(0, 4, "fail", presence="gone"),
        company.finding(0, 6, "unknown"),
        company.finding(0, 8, "fail"),
    ]
    company.add(conn, rows)
    before = {1: "pass", 2: "fail", 3: "fail", 4: "pass", 5: ""}
    for id_, status, presence in conn.execute("SELECT id, status, presence FROM finding").fetchall():
        company.insert(
            conn, "finding_history", finding=id_, scan=3, at=company.NOW, status_before=before[id_], status=status,
            presence=presence, reason="",
        )  # fmt: skip
    company.insert(
        conn,
        "finding_history",
        finding=2,
        scan=1,
        at=1,
        status_before="pass",
        status="fail",
        presence="present",
        reason="",
    )
    change = load(conn, ReportOptions()).change
    assert change is not None
    assert (change.failing, change.fixed, change.gone, change.unknown, change.stale) == (2, 1, 1, 1, 0)
    assert [one[3] for one in change.worst] == ["pass", ""]


def test_the_hash_follows_the_data_and_nothing_else(make, company_conn):
    first = make()
    rows = [company.finding(place, number, "fail") for place in range(4) for number in range(6)]
    company.frame(first)
    company.add(first, rows)
    before = load(first, ReportOptions()).digest
    first.execute("DELETE FROM finding")
    company.add(first, rows[::-1])  # other ids, other order
    assert load(first, ReportOptions(title="Another title", created=1)).digest == before
    first.execute("UPDATE finding SET reason = reason || '.' WHERE id = (SELECT max(id) FROM finding)")
    assert load(first, ReportOptions()).digest != before


def test_a_snapshot_does_not_see_a_scan_that_goes_on(make, workspace_path):
    from backend.workspace import file

    writer = make()
    company.frame(writer)
    company.add(writer, [company.finding(0, 1, "fail")])
    reader = file.open_reader(workspace_path)
    with snapshot(reader):
        data = load(reader, ReportOptions())
        company.add(writer, [company.finding(0, 2, "fail")])
        assert len(list(results_of_rule(reader, data.scope, company.RULES[0][0], "fail"))) == data.score.failed == 1
    assert load(reader, ReportOptions()).score.failed == 2
    reader.close()


def test_options_from_json():
    assert ReportOptions.of({"accounts": ["a"], "passed": True}) == ReportOptions(accounts=("a",), passed=True)
    for wrong in ({"titel": "x"}, {"accounts": "prod"}, {"passed": "yes"}, {"title": 3}, {"created": True}):
        with pytest.raises(UserError):
            ReportOptions.of(wrong)
