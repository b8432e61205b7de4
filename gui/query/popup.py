"""The list of suggestions under the query bar: a child of the window, so it never takes the focus."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.channel.door import Suggestion
from gui.text import plain
from gui.theme.active import colour, mono_font, ui_font

Index = QModelIndex | QPersistentModelIndex
_ROW = 26
_SHOWN = 10
_NOWHERE = QModelIndex()


class _Suggestions(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.items: list[Suggestion] = []

    def show(self, items: list[Suggestion]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()] if index.isValid() else None
        if item is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{item.text} {item.meaning}"
        return item if role == Qt.ItemDataRole.UserRole else None


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Suggestion = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)
        if QStyle.StateFlag.State_Selected in option.state:
            painter.fillRect(rect, colour("selection"))
        inner = rect.adjusted(8, 0, -8, 0)
        painter.setFont(mono_font(12))
        painter.setPen(colour("accent" if item.kind == "field" else "text"))
        text = plain(item.text)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(inner, left, text)
        used = max(110, painter.fontMetrics().horizontalAdvance(text) + 16)
        painter.setFont(ui_font(12))
        painter.setPen(colour("muted"))
        rest = inner.adjusted(used, 0, 0, 0)
        meaning = painter.fontMetrics().elidedText(plain(item.meaning), Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, left, meaning)


class SuggestionPopup(QListView):
    """Suggestions; the bar moves the cursor in it."""

    picked = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("look", "popup")
        self.setAccessibleName("Suggestions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_Painter(self))
        self._items = _Suggestions(self)
        self.setModel(self._items)
        self.clicked.connect(lambda index: self.picked.emit(self._items.items[index.row()]))
        self.hide()

    def offer(self, items: list[Suggestion], at: QPoint, width: int) -> None:
        """Show `items` at a point of the window (nothing: hide)."""
        self._items.show(items)
        if not items:
            self.hide()
            return
        self.setGeometry(at.x(), at.y(), width, min(len(items), _SHOWN) * _ROW + 10)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Move the cursor, round the ends."""
        count = len(self._items.items)
        if count:
            at = self.currentIndex().row()
            at = (at + by) % count if at >= 0 else (0 if by > 0 else count - 1)
            self.setCurrentIndex(self._items.index(at))

    def current(self) -> Suggestion | None:
        """The suggestion under the cursor."""
        at = self.currentIndex()
        return self._items.items[at.row()] if at.isValid() else None

    def first(self) -> Suggestion | None:
        """The uppermost suggestion."""
        return self._items.items[0] if self._items.items else None
