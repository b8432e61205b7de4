"""Lines out of text: at spaces where it can, inside ARNs and commands after a separator, anywhere when it must."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from backend.reports.pdf.fonts import Face, widths

Advance: TypeAlias = Callable[[str], float]

_SEPARATORS = frozenset("/:-_.,;=&?|@⟩")
_FULL_ENOUGH = 0.6
"""A break after a separator is taken when the line is at least this full; else the line is filled up."""


def wrap(text: str, face: Face, size: float, room: float) -> list[str]:
    """Lines of at most `room` points. `text` is printable; a line break in it is kept."""
    limit = room / size
    lines: list[str] = []
    for part in text.split("\n"):
        _wrap_part(part, face, limit, lines)
    return lines


def fit(text: str, face: Face, size: float, room: float) -> str:
    """One line of at most `room` points: `text`, or its start and an ellipsis."""
    advance = widths(face).__getitem__
    limit = room / size
    if sum(map(advance, text)) <= limit:
        return text
    head, _ = _cut(text, limit - advance("…"), advance, anywhere=True)
    return f"{head.rstrip()}…"


def _wrap_part(text: str, face: Face, limit: float, lines: list[str]) -> None:
    advance = widths(face).__getitem__
    if sum(map(advance, text)) <= limit:
        lines.append(text)
        return
    space = advance(" ")
    line, used = "", 0.0
    for word in text.split(" "):
        long = sum(map(advance, word))
        if line and used + space + long <= limit:
            line, used = f"{line} {word}", used + space + long
            continue
        if line and long > limit and used < limit * _FULL_ENOUGH:
            # A long token begins on the line it follows, so that an ARN does not leave a hole before it.
            head, rest = _cut(word, limit - used - space, advance)
            if used + space + sum(map(advance, head)) <= limit:
                lines.append(f"{line} {head}")
                line, used, word = "", 0.0, rest
                long = sum(map(advance, word))
        if line:
            lines.append(line)
        while long > limit:
            head, word = _cut(word, limit, advance)
            lines.append(head)
            long = sum(map(advance, word))
        line, used = word, long
    lines.append(line)


def _cut(word: str, limit: float, advance: Advance, *, anywhere: bool = False) -> tuple[str, str]:
    """The longest start of `word` that fits (at least one sign), ending after a separator where that is late enough."""
    used, at, good = 0.0, 0, 0
    for at, sign in enumerate(word):
        used += advance(sign)
        if used > limit:
            break
        if not anywhere and sign in _SEPARATORS and used >= limit * _FULL_ENOUGH:
            good = at + 1
    else:
        return word, ""
    end = good or max(at, 1)
    return word[:end], word[end:]
