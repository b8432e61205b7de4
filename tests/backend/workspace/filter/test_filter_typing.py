"""Completion, colours and clicks: what the query bar does while somebody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.workspace.filter import FINDINGS, Field, FilterError, edit, parse
from backend.workspace.filter.complete import complete
from backend.workspace.filter.tokens import problem, spans

typed = st.text(st.characters(), max_size=40) | st.text('nameregion:>5*?"()- ORseverity', max_size=40)


def names(field: Field, beginning: str) -> list[str]:
    return [value for value in ("eu-west-1", "eu central", "us-east-1") if value.startswith(beginning)]


@pytest.mark.parametrize(
    ("text", "start", "first"),
    [
        ("", 0, "severity:"),
        ("sev", 0, "severity:"),
        ("web -sev", 5, "severity:"),
        ("(sev", 1, "severity:"),
        ("severity:", 9, "info"),
        ("severity:h", 9, "high"),
        ("severity:>=h", 11, "high"),
        ("severity:(low OR h", 17, "high"),
        ("muted:", 6, "yes"),
        ("changed:", 8, "1h"),
        ("region:us", 7, "us-east-1"),
        ('region:"eu c', 7, '"eu central"'),
    ],
)
def test_it_completes(text: str, start: int, first: str) -> None:
    found = complete(text, len(text), FINDINGS, names)
    assert (found.start, found.suggestions[0].text) == (start, first)


def test_a_completion_replaces_the_whole_word_under_the_cursor() -> None:
    found = complete("region:eu-we web", 9, FINDINGS, names)
    assert (found.start, found.end) == (7, 12)


@given(typed, st.integers(-1, 50))
def test_completing_never_fails(text: str, cursor: int) -> None:
    found = complete(text, cursor, FINDINGS, names)
    assert 0 <= found.start <= found.end <= len(text)


@given(typed)
def test_spans_are_in_order_and_inside(text: str) -> None:
    found = spans(text, FINDINGS)
    ends = [0, *(one.end for one in found)]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, found, strict=False))


def test_spans_tell_what_is_what() -> None:
    styles = [one.style for one in spans('severity:>=high -name:web-* "x y" OR sevrity:low', FINDINGS)]
    expected = ["field", "operator", "value", "keyword", "field", "wildcard", "string", "keyword", "error", "error"]
    assert styles == expected
    error = problem("sevrity:low", FINDINGS)
    assert error is not None
    assert error.position == 0


def test_a_facet_is_ticked_and_unticked() -> None:
    text = edit.toggle("web", "severity", "high")
    assert text == "web severity:high"
    text = edit.toggle(text, "severity", "low")
    assert text == "web severity:(high OR low)"
    assert edit.chosen(text, "severity") == {"high", "low"}
    assert edit.toggle(text, "severity", "high") == "web severity:low"
    assert edit.toggle("web severity:low", "severity", "low") == "web"
    assert edit.only(text, "severity", "critical") == "web severity:critical"


def test_filter_out_takes_the_place_of_filter_in() -> None:
    assert edit.exclude("region:(a OR b)", "region", "a") == "region:b -region:a"
    assert edit.exclude("-region:a", "region", "a") == "-region:a"
    assert edit.exclude("", "name", "it's (odd) *") == '-name:"it\'s (odd) *"'


def test_chips_stand_for_the_parts() -> None:
    text = "severity:high (region:a OR name:b) -status:pass web"
    assert [(chip.text, chip.excludes) for chip in edit.chips(text)] == [
        ("severity:high", False),
        ("(region:a OR name:b)", False),
        ("-status:pass", True),
        ("web", False),
    ]
    assert edit.drop(text, 1) == "severity:high -status:pass web"
    assert edit.invert(text, 2) == "severity:high (region:a OR name:b) status:pass web"
    assert edit.drop("web", 0) == ""


def test_a_brush_over_the_bars_becomes_a_time() -> None:
    text = edit.between("web changed:7d", "changed", "2026-01-01T00:00", "2026-01-02T00:00")
    assert text == "web changed:>=2026-01-01T00:00 changed:<2026-01-02T00:00"


@given(typed, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10))
def test_any_value_can_be_toggled_into_any_query_and_out_again(text: str, value: str) -> None:
    try:
        query = parse(text)
        before = edit.chosen(text, "name")
    except FilterError:
        return
    if before:
        return
    there = edit.toggle(text, "name", value)
    assert edit.chosen(there, "name") == {value}
    assert parse(edit.toggle(there, "name", value)) == query
