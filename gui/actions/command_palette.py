"""Ctrl+K: every action that makes sense now, found by a few letters of its name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)  # fmt: skip

from gui.actions.overlay import Overlay
from gui.actions.registry import Action, ActionRegistry
from gui.parts.layouts import column
from gui.theme.active import colour, mono_font, ui_font

Index = QModelIndex | QPersistentModelIndex
_ROW = 34
_NOWHERE = QModelIndex()


def match(letters: str, title: str) -> float:
    """How well `letters` stand for `title`: 0 not at all; words' beginnings count more, then closeness."""
    wanted, text = letters.lower().replace(" ", ""), title.lower()
    if not wanted:
        return 1.0
    if letters.lower() in text:
        return 100.0 - text.index(letters.lower()) / 10 - len(text) / 100
    score, at = 0.0, 0
    for char in wanted:
        found = text.find(char, at)
        if found < 0:
            return 0.0
        begins = found == 0 or text[found - 1] in " :-"
        score += 3.0 if begins else 1.0 / (1 + found - at)
        at = found + 1
    return score


class _Found(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.actions: list[Action] = []

    def show(self, actions: list[Action]) -> None:
        self.beginResetModel()
        self.actions = actions
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.actions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        action = self.actions[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{action.title}  {action.keys()}".strip()
        return action if role == Qt.ItemDataRole.UserRole else None


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        action: Action = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)
        if QStyle.StateFlag.State_Selected in option.state:
            painter.fillRect(rect, colour("selection"))
        inner = rect.adjusted(14, 0, -14, 0)
        painter.setFont(ui_font(12))
        painter.setPen(colour("muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(middle | Qt.AlignmentFlag.AlignLeft), action.menu)
        painter.setFont(ui_font())
        painter.setPen(colour("text"))
        painter.drawText(inner.adjusted(84, 0, 0, 0), int(middle | Qt.AlignmentFlag.AlignLeft), action.title)
        painter.setFont(mono_font(11))
        painter.setPen(colour("muted"))
        painter.drawText(inner, int(middle | Qt.AlignmentFlag.AlignRight), action.keys())


class CommandPalette(Overlay):
    """A line to type in, and the actions it matches."""

    def __init__(self, registry: ActionRegistry, window: QWidget) -> None:
        panel = QFrame()
        panel.setAccessibleName("Command palette")
        super().__init__(window, panel, 620, 420, 90)
        self._registry = registry
        self._page = ""
        self.field = _Field(self)
        self.field.setPlaceholderText("Type a command…")
        self.field.setAccessibleName("Command")
        self._found = _Found(self)
        self.list = QListView()
        self.list.setAccessibleName("Commands")
        self.list.setModel(self._found)
        self.list.setItemDelegate(_Painter(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        panel.setLayout(column(self.field, self.list, space=8, margin=10))
        self.field.textChanged.connect(self._match)
        self.field.returnPressed.connect(self._run)
        self.list.clicked.connect(lambda _: self._run())

    def open_for(self, page: str) -> None:
        """Show, with the actions of `page`."""
        self._page = page
        self.field.clear()
        self._match("")
        self.open()
        self.field.setFocus()

    def step(self, by: int) -> None:
        """Move the cursor, round the ends."""
        count = len(self._found.actions)
        if count:
            self.list.setCurrentIndex(self._found.index((self.list.currentIndex().row() + by) % count))

    def titles(self) -> list[str]:
        """What is listed now."""
        return [action.title for action in self._found.actions]

    def _match(self, letters: str) -> None:
        scored = [
            (match(letters, f"{action.title} {action.menu}"), action)
            for action in self._registry.on(self._page)
            if action.id != "app.palette" and action.enabled()
        ]
        found = sorted((one for one in scored if one[0] > 0), key=lambda one: -one[0])
        self._found.show([action for _, action in found])
        if found:
            self.list.setCurrentIndex(self._found.index(0))

    def _run(self) -> None:
        at = self.list.currentIndex()
        if at.isValid():
            action = self._found.actions[at.row()]
            self.end()
            self._registry.run(action.id)


class _Field(QLineEdit):
    def __init__(self, palette: CommandPalette) -> None:
        super().__init__()
        self._of = palette

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if event.key() in steps:
            self._of.step(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self._of.end()
        else:
            super().keyPressEvent(event)
