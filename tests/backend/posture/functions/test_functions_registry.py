# ruff: noqa: E501 - a case of a table stays on one line
from __future__ import annotations

import itertools
import json
import math
import sqlite3
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.posture.functions import registry
from backend.posture.functions.registry import FUNCTIONS, describe, register
from backend.posture.functions.sql_function import SqlFunction, evaluate

NOW = 1_750_000_000
OWN = "123456789012"
CALLS = [(function, arity) for function in FUNCTIONS.values() for arity in function.arity]
NAMES = [f"{function.name}/{arity}" for function, arity in CALLS]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["Statement", "Effect", "Action", "Principal", "Resource", "Condition", "AWS", "x"]), inner, max_size=5
    ),
    max_leaves=12,
).map(json.dumps)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=60),
    st.text('{}[]()"\\$.=!&|%*?:/,@-_ abAKIA01\x00é', max_size=60),
    JSON,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=20),
    st.sampled_from(["", "*", "s3:*", OWN, "cloudtrail_changes", "[" * 50_000, '{"a":' * 50_000, "{(" * 9_000]),
)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_examples_hold(sql: object, function: SqlFunction) -> None:
    assert function.examples
    for expression, expected in function.examples:
        assert sql.conn.execute(f"SELECT {expression}").fetchone()[0] == expected, expression  # type: ignore[attr-defined]


@pytest.mark.parametrize(("function", "arity"), CALLS, ids=NAMES)
def test_null_in_any_place_gives_null_without_a_cause(sql: object, function: SqlFunction, arity: int) -> None:
    for pattern in itertools.product([None, "x", 1], repeat=arity):
        if None in pattern:
            assert sql(function.name, *pattern) is None  # type: ignore[operator]
    assert sql.causes == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("function", "arity"), CALLS, ids=NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_raises(function: SqlFunction, arity: int, data: st.DataObject) -> None:
    arguments = tuple(data.draw(VALUES) for _ in range(arity))
    arguments = tuple(None if isinstance(value, float) and math.isnan(value) else value for value in arguments)
    result, cause = evaluate(function, arguments, NOW)
    assert result is None or cause == ""
    assert None not in arguments or (result, cause) == (None, "")
    # what is not expected is our bug, even though the registry would swallow it
    assert not cause.endswith("Error)"), cause
    assert cause.isprintable()
    assert (result, cause) == evaluate(function, arguments, NOW)
    conn = sqlite3.connect(":memory:")
    try:
        conn.execute("SELECT ?", (result,)).fetchone()  # SQLite can hold it
    finally:
        conn.close()


HOSTILE = {
    "braces": "{" * 100_000,
    "stars": "*" * 100_000,
    "jwt": "eyJ" * 33_333,
    "jwt dots": "eyJaaaaaaaaaa." * 7_000,
    "urls": "a://" * 25_000,
    "urls with users": "a://b:" * 16_000,
    "passwords": "password=" * 11_000,
    "assignments": "a=" * 50_000,
    "long word": "a" * 100_000,
    "spaces": " " * 100_000,
    "quotes": '"' * 100_000,
    "keys": "-----BEGIN " * 9_000,
    "base64": "QUFB" * 25_000,
    "percent": "%" * 100_000,
    "and": "{ " + " && ".join(["$.a = b"] * 9_000) + " }",
    "selectors": "{ $" + '.["a"]' * 16_000,
    "json strings": json.dumps(["a*b?c"] * 10_000),
    "names": json.dumps({f"DB_PASSWORD_{i}": "a" * 10 for i in range(3_000)}),
    "humps": json.dumps({"aB" * 40_000: "aB" * 10_000}),
    "statements": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}] * 1_300}),
    "denials": json.dumps(
        {
            "Statement": [
                {"Effect": effect, "Principal": "*", "Action": [f"s3:{i}*?x" for i in range(3_000)], "Resource": "*"}
                for effect in ("Allow", "Deny")
            ]
        }
    ),
    "wild resources": json.dumps(
        {
            "Statement": [
                {"Effect": effect, "Principal": "*", "Action": "*", "Resource": [f"*{i}*?*a" for i in range(4_000)]}
                for effect in ("Allow", "Deny")
            ]
        }
    ),
    "one wild action": json.dumps({"Statement": {"Effect": "Allow", "Action": "*?a" * 33_000, "Resource": "*?a" * 300}}),
    "conditions": json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": [f"10.{i % 256}.{i // 256}.0/24" for i in range(5_000)]}}}}
    ),
    "ranges": json.dumps([f"10.{i // 256}.{i % 256}.0/24" for i in range(5_000)]),
}  # fmt: skip
SECOND = {"action": "s3:Get*", "service": "iam", "resource": "b", "own_account": OWN, "kind": "cloudtrail_changes"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_less_than_a_second(name: str) -> None:
    text = HOSTILE[name]
    for function, arity in CALLS:
        words = [word.strip() for word in function.parameters.split(",")][:arity]
        arguments = (text, *(SECOND.get(word, 1) for word in words[1:]))
        before = time.process_time()
        evaluate(function, arguments, NOW)
        assert time.process_time() - before < 1.0, function.name


def test_causes_name_the_function_and_carry_no_raw_text(sql: object) -> None:
    for hostile in ("<script>\u202e", "=cmd()\n", "\x1b[31m"):
        sql("cidr_is_public", hostile)  # type: ignore[operator]
    assert all(cause.startswith("cidr_is_public: ") and cause.isascii() and cause.isprintable() for cause in sql.causes)  # type: ignore[attr-defined]


def test_an_unexpected_error_is_null_with_a_cause() -> None:
    def run(value: object) -> int:
        raise KeyError(value)

    broken = SqlFunction("broken", (1,), "x", "", (), run)
    assert evaluate(broken, ("secret",), NOW) == (None, "broken: the input could not be judged (KeyError)")


def test_functions_serve_in_indexes_and_report_through_views() -> None:
    conn = sqlite3.connect(":memory:")
    causes: list[str] = []
    register(conn, NOW, causes.append)
    conn.execute("CREATE TABLE rule (cidr TEXT)")
    conn.execute("CREATE INDEX by_reach ON rule (cidr_is_public(cidr))")  # only deterministic functions may
    conn.executemany("INSERT INTO rule VALUES (?)", [("0.0.0.0/0",), ("10.0.0.0/8",), (None,), ("x",)])
    rows = conn.execute("SELECT cidr_is_public(cidr) FROM rule").fetchall()
    conn.close()
    assert [row[0] for row in rows] == [1, 0, None, None]
    assert "cidr_is_public: 'x' is not a CIDR range" in causes


def test_each_function_is_described(sql: object) -> None:
    lines = describe().splitlines()
    assert len(lines) == len(FUNCTIONS)
    assert registry.__doc__ is not None
    for (name, function), line in zip(FUNCTIONS.items(), lines, strict=True):
        assert name == function.name
        assert line.startswith(function.signature)
        assert line.endswith(".")
        assert function.doc in registry.__doc__
        assert function.arity == (len(function.parameters.split(",")),)


def test_the_causes_callback_may_be_any_callable() -> None:
    heard: set[str] = set()
    note: Callable[[str], None] = heard.add
    conn = sqlite3.connect(":memory:")
    register(conn, NOW, note)
    conn.execute("SELECT days_since('x')").fetchone()
    conn.close()
    assert heard == {"days_since: the time is not a number of seconds"}
