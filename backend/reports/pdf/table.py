"""Tables that run over pages: rows are laid out one at a time, the header row stands on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.fonts import printable, width
from backend.reports.pdf.style import Shade, Style
from backend.reports.pdf.wrap import wrap

_GAP = 8.0  # between columns
_PAD = 3.0  # above and below a row's text
_LONGEST = 1_000
_SPLIT_FROM = 200.0
"""A row higher than this may be split over pages; a lower one moves to the next page whole."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `wide` is its share of the width that columns with a width in `points` leave."""

    title: str
    wide: float = 0.0
    chosen: Style = style.CELL
    align: str = "left"
    points: float = 0.0


def number_column(title: str) -> Column:
    """A column of counts, as wide as its title or a six-digit number."""
    taken = width(title, style.HEADER.face, style.HEADER.size)
    return Column(title, align="right", points=max(taken + 1, 26.0))


SEVERITY = Column("Severity", points=46.0)
VERDICT = Column("Verdict", points=62.0)
DAY = 46.0  # points that a date takes


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph within a cell.

    `link` is a place to lead to; `fill` sets the text as a label on that shade; `page` prints, in place of the text,
    the number of the page where that place is.
    """

    text: str
    chosen: Style = style.CELL
    link: str = ""
    fill: Shade | None = None
    page: str = ""


Cell: TypeAlias = str | int | Piece | tuple[Piece, ...]
Line: TypeAlias = tuple[str, Piece]


def severity_label(severity: str) -> Piece:
    """The severity as a word on its shade."""
    fill, shade = style.SEVERITY_SHADES[severity]
    return Piece(severity.upper(), style.CHIP.but(shade), fill=fill)


def verdict_label(verdict: str) -> Piece:
    """A verdict as a word on its shade."""
    fill, shade = style.VERDICT_SHADES[verdict]
    return Piece(verdict.upper(), style.CHIP.but(shade), fill=fill)


class Table:
    """A table in a flow. `continued` is said above the header row of its later pages."""

    def __init__(self, flow: Flow, columns: Iterable[Column], *, continued: str = "", indent: float = 0.0) -> None:
        self.flow = flow
        self.columns = tuple(columns)
        self.continued = printable(continued)
        self.left = style.LEFT + indent
        self.wide = style.WIDTH - indent
        whole = sum(column.wide for column in self.columns)
        free = self.wide - _GAP * (len(self.columns) - 1) - sum(column.points for column in self.columns)
        self.widths = [column.points or free * column.wide / whole for column in self.columns]
        self._begun = False

    def write(self, rows: Iterable[tuple[Cell, ...]]) -> int:
        """Write the rows; returns how many there were. Without rows, nothing is drawn."""
        number = 0
        for row in rows:
            cells = [self._lay_out(cell, place) for place, cell in enumerate(row)]
            high = _height(cells)
            if not self._begun:
                page = self.flow.page
                self.flow.keep(self._header_height() + min(high, _SPLIT_FROM))
                if self.flow.page != page:
                    self._say_continued()
                self._header()
            elif self.flow.room < high and (high <= _SPLIT_FROM or self.flow.room < 60):
                self._next_page()
            while self.flow.room < high:
                here, cells = _split(cells, self.flow.room)
                self._row(here)
                self._next_page()
                high = _height(cells)
            self._row(cells)
            number += 1
        if number:
            self.flow.space(10)
        return number

    def _next_page(self) -> None:
        self.flow.new_page()
        self._say_continued()
        self._header()

    def _say_continued(self) -> None:
        if self.continued:
            self.flow.paragraph(f"{self.continued} (continued)", style.SMALL, after=2)

    def _titles(self) -> list[list[str]]:
        return [
            wrap(column.title, style.HEADER.face, style.HEADER.size, self.widths[place])
            for place, column in enumerate(self.columns)
        ]

    def _header_height(self) -> float:
        return max(len(lines) for lines in self._titles()) * style.HEADER.leading + 2 * _PAD

    def _header(self) -> None:
        self._begun = True
        high = self._header_height()
        flow, ink = self.flow, self.flow.ink
        ink.fill(self.left - 4, flow.y - high, self.wide + 8, high, style.PANEL)
        ink.line(self.left - 4, flow.y - high, self.left + self.wide + 4, flow.y - high, style.ACCENT, 0.8)
        x = self.left
        for place, lines in enumerate(self._titles()):
            y = flow.y - high + _PAD + 2 + (len(lines) - 1) * style.HEADER.leading
            for line in lines:
                self._put(x, y, line, style.HEADER, place)
                y -= style.HEADER.leading
            x += self.widths[place] + _GAP
        flow.y -= high

    def _lay_out(self, cell: Cell, place: int) -> list[Line]:
        if isinstance(cell, (str, int)):
            text = f"{cell:,}" if isinstance(cell, int) else cell
            pieces: tuple[Piece, ...] = (Piece(text, self.columns[place].chosen),)
        else:
            pieces = cell if isinstance(cell, tuple) else (cell,)
        lines: list[Line] = []
        for piece in pieces:
            if piece.page:
                lines.append(("", piece))
            if not piece.text:
                continue
            text = piece.text
            if len(text) > _LONGEST:
                text = f"{text[:_LONGEST]} … ({len(text) - _LONGEST:,} more characters)"
            room = self.widths[place] - (6 if piece.fill else 0)
            lines += [(line, piece) for line in wrap(printable(text), piece.chosen.face, piece.chosen.size, room)]
        return lines

    def _row(self, cells: list[list[Line]]) -> None:
        flow, ink = self.flow, self.flow.ink
        high = _height(cells)
        x = self.left
        for place, lines in enumerate(cells):
            y = flow.y - _PAD
            for text, piece in lines:
                y -= piece.chosen.leading
                if piece.fill is not None:
                    taken = width(text, piece.chosen.face, piece.chosen.size)
                    ink.fill(x, y + 0.9, taken + 6, piece.chosen.leading - 1.2, piece.fill)
                    if piece.fill == style.PAPER:
                        ink.frame(x, y + 0.9, taken + 6, piece.chosen.leading - 1.2, style.RULE)
                    ink.put(x + 3, y + 3.0, text, piece.chosen)
                    continue
                if piece.page:
                    flow.page_number(x + self.widths[place], y + 2.2, piece.page)
                    continue
                self._put(x, y + 2.2, text, piece.chosen, place)
                if piece.link:
                    taken = width(text, piece.chosen.face, piece.chosen.size)
                    ink.link(x, y, taken, piece.chosen.leading, piece.link)
            x += self.widths[place] + _GAP
        flow.y -= high
        ink.line(self.left - 4, flow.y, self.left + self.wide + 4, flow.y, style.RULE, 0.4)

    def _put(self, x: float, y: float, text: str, chosen: Style, place: int) -> None:
        if self.columns[place].align == "right":
            self.flow.ink.put(x + self.widths[place], y, text, chosen, align="right")
        else:
            self.flow.ink.put(x, y, text, chosen)


def _height(cells: list[list[Line]]) -> float:
    return max(sum(piece.chosen.leading for _, piece in lines) for lines in cells) + 2 * _PAD


def _split(cells: list[list[Line]], room: float) -> tuple[list[list[Line]], list[list[Line]]]:
    """The lines of a row that fit into `room` points, and the rest."""
    here, rest = [], []
    for lines in cells:
        used, fit = 2 * _PAD, 0
        for _, piece in lines:
            used += piece.chosen.leading
            if used > room:
                break
            fit += 1
        here.append(lines[:fit])
        rest.append(lines[fit:])
    return here, rest
