"""What every page is given: the workspace's link, the registry, preferences, notifications, and the way to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gui.actions.registry import ActionRegistry
from gui.channel.link import EngineLink
from gui.jobs.board import JobBoard
from gui.preferences import Preferences
from gui.toasts import Toasts

REST = 250
"""Milliseconds between two readings of a page that changes while it is shown."""


def _nowhere(page: str, query: str) -> None:
    return None


@dataclass(slots=True)
class Console:
    """Services of one window. `go` shows a page; `query` narrows it where it has a query bar."""

    workspace: Path
    link: EngineLink
    actions: ActionRegistry
    preferences: Preferences
    toasts: Toasts
    jobs: JobBoard
    go: Callable[[str, str], None] = field(default=_nowhere)


class Page(QWidget):
    """One page of the rail. `id` is also the context of its actions; `tables` are those whose changes concern it."""

    id = ""
    title = ""
    tables: frozenset[str] = frozenset()

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.setProperty("look", "page")
        self.setAccessibleName(self.title)
        self._stale = True
        # A scan commits many times a second: reading anew a few times a second is as live as eyes can follow.
        self._soon = QTimer(self, singleShot=True, interval=REST)
        self._soon.timeout.connect(self.refresh)

    def register(self) -> None:
        """Add the page's actions to the registry."""

    def refresh(self) -> None:
        """Read anew what is shown."""

    def narrow(self, query: str) -> None:
        """Show what `query` asks for."""

    def escape(self) -> bool:
        """Close what Esc should close; whether there was anything."""
        return False

    def entered(self) -> None:
        """The page is shown."""
        if self._stale:
            self._stale = False
            self.refresh()

    def leave(self) -> None:
        """The window closes."""
        self._soon.stop()

    def told(self, tables: set[str]) -> None:
        """Tables were written; a hidden page reads when it is shown again."""
        if self.tables & tables or "*" in tables:
            if self.isVisible():
                if not self._soon.isActive():
                    self._soon.start()
            else:
                self._stale = True
