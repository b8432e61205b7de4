"""The contents: their entries are known before the first page, their page numbers after the last."""

from __future__ import annotations

from dataclasses import dataclass

from backend.reports.pdf import style
from backend.reports.pdf.fonts import printable, width
from backend.reports.pdf.ink import Ink
from backend.reports.pdf.wrap import fit

_LINE = (21.0, 15.5)
_STYLES = (style.STRONG, style.BODY)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents; level 0 or 1. `key` is the place it leads to."""

    level: int
    title: str
    key: str


def paginate(entries: list[Entry], room: float) -> list[list[Entry]]:
    """Entries by page of the contents, `room` points high."""
    pages: list[list[Entry]] = [[]]
    used = 0.0
    for entry in entries:
        high = _LINE[entry.level]
        if used + high > room:
            pages.append([])
            used = 0.0
        pages[-1].append(entry)
        used += high
    return pages


def draw(ink: Ink, entries: list[Entry], top: float) -> list[tuple[float, Entry]]:
    """The titles with their links; returns the baselines, for `numbers`."""
    y = top
    lines = []
    for entry in entries:
        y -= _LINE[entry.level]
        chosen = _STYLES[entry.level]
        x = style.LEFT + 14.0 * entry.level
        title = printable(entry.title)
        shown = fit(title, chosen.face, chosen.size, style.WIDTH - 60 - 14.0 * entry.level)
        ink.put(x, y, shown, chosen)
        start = x + width(shown, chosen.face, chosen.size) + 6
        ink.canvas.setDash(0.6, 2.4)
        ink.line(start, y, style.LEFT + style.WIDTH - 26, y, style.QUIET, 0.5)
        ink.canvas.setDash()
        ink.link(style.LEFT, y - 3, style.WIDTH, _LINE[1], entry.key)
        lines.append((y, entry))
    return lines


def numbers(ink: Ink, lines: list[tuple[float, Entry]], pages: dict[str, int]) -> None:
    """The page numbers at the ends of the lines."""
    for y, entry in lines:
        ink.put(style.LEFT + style.WIDTH, y, str(pages[entry.key]), _STYLES[entry.level], align="right")
