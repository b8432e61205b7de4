"""No read that a page waits for goes through a whole table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from backend.reads import findings, scans
from backend.reads.keyset import Key, Sort
from tests.backend.reads.fill import NOW

LARGE = ("finding", "finding_history", "api_call_outcome", "triage", "comment", "aws_s3_bucket")


def plans(conn: sqlite3.Connection, read: Callable[[], object]) -> list[str]:
    statements: list[str] = []
    conn.set_trace_callback(statements.append)
    read()
    conn.set_trace_callback(None)
    lines: list[str] = []
    for statement in statements:
        # Accounts are a handful of rows, sorted each time; what begins with -- is SQLite's own.
        if statement.startswith("SELECT") and "FROM account WHERE cloud_id" not in statement:
            lines += [record[3] for record in conn.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert lines
    return lines


def whole(lines: list[str]) -> list[str]:
    """Steps that read a large table without an index."""
    return [line for line in lines for table in LARGE if line == f"SCAN {table}"]


@pytest.mark.parametrize(
    "query", ["", "status:fail", "severity:high", "severity:>=high account:prod", "web", "status:fail region:eu-west-1"]
)
def test_a_page_stops_when_it_is_full(conn: sqlite3.Connection, query: str) -> None:
    where = findings.where(query, now=NOW)
    first = findings.page(conn, where)
    for after in (None, first.last):
        lines = plans(conn, lambda after=after: findings.page(conn, where, after=after))  # type: ignore[misc]
        assert whole(lines) == []
        assert "USE TEMP B-TREE FOR ORDER BY" not in lines


def test_a_later_page_seeks(conn: sqlite3.Connection) -> None:
    lines = plans(conn, lambda: findings.page(conn, findings.where(""), after=Key((3, NOW, 5))))
    assert any(line.startswith("SEARCH finding USING INDEX finding_worst") for line in lines)


@pytest.mark.parametrize("query", ["", "status:fail", "severity:>=high region:eu-west-1", "framework:cis-aws-5.0"])
def test_ids_and_counts_need_an_index_alone(conn: sqlite3.Connection, query: str) -> None:
    where = findings.where(query, now=NOW)
    for read in (
        lambda: findings.ids(conn, where),
        lambda: findings.groups(conn, where),
        lambda: findings.panel(conn, where, ("severity", "status", "account", "region", "service", "framework")),
    ):
        for line in plans(conn, read):
            if " finding " in f"{line} " and "SUBQUERY" not in line:
                assert "COVERING INDEX" in line or "SEARCH" in line, line


def test_rows_and_details_are_looked_up(conn: sqlite3.Connection) -> None:
    for read in (
        lambda: findings.rows(conn, range(1, 500)),
        lambda: findings.detail(conn, 17),
        lambda: scans.diff(conn, 4, 7),
        lambda: findings.count_upto(conn, findings.where("resource:arn:aws:s3:::web-00001"), 10),
        lambda: findings.count_upto(conn, findings.where("environment:production"), 10),
    ):
        assert whole(plans(conn, read)) == []


def test_sorting_by_resource_uses_its_index(conn: sqlite3.Connection) -> None:
    lines = plans(conn, lambda: findings.page(conn, findings.where(""), Sort("resource")))
    assert lines[0].startswith("SCAN finding USING INDEX finding_resource")
