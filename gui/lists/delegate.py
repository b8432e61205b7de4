"""Paints cells: one pass, no widget styles, everything from the tokens."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.lists.column import Column, Look
from gui.lists.model import COLUMN_ROLE, ROW_ROLE, Place, shown
from gui.parts.words import SEVERITY, STATE, STATUS, Mark
from gui.theme import icons, tokens
from gui.theme.active import colour, fill, mono_font, ui_font

_PAD = 8
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class CellDelegate(QStyledItemDelegate):
    """Draws each cell by its column's look; a group's header row is drawn strong, with its arrow."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.expanded: set[int] = set()
        self.grouped = False
        self.is_header = _never
        self.header_id = _no_id
        self._fonts = {
            Look.MONO: mono_font(12),
            Look.STRONG: ui_font(strong=True),
            Look.TEXT: ui_font(),
        }
        self._metrics = {look: QFontMetrics(font) for look, font in self._fonts.items()}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, tokens.ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        column: Column = index.data(COLUMN_ROLE)
        row = index.data(ROW_ROLE)
        state: QStyle.StateFlag = option.state
        rect = QRectF(option.rect)
        if QStyle.StateFlag.State_Selected in state:
            painter.fillRect(rect, colour("selection"))
        elif QStyle.StateFlag.State_MouseOver in state:
            painter.fillRect(rect, colour("hover"))
        painter.setPen(colour("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(_PAD, 0, -_PAD, -1)
        if self.grouped and index.column() == 0 and not isinstance(row, Place):
            inner = self._arrow(painter, inner, row)
        if isinstance(row, Place):
            painter.setPen(colour("faint"))
            painter.drawText(inner, _LEFT, row.value if index.column() == 0 else "")
            return
        self._value(painter, inner, column, column.value(row), self.is_header(row))

    def _arrow(self, painter: QPainter, inner: QRectF, row: Any) -> QRectF:
        if self.is_header(row):
            name = "chevron-down" if self.header_id(row) in self.expanded else "chevron-right"
            icons.paint(painter, name, "muted", QRectF(inner.left(), inner.center().y() - 6, 12, 12))
        return inner.adjusted(20 if self.is_header(row) else 32, 0, 0, 0)

    def _value(self, painter: QPainter, inner: QRectF, column: Column, value: Any, header: bool) -> None:
        look = column.look
        if look is Look.SEVERITY:
            self._mark(painter, inner, SEVERITY.get(str(value)) or STATUS.get(str(value)), str(value))
        elif look is Look.STATUS:
            self._mark(painter, inner, STATUS.get(str(value)), str(value))
        elif look is Look.STATE:
            self._mark(painter, inner, STATE.get(str(value)), str(value))
        elif isinstance(value, tuple):
            self._share(painter, inner, value)
        else:
            kind = Look.STRONG if header and look is Look.STRONG else look if look is Look.MONO else Look.TEXT
            painter.setFont(self._fonts[kind])
            painter.setPen(colour("muted" if look in (Look.MUTED, Look.NUMBER) else "text"))
            text = shown(value)
            # The end of an ARN says which it is.
            middle = look is Look.MONO or text.startswith("arn:")
            mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
            text = self._metrics[kind].elidedText(text, mode, int(inner.width()))
            painter.drawText(inner, _RIGHT if look is Look.NUMBER else _LEFT, text)

    def _mark(self, painter: QPainter, inner: QRectF, mark: Mark | None, value: str) -> None:
        if mark is not None and not mark.word:
            return
        if mark is None:
            painter.setPen(colour("faint"))
            painter.drawText(inner, _LEFT, value)
            return
        icons.paint(painter, mark.icon, mark.role, QRectF(inner.left(), inner.center().y() - 7, 14, 14))
        painter.setFont(self._fonts[Look.TEXT])
        painter.setPen(colour(mark.role))
        painter.drawText(inner.adjusted(20, 0, 0, 0), _LEFT, mark.word)

    def _share(self, painter: QPainter, inner: QRectF, value: tuple[int, int]) -> None:
        part, whole = value
        text = shown(value)
        painter.setFont(self._fonts[Look.TEXT])
        painter.setPen(colour("text"))
        painter.drawText(inner, _LEFT, text)
        bar = QRectF(inner.right() - 56, inner.center().y() - 2.5, 56, 5)
        if bar.left() < inner.left() + self._metrics[Look.TEXT].horizontalAdvance(text) + 8:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("sunken"))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        if part and whole:
            painter.setBrush(fill("fail"))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(4.0, bar.width() * part / whole), 5), 2.5, 2.5)
        painter.restore()


def _never(row: Any) -> bool:
    return False


def _no_id(row: Any) -> int:
    return 0
