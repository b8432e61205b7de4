"""The one details pane: beside the list, never modal, with tabs; Esc closes it, and the list's keys move under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.parts.badge import Badge
from gui.parts.layouts import clear, column, row, rule, scrolled, tool
from gui.parts.words import Mark
from gui.text import ElidedLabel, label, plain
from gui.theme import tokens

Tab = tuple[str, Callable[[], QLayout]]


class DetailsPane(QWidget):
    """Title, badges, actions and tabs of one thing; tabs are built when they are first shown."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(340)
        self._tabs: list[Tab] = []
        self._wanted = ""
        self._pages: dict[int, QScrollArea] = {}
        self.title = label(look="title", wrap=True)
        self.subtitle = ElidedLabel(look="muted")
        self._badges = QHBoxLayout()
        self._badges.setSpacing(6)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(6)
        self._close = tool("close", "Close details (Esc)")
        self._close.clicked.connect(self.closed)
        self.bar = QTabBar()
        self.bar.setAccessibleName("Parts of the details")
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(self.bar.elideMode().ElideNone)
        self.bar.currentChanged.connect(self._show_tab)
        self._stack = QStackedWidget()
        head = column(
            row(self._badges, None, self._close),
            self.title,
            self.subtitle,
            self.buttons,
            space=tokens.SPACE_2,
        )
        head.setContentsMargins(16, 10, 8, 6)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self.bar)
        box.addWidget(rule())
        box.addWidget(self._stack, 1)

    def show_content(self, title: str, subtitle: str, badges: Sequence[Mark], tabs: Sequence[Tab]) -> None:
        """Show one thing; the tab of the same name as before stays chosen."""
        self.title.setText(plain(title))
        self.subtitle.show_text(subtitle)
        self.setAccessibleName(f"Details of {plain(title)}")
        clear(self._badges)
        for mark in badges:
            self._badges.addWidget(Badge(mark))
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages = {}
        self._tabs = list(tabs)
        names = [name for name, _ in tabs]
        self.bar.blockSignals(True)
        if [self.bar.tabText(at) for at in range(self.bar.count())] != names:
            while self.bar.count():
                self.bar.removeTab(0)
            for name in names:
                self.bar.addTab(name)
        self.bar.setCurrentIndex(names.index(self._wanted) if self._wanted in names else 0)
        self.bar.blockSignals(False)
        self._build(self.bar.currentIndex())

    def step_tab(self, by: int) -> None:
        """The next or previous tab, round the ends."""
        if self.bar.count():
            self.bar.setCurrentIndex((self.bar.currentIndex() + by) % self.bar.count())

    def page(self) -> QScrollArea | None:
        """The part that is shown."""
        return self._pages.get(self.bar.currentIndex())

    def _show_tab(self, at: int) -> None:
        if 0 <= at < len(self._tabs):
            self._wanted = self._tabs[at][0]
            self._build(at)

    def _build(self, at: int) -> None:
        if not 0 <= at < len(self._tabs):
            return
        if at not in self._pages:
            name, build = self._tabs[at]
            inner = build()
            inner.setContentsMargins(16, 14, 16, 20)
            self._pages[at] = scrolled(inner, name)
            self._stack.addWidget(self._pages[at])
        self._stack.setCurrentWidget(self._pages[at])
