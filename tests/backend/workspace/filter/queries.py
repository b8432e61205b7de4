"""Hypothesis strategies for queries, and a naive evaluation of them in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from backend.workspace.filter import moment
from backend.workspace.filter.pattern import escape, pieces
from backend.workspace.filter.tree import And, Node, Not, Or, Term, Text, all_of, any_of

NOW = 1_764_000_000
WORDS = (
    "prod",
    "Prod",
    "prod-1",
    "a*b",
    "a_b",
    "50%",
    "x\\y",
    'say "hi"',
    "(paren)",
    "AND",
    "-dash",
    "",
    "ünï",
    "[a]",
    ">5",
    "a:b",
)
SEVERITY = ("info", "low", "medium", "high", "critical")

literals = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
)
patterns = st.lists(st.one_of(literals.map(escape), st.sampled_from("*?")), max_size=4).map("".join)


def trees(leaf: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(inner.map(Not), several.map(all_of), several.map(any_of))

    return st.recursive(leaf, grow, max_leaves=8)


_texts = patterns.map(Text)
_terms = st.builds(
    Term, st.sampled_from(("name", "status", "x.y", "_z")), st.sampled_from((":", ">", ">=", "<", "<=")), patterns
)
any_tree = trees(st.one_of(_texts, _terms))

_word_terms = st.builds(
    Term, st.sampled_from(("name", "region", "assignee", "rule", "service")), st.just(":"), patterns
)
_exact_terms = st.builds(Term, st.just("resource"), st.just(":"), patterns)
_severity_terms = st.builds(
    Term, st.just("severity"), st.sampled_from((":", ">", ">=", "<", "<=")), st.sampled_from(SEVERITY)
)
_status_terms = st.builds(
    Term, st.just("status"), st.just(":"), st.sampled_from(("fail", "pass", "unknown", "muted", "OPEN", "*a*"))
)
_time_terms = st.builds(
    Term,
    st.sampled_from(("changed", "first_seen")),
    st.sampled_from((":", ">", ">=", "<", "<=")),
    st.sampled_from(
        ("1d", "7d", "2025-11-20", "2025-11", "2025", "2025-11-23T12:30", "today", "yesterday", str(NOW - 5))
    ),
)
_flag_terms = st.builds(Term, st.sampled_from(("reopened", "muted")), st.just(":"), st.sampled_from(("yes", "no")))
finding_tree = trees(
    st.one_of(_texts, _word_terms, _exact_terms, _severity_terms, _status_terms, _time_terms, _flag_terms)
)

rows = st.fixed_dictionaries(
    {
        "name": literals,
        "region": st.sampled_from(("eu-west-1", "us-east-1", "global")),
        "assignee": literals,
        "rule": st.sampled_from(("aws-s3-a", "aws-iam-b")),
        "service": st.sampled_from(("s3", "iam")),
        "resource": literals.map(lambda text: f"arn:{text}"),
        "reason": literals,
        "account": st.just("111122223333"),
        "severity_rank": st.integers(1, 5),
        "status": st.sampled_from(("pass", "fail", "unknown")),
        "state": st.sampled_from(("", "open", "in_progress", "muted", "resolved")),
        "reopened": st.integers(0, 1),
        "changed": st.integers(NOW - 400 * 86400, NOW),
        "first_seen": st.integers(NOW - 400 * 86400, NOW),
    }
)


def holds(node: Node | None, row: Mapping[str, Any]) -> bool:
    """What the query language promises, said a second time as plainly as possible."""
    if node is None:
        return True
    if isinstance(node, Not):
        return not holds(node.item, row)
    if isinstance(node, And):
        return all(holds(item, row) for item in node.items)
    if isinstance(node, Or):
        return any(holds(item, row) for item in node.items)
    if isinstance(node, Text):
        return any(
            _like(f"*{node.pattern}*", str(row[key])) for key in ("name", "resource", "reason", "rule", "account")
        )
    return _term(node, row)


def _term(term: Term, row: Mapping[str, Any]) -> bool:
    if term.field == "severity":
        rank = SEVERITY.index(term.pattern) + 1
        return _compare(term.op, row["severity_rank"], rank)
    if term.field == "status":
        state = row["state"] or "(none)"
        return _like(term.pattern, row["status"]) or _like(term.pattern, state)
    if term.field in ("changed", "first_seen"):
        return _time(term, row[term.field])
    if term.field in ("reopened", "muted"):
        value = bool(row["reopened"]) if term.field == "reopened" else row["state"] == "muted"
        return value == (term.pattern == "yes")
    value = str(row[term.field])
    if term.pattern and set(term.pattern) == {"*"}:
        return value != ""
    return _like(term.pattern, value, with_case=term.field == "resource")


def _time(term: Term, value: int) -> bool:
    when = moment.read(term.pattern, NOW)
    assert when is not None
    if isinstance(when, moment.Age):
        age = NOW - value
        return age <= when.seconds if term.op == ":" else _compare(term.op, age, when.seconds)
    if term.op == ":":
        return when.start <= value < when.end
    return {
        "<": value < when.start,
        "<=": value < when.end,
        ">": value >= when.end,
        ">=": value >= when.start,
    }[term.op]


def _compare(op: str, left: int, right: int) -> bool:
    return {":": left == right, ">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]


def _like(pattern: str, value: str, *, with_case: bool = False) -> bool:
    def fold(text: str) -> str:
        return text if with_case else "".join(char.lower() if char.isascii() else char for char in text)

    parts = [{"*": ".*", "?": "."}[char] if wild else re.escape(fold(char)) for char, wild in pieces(pattern)]
    return re.fullmatch("".join(parts), fold(value), re.DOTALL) is not None
