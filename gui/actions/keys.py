"""The registry as QActions of a window, and as menus."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.actions.registry import EVERYWHERE, MENUS, Action, ActionRegistry


class WindowActions(QObject):
    """Keeps one QAction for each registered action on `window`; only those of the shown page answer their keys."""

    def __init__(self, registry: ActionRegistry, window: QWidget) -> None:
        super().__init__(window)
        self._registry = registry
        self._window = window
        self._page = EVERYWHERE
        self._made: dict[str, QAction] = {}
        for action in registry:
            self._make(action.id)
        registry.added.connect(self._make)

    def show_page(self, page: str) -> None:
        """Which page's shortcuts are in force."""
        self._page = page
        for name, made in self._made.items():
            made.setEnabled(self._registry[name].page in (EVERYWHERE, page))

    def menu(self, parent: QWidget) -> QMenu:
        """All menus under one button, with what cannot be done now greyed out."""
        top = QMenu(parent)
        top.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in MENUS:
            actions = [action for action in self._registry.on(self._page) if action.menu == name]
            if actions:
                under = top.addMenu(name)
                for action in actions:
                    self._entry(under, action)
        return top

    def _entry(self, menu: QMenu, action: Action) -> None:
        # The window's own QAction stays out of the menu: its enabled state is about keys, not about this moment.
        entry = menu.addAction(f"{action.title}\t{action.keys()}")
        entry.setEnabled(action.enabled())
        entry.triggered.connect(lambda: self._registry.run(action.id))

    def _make(self, id: str) -> None:
        action = self._registry[id]
        made = QAction(action.title, self._window)
        made.setObjectName(id)
        if action.shortcut:
            made.setShortcut(QKeySequence(action.shortcut))
            made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            made.setAutoRepeat(action.shortcut in ("J", "K"))
        made.setEnabled(action.page in (EVERYWHERE, self._page))
        made.triggered.connect(lambda: self._registry.run(id))
        self._window.addAction(made)
        self._made[id] = made
