from __future__ import annotations

import math
from collections.abc import Callable

import pytest

NOW = 1_750_000_000
DAY = 86_400
Ask = Callable[..., object]


@pytest.mark.parametrize(
    ("epoch", "since", "until"),
    [
        (NOW, 0, 0),
        (NOW - 90 * DAY, 90, -90),
        (NOW - 90 * DAY + 1, 89, -90),
        (NOW + 30 * DAY - 1, -30, 29),
        (NOW - 1, 0, -1),  # expired a second ago is expired
        (NOW - DAY / 2, 0, -1),
        (math.inf, math.inf, math.inf),  # never
        (-math.inf, math.inf, math.inf),
        (NOW * 1000, None, None),  # milliseconds
        ("2025-01-01", None, None),
        (b"", None, None),
    ],
)
def test_days(ask: Ask, epoch: object, since: object, until: object) -> None:
    assert ask("days_since", epoch) == since
    assert ask("days_until", epoch) == until


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[1,2,3]", 3),
        ("{}", 0),
        ('{"a":1}', 1),
        ("", 0),
        ("1", None),
        ("[NaN]", None),
        ('{"a":1,"a":2}', None),
        ("[" * 200_000, None),
        ("9" * 100_000, None),
    ],
)
def test_json_len(ask: Ask, value: str, expected: object) -> None:
    assert ask("json_len", value) == expected


@pytest.mark.parametrize(
    ("items", "value", "expected"),
    [
        ('["a","b"]', "b", 1),
        ('["a","b"]', "B", 0),
        ("[1, 2.0]", 2, 1),
        ("[true]", 1, 1),
        ('["1"]', 1, 0),
        ("[[1]]", 1, 0),
        ("[null]", "null", 0),
        ("", "a", 0),
        ('{"a":1}', "a", None),
        (5, "a", None),
    ],
)
def test_json_has(ask: Ask, items: object, value: object, expected: object) -> None:
    assert ask("json_has", items, value) == expected


@pytest.mark.parametrize(
    ("items", "glob", "expected"),
    [('["prod-db"]', "prod-*", 1), ('["x[1]"]', "x[1]", 1), ("[1]", "*", 0), ("", "*", 0), ('["a"]', 1, None)],
)
def test_json_any_like(ask: Ask, items: object, glob: object, expected: object) -> None:
    assert ask("json_any_like", items, glob) == expected
