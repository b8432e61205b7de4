"""A word with icon and ground: severity, status, state, Demo."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.parts.words import Mark
from gui.theme import icons
from gui.theme.active import colour, ui_font
from gui.theme.tokens import ROLES


class Badge(QWidget):
    """Painted from the tokens in force, so it follows the theme."""

    def __init__(self, mark: Mark, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = mark
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_mark(mark)

    def show_mark(self, mark: Mark) -> None:
        """Show another word."""
        self._mark = mark
        self.setAccessibleName(mark.word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(ui_font(12, strong=True)).horizontalAdvance(self._mark.word) + 34, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = f"{self._mark.role}_ground"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(ground if ground in ROLES else "info_ground"))
        rect = QRectF(self.rect())
        painter.drawRoundedRect(rect, 4, 4)
        icons.paint(painter, self._mark.icon, self._mark.role, QRectF(7, rect.center().y() - 6.5, 13, 13))
        painter.setFont(ui_font(12, strong=True))
        painter.setPen(colour(self._mark.role))
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(rect.adjusted(25, 0, 0, 0), left, self._mark.word)
        painter.end()
