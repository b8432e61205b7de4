"""A cursor that goes down the pages: headings, paragraphs, facts, and what else stands in the text."""

from __future__ import annotations

from typing import BinaryIO

from backend.reports.pdf import contents, style
from backend.reports.pdf.canvas import end_page, new_canvas
from backend.reports.pdf.contents import Entry
from backend.reports.pdf.fonts import printable, register
from backend.reports.pdf.ink import Ink
from backend.reports.pdf.style import Style
from backend.reports.pdf.wrap import fit, wrap

_TOTAL = "total-pages"
INDENT = 78.0
"""Where the text beside a label begins."""


class Flow:
    """The document being written. `y` is the cursor, in points above the foot of the page."""

    def __init__(self, stream: BinaryIO, created: int, seed: str, *, running: tuple[str, str], footer: str) -> None:
        """`seed` makes the file's id, `created` (epoch seconds) its date; `running` stands in the header."""
        register()
        self.canvas = new_canvas(stream, created, seed)
        self.ink = Ink(self.canvas)
        self.page = 1
        self.pages: dict[str, int] = {}
        self.section = ""
        self.y = style.PAGE_HEIGHT - style.TOP
        self._running = running
        self._footer = footer
        self._contents: list[tuple[str, list[tuple[float, Entry]]]] = []
        self._numbered: dict[str, None] = {}  # places whose page number stands in a table

    @property
    def room(self) -> float:
        """Points left on this page."""
        return self.y - style.BOTTOM

    def new_page(self, *, bare: bool = False) -> None:
        """Finish this page (`bare`: without header and footer) and begin the next."""
        if not bare:
            self._header_and_footer()
        self.ink.flush()
        end_page(self.canvas)
        self.page += 1
        self.y = style.PAGE_HEIGHT - style.TOP

    def keep(self, high: float) -> None:
        """Begin a new page unless `high` points are left on this one."""
        if self.room < high and self.y < style.PAGE_HEIGHT - style.TOP:
            self.new_page()

    def space(self, high: float) -> None:
        """Leave a gap; none at the head of a page."""
        if self.y < style.PAGE_HEIGHT - style.TOP:
            self.y -= high

    def mark(self, key: str, title: str, level: int, *, above: float = 0.0) -> None:
        """A place that links, contents and the viewer's bookmarks lead to."""
        self.pages[key] = self.page
        self.canvas.bookmarkPage(key, fit="XYZ", left=0, top=self.y + above)
        self.canvas.addOutlineEntry(printable(title), key, level, closed=level > 0)

    def heading(self, level: int, title: str, key: str, *, keep: float = 90.0, below: int | None = None) -> None:
        """A heading: level 0 begins a page, 1 and 2 stay with `keep` points of what follows.

        `below` is its level among the bookmarks, where that is another.
        """
        chosen = style.HEADINGS[level]
        if level == 0:
            if self.y < style.PAGE_HEIGHT - style.TOP:
                self.new_page()
            self.section = title
        else:
            self.keep(chosen.leading + keep)
            self.space((0, 14, 10)[level])
        self.mark(key, title, level if below is None else below, above=6)
        for line in wrap(printable(title), chosen.face, chosen.size, style.WIDTH):
            self.y -= chosen.leading
            self.ink.put(style.LEFT, self.y + 5, line, chosen)
        if level == 0:
            self.ink.line(style.LEFT, self.y - 3, style.LEFT + style.WIDTH, self.y - 3, style.ACCENT, 1.2)
        self.y -= (12, 4, 2)[level]

    def paragraph(
        self, text: str, chosen: Style = style.BODY, *, indent: float = 0.0, after: float = 5.0, room: float = 0.0
    ) -> None:
        """Text over as many lines and pages as it takes."""
        for line in wrap(printable(text), chosen.face, chosen.size, room or style.WIDTH - indent):
            self.keep(chosen.leading)
            self.y -= chosen.leading
            self.ink.put(style.LEFT + indent, self.y + 3, line, chosen)
        self.space(after)

    def labelled(self, label: str, text: str, chosen: Style = style.BODY) -> None:
        """A small label at the left and its text beside it."""
        indent = INDENT
        lines = wrap(printable(text), chosen.face, chosen.size, style.WIDTH - indent)
        for number, line in enumerate(lines):
            self.keep(chosen.leading * (2 if number == 0 and len(lines) > 1 else 1))
            self.y -= chosen.leading
            if number == 0:
                self.ink.put(style.LEFT, self.y + 3, label, style.LABEL)
            self.ink.put(style.LEFT + indent, self.y + 3, line, chosen)
        self.space(3)

    def code(self, label: str, text: str) -> None:
        """A command, in a box."""
        indent, chosen = INDENT, style.CODE
        lines = _code_lines(text)
        first = True
        while lines:
            self.keep(min(len(lines), 3) * chosen.leading + 10)
            fit = max(int((self.room - 10) // chosen.leading), 1)
            here, lines = lines[:fit], lines[fit:]
            high = len(here) * chosen.leading + 7
            self.ink.fill(style.LEFT + indent, self.y - high, style.WIDTH - indent, high, style.PANEL)
            if first:
                self.ink.put(style.LEFT, self.y - chosen.leading - 0.5, label, style.LABEL)
            self.y -= 3.5
            for line in here:
                self.y -= chosen.leading
                self.ink.put(style.LEFT + indent + 7, self.y + 2.8, line, chosen)
            self.y -= 3.5
            first = False
        self.space(5)

    def contents(self, entries: list[Entry], title: str = "Contents") -> None:
        """The pages of the contents; the numbers are filled in by `close`."""
        for number, listed in enumerate(contents.paginate(entries, self.room - 40)):
            if number:
                self.new_page()
            self.section = title
            chosen = style.HEADINGS[0]
            self.y -= chosen.leading
            self.ink.put(style.LEFT, self.y + 5, title if number == 0 else f"{title} (continued)", chosen)
            self.ink.line(style.LEFT, self.y - 3, style.LEFT + style.WIDTH, self.y - 3, style.ACCENT, 1.2)
            name = f"contents-{number}"
            self._contents.append((name, contents.draw(self.ink, listed, self.y - 4)))
            self.canvas.doForm(name)
            self.y = style.BOTTOM

    def page_number(self, right: float, y: float, key: str) -> None:
        """The number of the page where `key` is marked, ending at `right`; the mark may come later."""
        self._numbered[key] = None
        self.canvas.saveState()
        self.canvas.translate(right, y)
        self.canvas.doForm(f"page-of-{key}")
        self.canvas.restoreState()

    def close(self) -> int:
        """Finish the last page, fill in what only now is known, write the file; returns the number of pages."""
        self._header_and_footer()
        self.ink.flush()
        end_page(self.canvas)
        total = self.page
        self.canvas.beginForm(_TOTAL, 0, -4, 60, 12)
        self.ink.put(0, 0, str(total), style.SMALL)
        self.ink.flush()
        self.canvas.endForm()
        for name, lines in self._contents:
            self.canvas.beginForm(name, 0, 0, style.PAGE_WIDTH, style.PAGE_HEIGHT)
            contents.numbers(self.ink, lines, self.pages)
            self.ink.flush()
            self.canvas.endForm()
        for key in self._numbered:
            self.canvas.beginForm(f"page-of-{key}", -40, -4, 0, 12)
            self.ink.put(0, 0, str(self.pages[key]), style.CELL, align="right")
            self.ink.flush()
            self.canvas.endForm()
        self.canvas.save()
        return total

    def _header_and_footer(self) -> None:
        right = style.LEFT + style.WIDTH
        head, foot = style.PAGE_HEIGHT - 40.0, 34.0
        title, classification = self._running
        places = ((title, style.LEFT, "left"), (self.section, (style.LEFT + right) / 2, "center"))
        for text, x, align in (*places, (classification, right, "right")):
            shown = fit(printable(text), style.SMALL.face, style.SMALL.size, style.WIDTH / 3 - 8)
            self.ink.put(x, head, shown, style.SMALL, align=align)
        self.ink.line(style.LEFT, head - 7, right, head - 7, style.RULE)
        self.ink.line(style.LEFT, foot + 13, right, foot + 13, style.RULE)
        self.ink.put(style.LEFT, foot, self._footer, style.SMALL)
        self.ink.put(right - 18, foot, f"Page {self.page} of", style.SMALL, align="right")
        self.canvas.saveState()
        self.canvas.translate(right - 16, foot)
        self.canvas.doForm(_TOTAL)
        self.canvas.restoreState()


def _code_lines(text: str) -> list[str]:
    room = style.WIDTH - INDENT - 14
    return [
        line for part in text.splitlines() for line in wrap(printable(part), style.CODE.face, style.CODE.size, room)
    ]


def labelled_height(text: str, chosen: Style = style.BODY) -> float:
    """Points that `Flow.labelled` takes."""
    lines = wrap(printable(text), chosen.face, chosen.size, style.WIDTH - INDENT)
    return len(lines) * chosen.leading + 3


def code_height(text: str) -> float:
    """Points that `Flow.code` takes on one page."""
    return len(_code_lines(text)) * style.CODE.leading + 12
