"""Text from outside, made safe to show: never HTML, and no character that hides, reverses or breaks a line unseen."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

# Cc control, Cf format (bidi overrides, zero width), Cs lone surrogates, Zl/Zp line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200d\ufe0f")  # emoji sequences need them, and alone they cannot mislead


def plain(text: str, *, lines: bool = False) -> str:
    """`text` with every hidden or reordering character as its code, e.g. ⟨U+202E⟩; `lines` keeps newlines and tabs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char, lines) for char in text)


def _shown(char: str, lines: bool) -> str:
    if char in _JOINERS or (lines and char in "\n\t"):
        return char
    if unicodedata.category(char) in _HIDDEN:
        return f"⟨U+{ord(char):04X}⟩"
    return char


def label(text: str = "", look: str = "", parent: QWidget | None = None, *, wrap: bool = False) -> QLabel:
    """A label that shows `text` as plain text."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(plain(text, lines=True))
    made.setWordWrap(wrap)
    if look:
        made.setProperty("look", look)
    return made


class ElidedLabel(QLabel):
    """One line of outside text that gives way: cut with an ellipsis, whole in the tool tip."""

    def __init__(
        self,
        text: str = "",
        look: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._mode = mode
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if look:
            self.setProperty("look", look)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show `text`, made safe."""
        self._whole = plain(text)
        self.setText(self._whole)
        self.setAccessibleName(self._whole)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, self.width())
        self.setToolTip(html_safe(self._whole) if shown != self._whole else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()


def html_safe(text: str) -> str:
    """`text` for a tool tip, which Qt would otherwise read as HTML."""
    escaped = plain(text, lines=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p>{escaped.replace(chr(10), '<br>')}</p>" if escaped else ""
