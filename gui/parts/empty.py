"""What a place without content says: what is the matter, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from gui.parts.layouts import button, column, row
from gui.text import label
from gui.theme import icons


class _Picture(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(44, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, self._icon, "line_strong", self.rect().toRectF())
        painter.end()


class Empty(QWidget):
    """A picture, a sentence, a next step, perhaps a button (`action`)."""

    def __init__(self, icon: str, title: str, text: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, "title")
        self.text = label(text, "muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setMinimumWidth(360)
        self.text.setMaximumWidth(480)
        self.action: QPushButton | None = button(action, "primary") if action else None
        inner = column(
            None,
            row(None, _Picture(icon), None),
            row(None, self.title, None),
            row(None, self.text, None),
            row(None, self.action, None) if self.action is not None else 0,
            None,
            space=10,
        )
        self.setLayout(inner)

    def say(self, title: str, text: str) -> None:
        """Other words."""
        self.title.setText(title)
        self.text.setText(text)
