from __future__ import annotations

import sqlite3

import pytest

from backend.reads import findings
from backend.reads.findings import SORTS, FindingRow, Key, Sort
from tests.backend.reads.fill import NOW

QUERIES = ("", "status:fail", "severity:>=high web", "environment:production", "account:prod -region:eu-west-1")


def every_page(conn: sqlite3.Connection, query: str, sort: Sort, limit: int) -> list[FindingRow]:
    where, found, after = findings.where(query, now=NOW), [], None
    while True:
        page = findings.page(conn, where, sort, after, limit)
        found.extend(page.rows)
        after = page.last
        if not page.more:
            return found


@pytest.mark.parametrize("column", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_go_through_all_rows_in_the_order_of_the_ids(
    conn: sqlite3.Connection, column: str, descending: bool
) -> None:
    sort = Sort(column, descending)
    ids = list(findings.ids(conn, findings.where("status:fail", now=NOW), sort))
    assert len(ids) > 500
    assert [row.id for row in every_page(conn, "status:fail", sort, 137)] == ids


@pytest.mark.parametrize("sort", [findings.WORST_FIRST, Sort("name"), Sort("changed", descending=True)])
def test_a_page_back_is_the_page_one_came_from(conn: sqlite3.Connection, sort: Sort) -> None:
    where = findings.where("", now=NOW)
    first = findings.page(conn, where, sort, limit=100)
    second = findings.page(conn, where, sort, first.last, 100)
    back = findings.page(conn, where, sort, before=second.first, limit=100)
    assert back.rows == first.rows
    assert not back.more
    assert findings.page(conn, where, sort, before=second.last, limit=50).more


def test_worst_first_means_severity_then_newest(conn: sqlite3.Connection) -> None:
    rows = every_page(conn, "", findings.WORST_FIRST, 500)
    assert rows == sorted(rows, key=lambda row: (-row.severity_rank, -row.changed, row.id))


@pytest.mark.parametrize("query", QUERIES)
def test_counts_ids_and_bars_agree(conn: sqlite3.Connection, query: str) -> None:
    where = findings.where(query, now=NOW)
    count = len(findings.ids(conn, where))
    assert count > 0
    assert findings.count_upto(conn, where, 10_000) == count
    assert findings.count_upto(conn, where, 3) == 3
    bars = findings.histogram(conn, where)
    assert sum(sum(bar.counts) for bar in bars.bars) == count
    assert len(bars.bars) <= 61
    assert [bar.start for bar in bars.bars] == [bars.bars[0].start + n * bars.step for n in range(len(bars.bars))]


def test_no_match_is_an_empty_page(conn: sqlite3.Connection) -> None:
    where = findings.where('name:"no such thing"', now=NOW)
    page = findings.page(conn, where)
    assert (page.rows, page.first, page.last, page.more) == ((), None, None, False)
    assert findings.histogram(conn, where).bars == ()
    assert len(findings.ids(conn, where)) == 0
    assert findings.rows(conn, []) == []


def test_rows_come_in_the_order_asked_and_those_gone_are_left_out(conn: sqlite3.Connection) -> None:
    assert [row.id for row in findings.rows(conn, [7, 999_999, 3, 5])] == [7, 3, 5]


def test_a_row_knows_its_rule_and_account(conn: sqlite3.Connection) -> None:
    row = findings.rows(conn, [1])[0]
    assert row.title.startswith("S3 bucket")
    assert row.account_name in ("prod", "staging", "data lake")
    assert row.frameworks["cis-aws-5.0"]
    assert row.equivalents["prowler"][0].startswith("s3_")


def test_a_rule_that_is_no_longer_loaded_leaves_its_findings_readable(own: sqlite3.Connection) -> None:
    rule = own.execute("SELECT rule FROM finding WHERE id = 1").fetchone()[0]
    own.execute("DELETE FROM rule WHERE id = ?", (rule,))
    row = findings.rows(own, [1])[0]
    assert (row.title, dict(row.frameworks)) == (rule, {})
    detail = findings.detail(own, 1)
    assert detail is not None
    assert detail.rule is None


def test_a_column_that_is_none_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="sorted by evidence"):
        findings.page(conn, findings.where(""), Sort("evidence"))


def test_a_key_survives_rows_that_go_away(own: sqlite3.Connection) -> None:
    where = findings.where("", now=NOW)
    ids = list(findings.ids(own, where))
    page = findings.page(own, where, limit=10)
    assert isinstance(page.last, Key)
    own.execute("DELETE FROM finding WHERE id IN (?, ?)", (ids[9], ids[10]))
    following = findings.page(own, where, after=page.last, limit=10)
    assert [row.id for row in following.rows] == ids[11:21]
