"""Bars and a trend line, drawn to be read in black and white: every value stands beside its mark as a number."""

from __future__ import annotations

from collections.abc import Sequence

from backend.reports import wording
from backend.reports.changes import TrendPoint
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.fonts import printable, width
from backend.reports.pdf.style import Shade
from backend.reports.pdf.wrap import fit

_AXIS = style.CELL_QUIET
BAR = 17.0
"""Height of a bar with its gap."""


def figures(flow: Flow, shown: Sequence[tuple[str, str, str]]) -> None:
    """Large numbers side by side: (label, number, a line below it)."""
    high, gap = 62.0, 8.0
    flow.keep(high + 8)
    wide = (style.WIDTH - gap * (len(shown) - 1)) / len(shown)
    big = style.Style(face=style.STRONG.face, size=19.0, shade=style.ACCENT)
    for number, (label, value, note) in enumerate(shown):
        x = style.LEFT + number * (wide + gap)
        flow.ink.fill(x, flow.y - high, wide, high, style.PANEL)
        flow.ink.fill(x, flow.y - high, 2.2, high, style.ACCENT)
        flow.ink.put(x + 10, flow.y - 15, label, style.LABEL)
        flow.ink.put(x + 10, flow.y - 38, value, big)
        flow.ink.put(x + 10, flow.y - 53, fit(note, _AXIS.face, _AXIS.size, wide - 12), _AXIS)
    flow.y -= high
    flow.space(12)


def title(flow: Flow, words: str, x: float) -> None:
    """The title of a chart."""
    flow.y -= 14
    flow.ink.put(x, flow.y + 2, words, style.CELL_STRONG.but(style.ACCENT))
    flow.y -= 4


def bars(flow: Flow, rows: Sequence[tuple[str, int, Shade]], wide: float) -> None:
    """Horizontal bars of counts: (label, count, shade), outlined so that light ones show on paper."""
    high = BAR
    left, room = style.LEFT + 50, wide - 50 - 34
    most = max((count for _, count, _ in rows), default=0) or 1
    for label, count, shade in rows:
        y = flow.y - high
        flow.ink.put(style.LEFT, y + 5, label, style.CELL_STRONG)
        length = max(room * count / most, 1.5) if count else 0.0
        if count:
            flow.ink.fill(left, y + 2, length, high - 5, shade)
            flow.ink.frame(left, y + 2, length, high - 5, style.QUIET, 0.4)
        flow.ink.put(left + length + 6, y + 5, f"{count:,}", style.CELL)
        flow.y -= high
    flow.space(8)


def stacked(flow: Flow, rows: Sequence[tuple[str, Sequence[tuple[int, Shade]], str]]) -> None:
    """Bars of equal length cut in parts: (label, parts, the words after the bar)."""
    high, lead, tail = 16.0, 190.0, 88.0
    left, room = style.LEFT + lead, style.WIDTH - lead - tail
    for label, parts, words in rows:
        flow.keep(high)
        y = flow.y - high
        text = printable(label)
        flow.ink.put(style.LEFT, y + 5, fit(text, style.CELL.face, style.CELL.size, lead - 12), style.CELL)
        total = sum(count for count, _ in parts)
        x = left
        for count, shade in parts:
            if not count:
                continue
            wide = room * count / total
            flow.ink.fill(x, y + 2, wide, high - 5, shade)
            flow.ink.line(x + wide, y + 2, x + wide, y + high - 3, style.PAPER, 0.8)
            x += wide
        flow.ink.frame(left, y + 2, room, high - 5, style.QUIET, 0.4)
        flow.ink.put(style.LEFT + style.WIDTH, y + 5, words, style.CELL, align="right")
        flow.y -= high
    flow.space(8)


def legend(flow: Flow, marks: Sequence[tuple[str, Shade]]) -> None:
    """What the shades of a stacked bar mean."""
    flow.keep(14)
    x, y = style.LEFT, flow.y - 12
    for words, shade in marks:
        flow.ink.fill(x, y + 0.5, 8, 7, shade)
        flow.ink.frame(x, y + 0.5, 8, 7, style.QUIET, 0.4)
        flow.ink.put(x + 12, y + 1, words, _AXIS)
        x += 12 + width(words, _AXIS.face, _AXIS.size) + 14
    flow.y -= 16


def trend(flow: Flow, points: Sequence[TrendPoint], left: float, wide: float, high: float) -> None:
    """The score over time, 0 to 100; a gap where nothing was evaluated. The days stand below `high`."""
    left, room = left + 20, wide - 20 - 30
    foot = flow.y - high
    for value in (0, 25, 50, 75, 100):
        y = foot + (high - 6) * value / 100
        flow.ink.line(left, y, left + room, y, style.RULE, 0.8 if value == 0 else 0.4)
        flow.ink.put(left - 5, y - 2.5, str(value), _AXIS, align="right")
    first, last = points[0].at, points[-1].at
    spread = max(last - first, 1)
    places = [
        (left + room * (point.at - first) / spread if last > first else left + room / 2, point) for point in points
    ]
    before: tuple[float, float] | None = None
    for x, point in places:
        if point.score is None:
            before = None
            continue
        here = (x, foot + (high - 6) * point.score / 100)
        if before is not None:
            flow.ink.line(*before, *here, style.ACCENT, 1.4)
        flow.ink.fill(here[0] - 1.8, here[1] - 1.8, 3.6, 3.6, style.ACCENT)
        before = here
    if before is not None:
        flow.ink.put(before[0] + 6, before[1] - 2.5, wording.score(points[-1].score), style.CELL_STRONG)
    flow.ink.put(left, foot - 11, wording.day(first), _AXIS)
    if last > first:
        flow.ink.put(left + room, foot - 11, wording.day(last), _AXIS, align="right")
    flow.y = foot - 16
