"""Times and counts in words; a share is never rounded up to whole."""

from __future__ import annotations

import pytest

from gui import moments


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "—"), (1.0, "100%"), (0.9996, "99.9%"), (0.996, "99.6%"), (0.96, "96%"), (0.969, "96%"), (0.0, "0%")],
)
def test_shares(share: float | None, words: str) -> None:
    assert moments.percent(share) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (59, "just now"), (60, "1 min ago"), (7_300, "2 h ago"), (9 * 86_400, "9 d ago")],
)
def test_ages(seconds: int, words: str) -> None:
    assert moments.ago(1_000_000_000 - seconds, since=1_000_000_000) == words


def test_counts_and_plurals() -> None:
    assert moments.count(1_234_567) == "1\u202f234\u202f567"
    assert moments.plural(1, "finding") == "1 finding"
    assert moments.plural(0, "finding") == "0 findings"
    assert moments.iso(0) == "1970-01-01T00:00:00Z"
    assert moments.ago(None) == moments.stamp(None) == "—"
