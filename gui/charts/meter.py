"""A thin bar of one share: coverage beside the score."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.moments import percent
from gui.theme.active import colour, fill


class Meter(QWidget):
    """A share 0..1 in a colour role; None is an empty track."""

    def __init__(self, name: str, role: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._role = name, role
        self._share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float | None, role: str = "") -> None:
        """Show another share, perhaps in another colour."""
        self._share = share
        self._role = role or self._role
        self.setAccessibleName(f"{self._name}: {'unknown' if share is None else percent(share)}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("sunken"))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        if self._share:
            painter.setBrush(fill(self._role))
            width = max(6.0, self.width() * min(1.0, self._share))
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), 3, 3)
        painter.end()
