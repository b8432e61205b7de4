"""Sizes, shades and faces of the report. Every shade keeps its order in black and white; no meaning is colour alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from backend.reports.pdf.fonts import Face

Shade: TypeAlias = tuple[float, float, float]

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89  # A4, points
LEFT = RIGHT = 48.0
TOP, BOTTOM = 70.0, 60.0
WIDTH = PAGE_WIDTH - LEFT - RIGHT

INK: Shade = (0.10, 0.12, 0.15)
QUIET: Shade = (0.36, 0.39, 0.43)
PAPER: Shade = (1.0, 1.0, 1.0)
RULE: Shade = (0.80, 0.82, 0.85)
PANEL: Shade = (0.955, 0.96, 0.967)
ACCENT: Shade = (0.09, 0.22, 0.37)
LINK: Shade = (0.09, 0.28, 0.52)

SEVERITY_SHADES: dict[str, tuple[Shade, Shade]] = {  # fill, text upon it; each lighter than the one before
    "critical": ((0.36, 0.03, 0.06), PAPER),
    "high": ((0.66, 0.20, 0.10), PAPER),
    "medium": ((0.85, 0.56, 0.18), INK),
    "low": ((0.72, 0.80, 0.88), INK),
    "info": ((0.91, 0.93, 0.95), INK),
}
VERDICT_SHADES: dict[str, tuple[Shade, Shade]] = {
    "Fail": ((0.45, 0.08, 0.08), PAPER),
    "Incomplete": ((0.85, 0.56, 0.18), INK),
    "Exception": ((0.74, 0.74, 0.80), INK),
    "Pass": ((0.80, 0.90, 0.84), INK),
    "No resource": (PAPER, QUIET),
    "By hand": (PAPER, QUIET),
    "No rule": (PAPER, QUIET),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text is set; sizes in points."""

    face: Face = Face.SANS
    size: float = 9.0
    leading: float = 13.0
    shade: Shade = INK

    def but(self, shade: Shade) -> Style:
        """The same in another shade."""
        return replace(self, shade=shade)


BODY = Style()
LEAD = Style(size=10.5, leading=15.5)
SMALL = Style(size=7.6, leading=10.6, shade=QUIET)
STRONG = Style(face=Face.BOLD)
LABEL = Style(face=Face.BOLD, size=7.2, leading=10.5, shade=QUIET)
CODE = Style(face=Face.MONO, size=7.6, leading=10.8)

CELL = Style(size=7.6, leading=10.2)
CELL_STRONG = Style(face=Face.BOLD, size=7.6, leading=10.2)
CELL_QUIET = Style(size=7.0, leading=9.4, shade=QUIET)
CELL_CODE = Style(face=Face.MONO, size=6.6, leading=9.0)
CELL_CODE_QUIET = Style(face=Face.MONO, size=6.3, leading=8.6, shade=QUIET)
HEADER = Style(face=Face.BOLD, size=7.2, leading=9.6, shade=ACCENT)
CHIP = Style(face=Face.BOLD, size=6.6, leading=10.2)

HEADINGS = (
    Style(face=Face.BOLD, size=19.0, leading=25.0, shade=ACCENT),
    Style(face=Face.BOLD, size=13.0, leading=18.0, shade=ACCENT),
    Style(face=Face.BOLD, size=10.0, leading=13.5, shade=INK),
)
