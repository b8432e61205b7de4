"""The main window: rail, top bar, pages, and what lies over them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gui.actions.command_palette import CommandPalette
from gui.actions.keys import WindowActions
from gui.actions.registry import Action, ActionRegistry
from gui.actions.sheet import ShortcutSheet
from gui.channel.link import EngineLink
from gui.console import Console, Page
from gui.curtain import Curtain
from gui.jobs.board import JobBoard
from gui.jobs.job import JobView
from gui.moments import now
from gui.pages import PAGES, PageEntry
from gui.preferences import Preferences
from gui.prompts import Prompts
from gui.rail import Rail
from gui.theme import active
from gui.toasts import Toasts
from gui.topbar import TopBar

TOLD_ELSEWHERE = frozenset({"account.test", "profile.list", "rule.check", "check", "report.verify", "audit.verify"})
"""Kinds of job whose end is told by what asked for them."""
AGES = 60_000  # ms between two looks at how old the data is


class ConsoleWindow(QMainWindow):
    """One workspace's window. `painted` is emitted once, when the first page has its first content."""

    closing = Signal()

    def __init__(self, workspace: Path, link: EngineLink, preferences: Preferences, *, demo: bool = False) -> None:
        super().__init__()
        self.setWindowTitle(f"{workspace.stem} — Vedette")
        width, height = (*preferences.get("window", [1280, 800]), 1280, 800)[:2]
        good = isinstance(width, int) and isinstance(height, int)
        self.resize(*((width, height) if good else (1280, 800)))
        self.setMinimumSize(960, 600)
        self.workspace = workspace
        self.failure = ""  # why the workspace is not open
        self.link = link
        self.registry = ActionRegistry(self)
        self.toasts = Toasts(self)
        self.board = JobBoard(link, self)
        self.console = Console(workspace, link, self.registry, preferences, self.toasts, self.board, self.go)
        self.pages: dict[str, Page] = {}  # those that were shown
        self._register()
        self.rail = Rail(PAGES, self.registry)
        self.topbar = TopBar(workspace, self.board, self, demo=demo, read_only=link.read_only)
        self._stack = QStackedWidget()
        self.curtain = Curtain(workspace)
        self._stack.addWidget(self.curtain)
        self._lay()
        self.keys = WindowActions(self.registry, self)
        self.palette_overlay = CommandPalette(self.registry, self)
        self.sheet = ShortcutSheet(self.registry, self)
        self.prompts = Prompts(link, self)
        self._connect()
        self._wanted = (_entry(preferences.get("page", PAGES[0].id)).id, "")
        self._show_name(self._wanted[0])
        if link.is_attached:
            self._opened()

    # -- where we are --------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page that is shown, once the workspace is open."""
        return self.pages[self._wanted[0]]

    def go(self, page: str, query: str = "") -> None:
        """Show a page, narrowed by a query if one is given; while the workspace opens, it is shown after that."""
        self._wanted = (page, query)
        self._show_name(page)
        if not self.link.is_attached:
            return
        found = self.pages.get(page) or self._build(_entry(page))
        self._stack.setCurrentWidget(found)
        self.keys.show_page(page)
        self.console.preferences.put("page", page)
        if query:
            found.narrow(query)
        found.entered()
        if not found.isAncestorOf(self.focusWidget() or self):
            found.setFocus()

    def _show_name(self, page: str) -> None:
        self.rail.show_page(page)
        self.topbar.title.setText(_entry(page).title)

    # -- opening -------------------------------------------------------------------------------------------------

    def show_failure(self, error: Exception) -> None:
        """The workspace could not be opened."""
        self.failure = str(error)
        self.curtain.show_error(error)

    def load_page(self) -> None:
        """Load the code of the first page while the engine starts: nobody waits for it then."""
        _entry(self._wanted[0]).load()

    def _opened(self) -> None:
        self.failure = ""
        self.curtain.stop()
        self.topbar.read_only.setVisible(self.link.read_only)
        self.go(*self._wanted)
        self.board.load()
        self._read_age()

    # -- building ------------------------------------------------------------------------------------------------

    def _build(self, entry: PageEntry) -> Page:
        made = entry.load()(self.console)
        made.register()
        self.pages[entry.id] = made
        self._stack.addWidget(made)
        return made

    def _lay(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.topbar)
        right.addWidget(self._stack, 1)
        body = QWidget()
        whole = QHBoxLayout(body)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.rail)
        whole.addLayout(right, 1)
        self.setCentralWidget(body)

    def _register(self) -> None:
        for page in PAGES:
            self.registry.add(Action(f"go.{page.id}", f"Go to {page.title}", self._goer(page.id), page.shortcut, "Go"))
        self.registry.add(
            Action(
                "app.palette", "Search commands", lambda: self.palette_overlay.open_for(self._wanted[0]), "Ctrl+K",
                "Help",
            ),
            Action("app.shortcuts", "Keyboard shortcuts", lambda: self.sheet.open_for(self._wanted[0]), "?", "Help"),
            Action("app.menu", "Open the menu", self._open_menu, "F10", "Help"),
            Action("app.theme", "Switch dark and light", self.switch_theme, "Ctrl+Shift+L", "View"),
            Action("app.refresh", "Read the page anew", self._refresh, "F5", "View"),
            Action("app.jobs", "Show jobs", lambda: self.topbar.jobs.toggle(), "G, J", "View"),
            Action("app.escape", "Close what is open", self._escape, "Esc", "View"),
            Action("app.quit", "Quit", self._quit, "Ctrl+Q", "File"),
        )  # fmt: skip

    def _goer(self, page: str) -> Callable[[], None]:
        return lambda: self.go(page)

    def _connect(self) -> None:
        self.rail.chosen.connect(lambda page: self.go(page))
        self.rail.menu_asked.connect(self._open_menu)
        self.topbar.command.clicked.connect(lambda: self.registry.run("app.palette"))
        self.topbar.theme.clicked.connect(self.switch_theme)
        self.topbar.theme.setToolTip(self.registry.hint("app.theme"))
        self.topbar.age.clicked.connect(lambda: self.go("accounts"))
        self.link.attached.connect(self._opened)
        self.curtain.left.connect(self.close)
        self.link.changed.connect(self._told)
        self.link.failed.connect(self.toasts.error)
        self.link.connection.connect(self._connection)
        self.board.ended.connect(self._ended)
        self._ages = QTimer(self, interval=AGES)
        self._ages.timeout.connect(self._read_age)
        self._ages.start()

    # -- events --------------------------------------------------------------------------------------------------

    def _told(self, tables: set[str]) -> None:
        for page in self.pages.values():
            page.told(tables)
        if tables & {"scan", "account", "*"}:
            self._read_age()

    def _connection(self, state: str, reason: str) -> None:
        self.topbar.offline.setVisible(state == "lost")
        if state == "lost":
            said = reason or "The engine of this workspace has ended."
            self.toasts.say(said, look="notice-warn", action="Start it again", run=self._reconnect)
        else:
            self.toasts.say("The engine is back.", look="notice-ok")

    def _reconnect(self) -> None:
        self.link.call("ping")

    def _ended(self, job: JobView) -> None:
        if job.kind in TOLD_ELSEWHERE:
            return
        if job.state == "failed":
            words = f"{job.title}: {job.error} {job.next_step}".strip()
            self.toasts.say(words, look="notice-fail", action="Retry", run=lambda: self.board.retry(job.id))
        elif job.state == "done" and job.kind == "scan":
            self.toasts.say(f"{job.title}: done in {job.took()}.", look="notice-ok")

    def _escape(self) -> None:
        if self.topbar.jobs.panel.isVisible():
            self.topbar.jobs.panel.hide()
        elif self.pages:
            self.page.escape()

    def _refresh(self) -> None:
        if self.pages:
            self.page.refresh()

    def _quit(self) -> None:
        self.close()

    def _open_menu(self) -> None:
        menu = self.keys.menu(self)
        menu.popup(self.rail.menu.mapToGlobal(QPoint(self.rail.menu.width(), 0)))

    def switch_theme(self) -> None:
        """Dark becomes light, light dark; remembered."""
        name = "light" if active.active().name == "dark" else "dark"
        self.console.preferences.put("theme", name)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            active.apply(app, name)
        self._read_age()

    def _read_age(self) -> None:
        if not self.link.is_attached:
            return

        def show(found: tuple[int | None, bool, bool]) -> None:
            newest, old, demo = found
            self.topbar.show_age(newest, old=old)
            if demo:  # whichever way the workspace was opened, and for as long as it is
                self.topbar.demo.setVisible(True)

        self.link.reader.ask("window.age", _ages, show)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ages.stop()
        self.curtain.stop()
        if not self.isMaximized() and not self.isFullScreen():
            self.console.preferences.put("window", [self.width(), self.height()])
        for page in self.pages.values():
            page.leave()
        self.toasts.clear()
        self.closing.emit()
        self.link.close()
        super().closeEvent(event)


def _entry(page: str) -> PageEntry:
    """A page by its id; the first one for an id of another version."""
    return next((one for one in PAGES if one.id == page), PAGES[0])


def _ages(connection: sqlite3.Connection) -> tuple[int | None, bool, bool]:
    """Start of the newest scan, whether any selected account's is old, whether there is a demo account."""
    from gui.channel import door

    every = door.accounts.rows(connection, now=now())
    rows = [row for row in every if row.selected and row.done is not None]
    newest = max((row.done.started_at for row in rows if row.done is not None), default=None)
    return newest, any(row.old for row in rows), any(row.demo for row in every)
