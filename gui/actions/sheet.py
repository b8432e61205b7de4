"""`?`: every shortcut, by menu."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from gui.actions.overlay import Overlay
from gui.actions.registry import MENUS, ActionRegistry
from gui.parts.layouts import clear, column, row, scrolled, tool
from gui.text import label


class ShortcutSheet(Overlay):
    """Two columns of names and keys; lists what the shown page can do."""

    def __init__(self, registry: ActionRegistry, window: QWidget) -> None:
        panel = QFrame()
        panel.setAccessibleName("Shortcuts")
        super().__init__(window, panel, 800, 700, 40)
        self._registry = registry
        self._left, self._right = column(space=18), column(space=18)
        close = tool("close", "Close (Esc)")
        close.clicked.connect(self.end)
        area: QScrollArea = scrolled(row(self._left, self._right, space=40), "Shortcuts")
        panel.setLayout(column(row(label("Keyboard shortcuts", "title"), None, close), area, space=12, margin=18))

    def open_for(self, page: str) -> None:
        """Show the shortcuts in force on `page`."""
        clear(self._left)
        clear(self._right)
        groups = {
            name: [(one.title, one.keys()) for one in self._registry.on(page) if one.menu == name and one.shortcut]
            for name in MENUS
        }
        # The longest group has a column of its own when the others together are about as long.
        longest = max(groups, key=lambda name: len(groups[name]))
        for name, actions in groups.items():
            if actions:
                (self._right if name == longest else self._left).addWidget(_group(name, actions))
        self._left.addStretch(1)
        self._right.addStretch(1)
        self.open()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "?":
            self.end()
        else:
            super().keyPressEvent(event)


def _group(name: str, rows: list[tuple[str, str]]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(name.upper(), "overline"), 0, 0)
    for at, (title, keys) in enumerate(rows, 1):
        grid.addWidget(label(title), at, 0)
        box = row(None, space=4)
        for part in keys.split(" then "):
            box.addWidget(label(part, "key"))
        grid.addLayout(box, at, 1)
    return made
