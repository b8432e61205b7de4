from __future__ import annotations

import fnmatch
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.functions import globs
from backend.posture.functions.arguments import BadInput

PATTERNS = st.text("ab*?", max_size=7).map(globs.tidy)
WORDS = ["".join(letters) for size in range(6) for letters in itertools.product("ab", repeat=size)]


def _language(pattern: str) -> set[str]:
    expression = re.compile(fnmatch.translate(pattern))
    return {word for word in WORDS if expression.match(word)}


@given(PATTERNS, st.text("ab", max_size=8))
def test_matching_agrees_with_regular_expressions(pattern: str, text: str) -> None:
    assert globs.matches(pattern, text) == bool(re.match(fnmatch.translate(pattern), text))


@given(PATTERNS, PATTERNS)
def test_subsumption_is_never_claimed_wrongly(outer: str, inner: str) -> None:
    if globs.subsumes(outer, inner):
        assert _language(inner) <= _language(outer)


@given(PATTERNS, PATTERNS)
def test_overlap_is_never_missed_and_is_symmetric(one: str, other: str) -> None:
    if _language(one) & _language(other):
        assert globs.overlap(one, other)
    assert globs.overlap(one, other) == globs.overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("s3:Get*", "s3:*Object", True), ("s3:*", "iam:*", False), ("a*b", "b*a", False), ("a?", "a", False)],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert globs.overlap(one, other) is expected


def test_absurd_patterns_are_refused() -> None:
    with pytest.raises(BadInput):
        globs.matches("*?a" * 1000, "a" * 100_000)
