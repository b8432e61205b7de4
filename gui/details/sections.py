"""What details are made of: headings, paragraphs, tables of names and values, code with a copy button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from gui.parts.layouts import column, copies, framed, row, tool
from gui.parts.wrapped import WrappedText
from gui.text import label, plain
from gui.theme import tokens
from gui.theme.active import mono_font

_TALLEST = 320


def section(title: str, *parts: QWidget) -> QVBoxLayout:
    """A heading and what stands under it."""
    made = column(label(title.upper(), "overline"), *parts, space=6)
    made.setContentsMargins(0, 0, 0, 14)
    return made


_LOOKS = {
    "": "text",
    "muted": "muted",
    "missing": "warn",
    "error": "fail",
    "ok": "ok",
    "warn": "warn",
    "strong": "text",
}


def paragraph(text: str, look: str = "") -> WrappedText:
    """Prose that wraps; looks are muted, strong, missing, error, ok, warn."""
    return WrappedText(text, _LOOKS.get(look, "text"), strong=look == "strong")


def pairs(rows: Iterable[tuple[str, str, str]], width: int = 128) -> QWidget:
    """(name, value, look) one below the other; a click copies a value. Looks: mono, muted, missing (not collected)."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(tokens.SPACE_4)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for at, (name, value, look) in enumerate(rows):
        key = WrappedText(name, "muted")
        key.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        key.setFixedWidth(width)
        shown = WrappedText(value, _LOOKS.get(look, "text"), mono=look == "mono", copies=value)
        shown.setAccessibleName(f"{plain(name)}: {plain(value)}")
        grid.addWidget(key, at, 0, top)
        grid.addWidget(shown, at, 1, top)
    return made


class Code(QFrame):
    """Text in the mono face with a copy button; long lines wrap, so nothing is cut."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "well")
        self.text = text
        shown = _Lines(plain(text, lines=True), name)
        copy = tool("copy", f"Copy {name}")
        copies(copy, text)
        inner = row(shown, column(copy, None), space=0)
        inner.setContentsMargins(2, 2, 4, 2)
        self.setLayout(inner)


class _Lines(QPlainTextEdit):
    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setProperty("look", "code")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(mono_font(12))
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setPlainText(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def _fit(self) -> None:
        lines, block = 0, self.document().firstBlock()
        while block.isValid():
            lines += max(1, block.layout().lineCount())
            block = block.next()
        height = min(_TALLEST, lines * QFontMetrics(self.font()).lineSpacing() + 24)
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()  # another width wraps into another number of lines

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())


def notice(text: str, look: str = "notice") -> QFrame:
    """A sentence on a ground of its own: `notice`, `notice-warn`, `notice-fail`, `notice-ok`."""
    made = framed(column(paragraph(text), margin=10), look)
    made.setAccessibleName(text)
    return made


def entries(rows: Sequence[tuple[str, str, str]]) -> QWidget:
    """A history: (when, what, more), newest first."""
    made = QWidget()
    box = column(space=10)
    for when, what, more in rows:
        at = label(when, "faint")
        at.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        head = row(paragraph(what, "strong"), at, space=8)
        box.addLayout(column(head, paragraph(more, "muted"), space=1) if more else head)
    made.setLayout(box)
    return made
