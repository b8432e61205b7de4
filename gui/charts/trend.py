"""A line over time with a quiet grid: the score after each scan."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.moments import stamp
from gui.theme.active import colour, ui_font

Points = Sequence[tuple[int, float]]
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 12, 10, 22


class Trend(QWidget):
    """(epoch seconds, value 0..100) oldest first; the pointer reads values off."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._points: list[tuple[int, float]] = []
        self._at: int | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(220, 120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_points(self, points: Points) -> None:
        """Show another history."""
        self._points = list(points)
        self._at = None
        last = f", now {self._points[-1][1]:.0f}" if self._points else ""
        self.setAccessibleName(f"{self._name}: {len(self._points)} points{last}")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        places = [self._place(point).x() for point in self._points]
        x = event.position().x()
        self._at = min(range(len(places)), key=lambda at: abs(places[at] - x)) if places else None
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._at = None
        self.update()

    def _range(self) -> tuple[float, float]:
        values = [value for _, value in self._points] or [0.0, 100.0]
        low = max(0.0, (min(values) - 5) // 10 * 10)
        high = min(100.0, -(-(max(values) + 5) // 10) * 10)
        return low, max(high, low + 10)

    def _place(self, point: tuple[int, float]) -> QPointF:
        first, last = self._points[0][0], self._points[-1][0]
        width = self.width() - _LEFT - _RIGHT
        height = self.height() - _TOP - _BOTTOM
        across = (point[0] - first) / (last - first) if last > first else 0.5
        low, high = self._range()
        return QPointF(_LEFT + across * width, _TOP + (1 - (point[1] - low) / (high - low)) * height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(11))
        low, high = self._range()
        for value in (low, (low + high) / 2, high):
            y = round(_TOP + (1 - (value - low) / (high - low)) * (self.height() - _TOP - _BOTTOM)) + 0.5
            painter.setPen(QPen(colour("line"), 1))
            painter.drawLine(QPointF(_LEFT, y), QPointF(self.width() - _RIGHT, y))
            painter.setPen(colour("faint"))
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(0, y - 8, _LEFT - 8, 16), right, f"{value:.0f}")
        if self._points:
            self._line(painter)
            self._dates(painter)
        painter.end()

    def _line(self, painter: QPainter) -> None:
        places = [self._place(point) for point in self._points]
        path = QPainterPath(places[0])
        for place in places[1:]:
            path.lineTo(place)
        ground = QPainterPath(path)
        floor = self.height() - _BOTTOM
        ground.lineTo(places[-1].x(), floor)
        ground.lineTo(places[0].x(), floor)
        ground.closeSubpath()
        shade = QColor(colour("accent"))
        shade.setAlpha(28)
        painter.fillPath(ground, shade)
        painter.setPen(QPen(colour("accent"), 2))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent"))
        marked = places if len(places) <= 12 else places[-1:]
        for place in marked:
            painter.drawEllipse(place, 3, 3)
        if self._at is not None and self._at < len(places):
            place = places[self._at]
            painter.setPen(QPen(colour("line_strong"), 1))
            painter.drawLine(QPointF(place.x(), _TOP), QPointF(place.x(), floor))
            painter.setPen(QPen(colour("surface"), 2))
            painter.setBrush(colour("accent"))
            painter.drawEllipse(place, 5, 5)

    def _dates(self, painter: QPainter) -> None:
        base = QRectF(_LEFT, self.height() - _BOTTOM + 4, self.width() - _LEFT - _RIGHT, 16)
        painter.setPen(colour("muted" if self._at is not None else "faint"))
        if self._at is not None and self._at < len(self._points):
            at, value = self._points[self._at]
            painter.drawText(base, Qt.AlignmentFlag.AlignCenter, f"{stamp(at)}   {value:.1f}")
            return
        first, last = stamp(self._points[0][0]), stamp(self._points[-1][0])
        same_day = first[:10] == last[:10]
        painter.drawText(base, Qt.AlignmentFlag.AlignLeft, first if same_day else first[:10])
        if last > first:
            painter.drawText(base, Qt.AlignmentFlag.AlignRight, last[11:] if same_day else last[:10])
