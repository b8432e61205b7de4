"""The score as an arc with its number."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.theme.active import colour, fill, ui_font

_START, _SPAN = 225, 270  # degrees


def grade(score: float | None) -> str:
    """The colour role of a score."""
    if score is None:
        return "muted"
    return "ok" if score >= 85 else "medium" if score >= 65 else "high" if score >= 45 else "critical"


class Gauge(QWidget):
    """0..100; None shows a dash."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score: float | None = None
        self.setFixedSize(QSize(148, 132))

    def show_score(self, score: float | None) -> None:
        """Show another score."""
        self._score = score
        self.setAccessibleName("Score: none yet" if score is None else f"Score {score:.0f} of 100")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(10, 8, self.width() - 20, self.width() - 20)
        pen = QPen(colour("sunken"), 11, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(rect, _START * 16, -_SPAN * 16)
        role = grade(self._score)
        if self._score is not None:
            pen.setColor(fill(role))
            painter.setPen(pen)
            painter.drawArc(rect, _START * 16, round(-_SPAN * 16 * max(self._score, 0.5) / 100))
        painter.setPen(colour("text"))
        painter.setFont(ui_font(38, strong=True))
        text = "—" if self._score is None else f"{self._score:.0f}"
        painter.drawText(rect.adjusted(0, -6, 0, -6), Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(colour("muted"))
        painter.setFont(ui_font(12))
        painter.drawText(rect.adjusted(0, 48, 0, 48), Qt.AlignmentFlag.AlignCenter, "of 100")
        painter.end()
