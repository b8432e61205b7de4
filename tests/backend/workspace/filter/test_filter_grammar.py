from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.workspace.filter import And, FilterError, Not, Or, Query, Term, Text, parse
from backend.workspace.filter.tree import Node
from tests.backend.workspace.filter.queries import any_tree


def test_the_example_of_the_design_reads() -> None:
    query = parse(
        'severity:high account:prod -status:muted region:(eu-west-1 OR us-east-1) rule:aws-s3-* changed:>7d "free text"'
    )
    assert query.root == And(
        (
            Term("severity", ":", "high"),
            Term("account", ":", "prod"),
            Not(Term("status", ":", "muted")),
            Or((Term("region", ":", "eu-west-1"), Term("region", ":", "us-east-1"))),
            Term("rule", ":", "aws-s3-*"),
            Term("changed", ">", "7d"),
            Text("free text"),
        )
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a OR b c", Or((Text("a"), And((Text("b"), Text("c")))))),
        ("(a OR b) c", And((Or((Text("a"), Text("b"))), Text("c")))),
        ("NOT a b", And((Not(Text("a")), Text("b")))),
        ("-(a OR b)", Not(Or((Text("a"), Text("b"))))),
        ("a AND b", And((Text("a"), Text("b")))),
        ("a and b", And((Text("a"), Text("and"), Text("b")))),
        ("Severity:HIGH", Term("severity", ":", "HIGH")),
        ("name:-x", Term("name", ":", "-x")),
        ("name:(-x OR y)", Or((Not(Term("name", ":", "x")), Term("name", ":", "y")))),
        ("changed:(>7d AND <30d)", And((Term("changed", ">", "7d"), Term("changed", "<", "30d")))),
        ("resource:arn:aws:s3:::a", Term("resource", ":", "arn:aws:s3:::a")),
        ("resource:(arn:aws:s3:::a OR b)", Or((Term("resource", ":", "arn:aws:s3:::a"), Term("resource", ":", "b")))),
        ("arn:aws:s3:::a", Text("arn:aws:s3:::a")),
        ('name:"a*b"', Term("name", ":", r"a\*b")),
        (r"name:a\*b", Term("name", ":", r"a\*b")),
        (r'name:"say \"hi\""', Term("name", ":", 'say "hi"')),
        (r'"C:\dir\\"', Text(r"C:\\dir\\")),
        ("first_seen:>=2026-01-01T10:30", Term("first_seen", ">=", "2026-01-01T10:30")),
        ("-", Text("-")),
        ("a - b", And((Text("a"), Text("-"), Text("b")))),
    ],
)
def test_it_reads(text: str, tree: Node) -> None:
    assert parse(text).root == tree


def test_nothing_is_a_query_for_everything() -> None:
    assert parse("  ").root is None
    assert str(parse("")) == ""


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("severity:", 9, "right after severity:"),
        ("severity: high", 9, "without a space"),
        ("(a", 0, "not closed"),
        ("x:(a", 2, "not closed"),
        ("a)", 1, "never opened"),
        (")", 0, "never opened"),
        ("a OR", 4, "missing after OR"),
        ("OR a", 0, "both sides"),
        ("a OR OR b", 5, "both sides"),
        ("(a OR )", 3, "missing after OR"),
        ("()", 0, "nothing between"),
        ("severity:(a b)", 12, "Write OR"),
        ('"abc', 0, "not closed"),
        ('key:"a"b', 4, "space after"),
        ("NOT", 3, "missing after NOT"),
        ("severity:>", 10, "right after >"),
        ("a\0b", 1, "U+0000"),
        ("a\ud800", 1, "U+D800"),
        ("(" * 41 + "a" + ")" * 41, 40, "nested"),
        ("-" * 41 + "a", 40, "nested"),
        ("a " * 201, 0, "200 terms"),
        ("a" * 4001, 4000, "4,000 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert raised.value.position == position
    assert says in raised.value.message


def attempt(text: str) -> tuple[Query, FilterError | None]:
    try:
        return parse(text), None
    except FilterError as error:
        return Query(), error


@given(st.text(st.characters(), max_size=80) | st.text('ab:*?"()-\\ ANDORT><=', max_size=60))
@example('a:"b')
@example("-)")
def test_it_fails_in_one_way_only(text: str) -> None:
    query, error = attempt(text)
    if error is not None:
        assert 0 <= error.position <= error.end <= len(text)
    else:
        assert parse(str(query)) == query


@given(any_tree)
def test_a_tree_written_out_reads_back_the_same(tree: Node) -> None:
    query = Query(tree)
    assert parse(str(query)) == query


@given(any_tree, any_tree)
def test_parts_can_be_put_together(first: Node, second: Node) -> None:
    both = Query(first).plus(second)
    assert parse(str(both)) == both
    assert both.conjuncts() == (*Query(first).conjuncts(), *Query(second).conjuncts())


def test_parts_of_one_field_can_be_left_out() -> None:
    query = parse("severity:high (severity:low OR status:fail) -severity:info web")
    assert str(query.without({"severity"})) == "(severity:low OR status:fail) web"
    assert query.fields() == {"severity", "status"}
