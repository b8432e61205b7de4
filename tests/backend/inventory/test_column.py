"""What a provider may answer and a column may hold: hostile values are refused where they come in."""

from __future__ import annotations

import math
from typing import Any

import pytest

from backend.inventory.collector import MOST_RAW, Row
from backend.inventory.table import LONGEST_TEXT, Column, ResourceTable, Type, flag, text

TABLE = ResourceTable("aws_t", "T", "t", "t.List", (text("a", "A.", "t.Get"), flag("b", "B.", "t.Get")))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Type.INT, 2**63),
        (Type.INT, True),
        (Type.REAL, math.nan),
        (Type.TIME, math.nan),
        (Type.TEXT, "x" * (LONGEST_TEXT + 1)),
        (Type.TEXT, 5),
        (Type.TEXT, b"x"),
        (Type.BOOL, 2),
        (Type.BOOL, "true"),
        (Type.JSON, 5),
        (Type.JSON, ["x" * LONGEST_TEXT]),
    ],
)
def test_what_no_rule_could_judge_is_refused(kind: Type, value: Any) -> None:
    with pytest.raises(TypeError, match="column c"):
        Column("c", kind, "C.", "t.Get").check(value)


@pytest.mark.parametrize(("kind", "value"), [(Type.TIME, math.inf), (Type.INT, -(2**63)), (Type.REAL, 1.5)])
def test_what_has_no_end_is_kept(kind: Type, value: Any) -> None:
    assert Column("c", kind, "C.", "t.Get").check(value) == value


def test_a_number_beyond_all_floats_is_no_crash() -> None:
    assert Column("c", Type.REAL, "C.", "t.Get").check(10**400) == 1e300


def row() -> Row:
    return Row(TABLE, "u", "1", "r", "n")


def test_an_answer_fills_a_row_as_a_whole_or_not_at_all() -> None:
    one = row()
    with pytest.raises(TypeError):
        one.fill("t.Get", {"a": "x", "b": "no flag"})
    assert one.values == {}


@pytest.mark.parametrize("uid", ["", None, 5, ["x"]])
def test_a_row_without_a_name_for_it_is_refused(uid: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="a row of aws_t"):
        Row(TABLE, uid, "1", "r", "n")


def test_an_answer_too_long_for_a_frame_is_left_out_of_raw() -> None:
    one = row()
    one.fill("t.Get", {"a": "x"}, {"Huge": "x" * MOST_RAW})
    assert one.wire()["raw"] == '{"t.Get":{"left out":"too long"}}'
    assert one.wire()["values"]["a"] == "x"
