from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.workspace.filter import FINDINGS, FilterError, Query, parse, to_filter, to_sql
from backend.workspace.filter.tokens import problem
from backend.workspace.filter.tree import Node
from tests.backend.workspace.filter.queries import NOW, finding_tree, holds, rows

_TABLES = """
CREATE TABLE finding (id INTEGER PRIMARY KEY, name TEXT, region TEXT, assignee TEXT, rule TEXT, service TEXT,
  resource TEXT, reason TEXT, account TEXT, severity_rank INTEGER, status TEXT, state TEXT, reopened INTEGER,
  changed INTEGER, first_seen INTEGER);
CREATE TABLE rule (id TEXT, title TEXT);
CREATE TABLE account (cloud_id TEXT, name TEXT, alias TEXT);
"""


@pytest.fixture(scope="module")
def findings() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(_TABLES)
    return connection


@settings(max_examples=300, deadline=None)
@given(finding_tree, st.lists(rows, min_size=1, max_size=6))
def test_sql_finds_what_the_query_says(findings: sqlite3.Connection, tree: Node, found: list[dict[str, Any]]) -> None:
    findings.execute("DELETE FROM finding")
    for number, row in enumerate(found):
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        findings.execute(f"INSERT INTO finding (id, {names}) VALUES (?, {marks})", (number, *row.values()))
    sql, params = to_sql(Query(tree), FINDINGS, now=NOW)
    matched = {record[0] for record in findings.execute(f"SELECT id FROM finding WHERE {sql}", params)}
    assert matched == {number for number, row in enumerate(found) if holds(tree, row)}


@given(st.text(st.characters(), max_size=60) | st.text('nameid:>5*?"()- ORseverity', max_size=40))
def test_binding_fails_in_one_way_only(text: str) -> None:
    error = problem(text, FINDINGS)
    assert error is None or 0 <= error.position <= error.end <= len(text)


def test_no_text_of_the_query_becomes_sql() -> None:
    hostile = 'name:"x\' OR 1=1 --" "\'; DROP TABLE finding; --"'
    found = to_filter(hostile, FINDINGS, now=NOW)
    assert "DROP" not in found.sql
    assert "x'" not in found.sql


def test_the_largest_query_is_no_too_deep_expression(findings: sqlite3.Connection) -> None:
    sql, params = to_sql(parse("-(" * 19 + " OR ".join(["a"] * 200) + ")" * 19), FINDINGS, now=NOW)
    findings.execute(f"SELECT id FROM finding WHERE {sql}", params).fetchall()


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("web sevrity:high", 4, "Did you mean severity?"),
        ("severity:urgent", 0, "one of info, low, medium, high, critical"),
        ("changed:soon", 0, "Write an age"),
        ("changed:2026-13-01", 0, "Write an age"),
        ("region:>eu", 0, "has no order"),
        ("status:>fail", 0, "has no order"),
        ("muted:maybe", 0, "yes or no"),
        ("id:abc", 0, "is a number"),
        ("id:99999999999999999999", 0, "19 digits"),
        ("id:nan", 0, "number"),
    ],
)
def test_a_value_a_field_cannot_have_is_refused(text: str, position: int, says: str) -> None:
    with pytest.raises(FilterError) as raised:
        to_filter(text, FINDINGS, now=NOW)
    assert raised.value.position == position
    assert says in raised.value.message


@pytest.mark.parametrize(
    ("text", "gone_hidden", "muted_hidden"),
    [
        ("", True, True),
        ("status:fail", True, True),
        ("state:muted", True, False),
        ("muted:yes", True, False),
        ("status:muted", True, False),
        ("-status:muted", True, False),
        ("status:mut*", True, False),
        ("status:*", True, False),
        ("presence:gone", False, True),
        ("scan:3", False, False),
    ],
)
def test_what_is_gone_or_muted_is_hidden_unless_asked_for(text: str, gone_hidden: bool, muted_hidden: bool) -> None:
    sql = to_filter(text, FINDINGS, now=NOW).sql
    assert ("finding.presence <> 'gone'" in sql) is gone_hidden
    assert ("finding.state <> 'muted'" in sql) is muted_hidden
    assert "<> 'gone'" not in to_filter(text, FINDINGS, now=NOW, scoped=False).sql


def test_a_facet_keeps_the_defaults_of_the_query_it_belongs_to() -> None:
    muted = to_filter("state:muted severity:high", FINDINGS, now=NOW).without({"state"}).without({"severity"})
    assert muted.query == Query()
    assert "muted" not in muted.sql
