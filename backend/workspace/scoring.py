"""The formula of the score, stated once: `100 * Σ w·pass/(pass+fail) / Σ w` over the rules that were evaluated.

Each rule counts once however many resources it covers, so volume cannot drown a critical failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class RuleResult(NamedTuple):
    """What the score needs of a rule: its weight (5 for critical to 1 for info) and its counts."""

    rule: str
    weight: int
    passed: int
    failed: int


def score(results: Iterable[RuleResult]) -> float | None:
    """0..100; None when nothing was evaluated."""
    judged = [one for one in results if one.passed + one.failed]
    weight = sum(one.weight for one in judged)
    earned = sum(one.weight * one.passed / (one.passed + one.failed) for one in judged)
    return 100.0 * earned / weight if weight else None


def gains(results: Iterable[RuleResult]) -> list[tuple[str, float]]:
    """(rule, points the score would rise if all its failures passed), largest first."""
    judged = [one for one in results if one.passed + one.failed]
    weight = sum(one.weight for one in judged)
    risen = [
        (one.rule, 100.0 * one.weight * one.failed / (one.passed + one.failed) / weight) for one in judged if one.failed
    ]
    return sorted(risen, key=lambda pair: (-pair[1], pair[0]))
