"""The parts of the query as chips: turn one round, or take it out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from gui.channel import door
from gui.text import plain
from gui.theme import icons

_LONG = 48


class FilterChips(QWidget):
    """Chips of one query; `changed` carries the query after a click."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self.hide()

    def show_query(self, text: str) -> None:
        """Chips of a query that can be read."""
        if text == self._text:
            return
        self._text = text
        while self._row.count() > 1:
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, chip in enumerate(door.query_edit.chips(text)):
            self._row.insertWidget(at, self._chip(at, chip.text, chip.excludes))
        self.setVisible(self._row.count() > 1)

    def _chip(self, at: int, text: str, excludes: bool) -> QWidget:
        shown = plain(text) if len(text) <= _LONG else plain(text[:_LONG]) + "…"
        made = QWidget(self)
        body = QPushButton(shown.replace("&", "&&"), made)
        body.setProperty("look", "chip-out" if excludes else "chip")
        body.setToolTip("Leave out instead" if not excludes else "Filter by it instead")
        body.setAccessibleName(f"Filter {plain(text)}: turn round")
        body.clicked.connect(lambda: self.changed.emit(door.query_edit.invert(self._text, at)))
        cross = QToolButton(made)
        cross.setProperty("look", "plain")
        cross.setAccessibleName(f"Remove filter {plain(text)}")
        cross.setToolTip("Remove")
        icons.attach(cross, "close", "muted", 12)
        cross.clicked.connect(lambda: self.changed.emit(door.query_edit.drop(self._text, at)))
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(body)
        row.addWidget(cross)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return made
