"""The score cannot be gamed by volume, and says nothing where nothing was evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.rule import WEIGHT
from backend.posture.score import Tally, gains, score

tallies = st.lists(
    st.builds(
        Tally,
        rule=st.uuids().map(str),
        severity=st.sampled_from(sorted(WEIGHT)),
        passed=st.integers(0, 500),
        failed=st.integers(0, 500),
        unknown=st.integers(0, 50),
        muted=st.integers(0, 50),
    ),
    max_size=20,
)


def test_nothing_evaluated_is_no_score() -> None:
    empty = score([Tally("r", "high", 0, 0, 7, 3)])
    assert (empty.score, empty.coverage, empty.unknown, empty.muted) == (None, 0.0, 7, 3)


def test_a_thousand_passing_resources_do_not_hide_one_failing_rule() -> None:
    found = score([Tally("snapshots", "critical", 1301, 0, 0, 0), Tally("root", "critical", 0, 1, 0, 0)])
    assert found.score == pytest.approx(50.0)


def test_weights() -> None:
    found = score([Tally("a", "critical", 0, 1, 0, 0), Tally("b", "info", 1, 0, 0, 0)])
    assert found.score == pytest.approx(100 * 1 / 6)


@given(tallies)
def test_bounds_and_the_gains_add_up_to_a_hundred(found: list[Tally]) -> None:
    one = score(found)
    assert 0.0 <= one.coverage <= 1.0
    if one.score is None:
        assert gains(found) == []
    else:
        assert -1e-9 <= one.score <= 100 + 1e-9
        assert one.score + sum(gain for _, gain in gains(found)) == pytest.approx(100.0)
