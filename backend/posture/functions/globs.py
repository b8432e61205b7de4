"""Wildcards as IAM and CloudWatch write them: `*` is any text, `?` is one character. No regular expressions.

All three questions take time in proportion to the product of the lengths at worst, and refuse absurd products.
"""

from __future__ import annotations

import re

from backend.posture.functions.arguments import BadInput

_MAX_STEPS = 4_000_000
_STARS = re.compile(r"\*\*+")


def tidy(pattern: str) -> str:
    """`pattern` with runs of stars made one."""
    return _STARS.sub("*", pattern)


def is_wild(pattern: str) -> bool:
    """Whether `pattern` holds a wildcard."""
    return "*" in pattern or "?" in pattern


def matches(pattern: str, text: str) -> bool:
    """Whether `text` (plain, no wildcards meant) fits `pattern`."""
    return _fits(pattern, text, pattern_text=False)


def subsumes(outer: str, inner: str) -> bool:
    """Whether every text that fits the pattern `inner` also fits the pattern `outer`; never true by mistake."""
    return _fits(outer, inner, pattern_text=True)


def overlap(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""
    if one == other or one == "*" or other == "*":
        return True
    if not is_wild(one):
        return _fits(other, one, pattern_text=False)
    if not is_wild(other):
        return _fits(one, other, pattern_text=False)
    if not _ends_agree(one, other):
        return False
    _limit(one, other)
    # reachable[j]: the part of `one` read so far and other[:j] have a text in common
    reachable = _skip_stars([True] + [False] * len(other), other)
    for symbol in one:
        if symbol == "*":
            # any reachable state stays and every later one becomes reachable: the star eats the rest of `other`
            seen = False
            following = [(seen := seen or state) for state in reachable]
        else:
            following = [False] * (len(other) + 1)
            for j, symbol2 in enumerate(other):
                if symbol2 == "*":
                    following[j] = following[j] or reachable[j]
                elif reachable[j] and (symbol == symbol2 or symbol == "?" or symbol2 == "?"):
                    following[j + 1] = True
            following = _skip_stars(following, other)
        reachable = following
    return reachable[-1]


def literal_prefix(pattern: str) -> str:
    """What stands before the first wildcard."""
    for position, symbol in enumerate(pattern):
        if symbol in "*?":
            return pattern[:position]
    return pattern


def _skip_stars(states: list[bool], pattern: str) -> list[bool]:
    for j, symbol in enumerate(pattern):
        if symbol == "*" and states[j]:
            states[j + 1] = True
    return states


def _ends_agree(one: str, other: str) -> bool:
    head, head2 = literal_prefix(one), literal_prefix(other)
    if not (head.startswith(head2) or head2.startswith(head)):
        return False
    tail, tail2 = literal_prefix(one[::-1]), literal_prefix(other[::-1])
    return tail.startswith(tail2) or tail2.startswith(tail)


def _fits(pattern: str, text: str, *, pattern_text: bool) -> bool:
    if pattern == "*" or pattern == text:
        return True
    if "?" in pattern:
        return _fits_slowly(pattern, text, pattern_text=pattern_text)
    if "*" not in pattern:
        return False
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return position <= end


def _fits_slowly(pattern: str, text: str, *, pattern_text: bool) -> bool:
    _limit(pattern, text)
    i = j = 0
    star, retry = -1, 0
    while j < len(text):
        if i < len(pattern) and pattern[i] == "*":
            star, retry = i, j
            i += 1
        elif i < len(pattern) and (
            pattern[i] == text[j] or (pattern[i] == "?" and not (pattern_text and text[j] == "*"))
        ):
            i, j = i + 1, j + 1
        elif star >= 0:
            retry += 1
            i, j = star + 1, retry
        else:
            return False
    return all(symbol == "*" for symbol in pattern[i:])


def _limit(one: str, other: str) -> None:
    if len(one) * len(other) > _MAX_STEPS:
        raise BadInput("a wildcard pattern is too long to judge")
