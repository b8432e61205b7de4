from __future__ import annotations

import sqlite3
from collections import Counter

import pytest

from backend.reads import findings
from backend.reads.findings.facets import FIELDS
from backend.workspace.filter import FINDINGS, edit
from tests.backend.reads.fill import NOW

QUERIES = ("", "status:fail", "severity:(high OR low) web", "state:muted", "-account:prod environment:production")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_facet_counts_what_a_click_on_it_would_list(conn: sqlite3.Connection, query: str, field: str) -> None:
    facet = findings.facets(conn, findings.where(query, now=NOW), field)
    for value in facet.values[:8]:
        clicked = findings.where(edit.only(query, field, value.value), now=NOW)
        assert findings.count_upto(conn, clicked, 10_000) == value.count, value


def test_a_panel_is_its_facets(conn: sqlite3.Connection) -> None:
    where = findings.where("severity:high status:fail", now=NOW)
    assert findings.panel(conn, where) == [findings.facets(conn, where, field) for field in FIELDS]


def test_a_facet_offers_the_other_values_of_its_field(conn: sqlite3.Connection) -> None:
    facet = findings.facets(conn, findings.where("severity:high status:fail", now=NOW), "severity")
    assert [value.value for value in facet.values] == ["critical", "high", "medium", "low", "info"]


def test_more_values_than_shown_are_said_to_be(conn: sqlite3.Connection) -> None:
    facet = findings.facets(conn, findings.where("", now=NOW), "rule", 5)
    assert len(facet.values) == 5
    assert facet.capped


@pytest.mark.parametrize("by", ["rule", "account", "region", "service"])
@pytest.mark.parametrize("query", ["", "status:fail", "region:eu-west-1 status:fail", "severity:>=high"])
def test_groups_say_x_of_y(conn: sqlite3.Connection, by: str, query: str) -> None:
    rows = every_row(conn, query)
    base = every_row(conn, query.replace("status:fail", ""))
    matching = Counter(getattr(row, by) for row in rows)
    failed = Counter(getattr(row, by) for row in rows if row.status == "fail")
    checked = Counter(getattr(row, by) for row in base if row.status != "unknown")
    found = findings.groups(conn, findings.where(query, now=NOW), by).rows
    assert {group.key: group.matching for group in found} == dict(matching)
    for group in found:
        assert (group.failed, group.checked) == (failed[group.key], checked[group.key])
        assert group.oldest == min(row.first_seen for row in rows if getattr(row, by) == group.key)


def test_groups_by_resource_begin_with_the_worst(conn: sqlite3.Connection) -> None:
    rows = every_row(conn, "status:fail")
    weight: Counter[str] = Counter()
    for row in rows:
        weight[row.resource] += row.severity_rank
    found = findings.groups(conn, findings.where("status:fail", now=NOW), "resource").rows
    assert [weight[group.key] for group in found] == sorted(weight.values(), reverse=True)
    first = found[0]
    checked = [row for row in every_row(conn, "") if row.resource == first.key and row.status != "unknown"]
    assert (first.failed, first.checked) == (sum(row.status == "fail" for row in checked), len(checked))


@pytest.mark.parametrize(
    ("field", "beginning", "expected"),
    [
        ("rule", "aws-s3", "aws-s3-bucket-check-000"),
        ("region", "eu-w", "eu-west-1"),
        ("account", "da", "data lake"),
        ("resource", "arn:aws:s3", "arn:aws:s3:::"),
        ("name", "web", "web-"),
        ("environment", "prod", "production"),
        ("framework", "cis", "cis-aws-5.0"),
        ("scan", "", "9"),
    ],
)
def test_completion_knows_the_values(conn: sqlite3.Connection, field: str, beginning: str, expected: str) -> None:
    found = findings.values(conn, FINDINGS.fields[field], beginning)
    assert found
    assert found[0].startswith(expected)
    assert findings.values(conn, FINDINGS.fields[field], "%_*?\\'") == []


def every_row(conn: sqlite3.Connection, query: str) -> list[findings.FindingRow]:
    ids = findings.ids(conn, findings.where(query, now=NOW))
    return [row for start in range(0, len(ids), 500) for row in findings.rows(conn, ids[start : start + 500])]
