"""A list of horizontal bars; each is a button that leads to what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui.moments import count
from gui.text import plain
from gui.theme import icons
from gui.theme.active import colour, fill, ui_font


@dataclass(frozen=True, slots=True)
class BarItem:
    """One bar; `value` is what `chosen` carries, `icon` and `role` its look."""

    value: str
    label: str
    count: int
    role: str = "bar"
    icon: str = ""


class Bars(QWidget):
    """`chosen` carries the value of the bar that was pressed."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setAccessibleName(name)
        self._rows: list[BarRow] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addStretch(1)

    def show_items(self, items: Sequence[BarItem]) -> None:
        """Show other bars; the longest fills the width."""
        most = max((item.count for item in items), default=0)
        while len(self._rows) < len(items):
            made = BarRow(self, self._name)
            made.clicked.connect(lambda _=False, made=made: self.chosen.emit(made.item.value))
            self._rows.append(made)
            self._box.insertWidget(self._box.count() - 1, made)
        for at, made in enumerate(self._rows):
            made.setVisible(at < len(items))
            if at < len(items):
                made.show_item(items[at], most)


class BarRow(QAbstractButton):
    """Label, bar, number."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self.item = BarItem("", "", 0)
        self._most = 0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_item(self, item: BarItem, most: int) -> None:
        """Show another bar."""
        self.item, self._most = item, most
        self.setAccessibleName(f"{self._name}: {plain(item.label)}, {item.count}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colour("focus"), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        inner = rect.adjusted(6, 0, -6, 0)
        wide = min(128.0, inner.width() * 0.42)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        name = QRectF(inner.left(), inner.top(), wide, inner.height())
        if self.item.icon:
            icons.paint(painter, self.item.icon, self.item.role, QRectF(name.left(), name.center().y() - 7, 14, 14))
            name = name.adjusted(20, 0, 0, 0)
        painter.setFont(ui_font(13))
        painter.setPen(colour(self.item.role if self.item.icon else "text"))
        shown = painter.fontMetrics().elidedText(
            plain(self.item.label), Qt.TextElideMode.ElideMiddle, int(name.width() - 6)
        )
        painter.drawText(name, left, shown)
        painter.setPen(colour("text"))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(inner, right, count(self.item.count))
        track = QRectF(inner.left() + wide, inner.center().y() - 3, inner.width() - wide - 52, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("sunken"))
        painter.drawRoundedRect(track, 3, 3)
        if self._most and self.item.count:
            part = max(6.0, track.width() * self.item.count / self._most)
            painter.setBrush(fill(self.item.role))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), part, 6), 3, 3)
        painter.end()
