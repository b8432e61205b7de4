"""The bar above every page: where we are, in which workspace, how old the data is, what runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.jobs.board import JobBoard
from gui.jobs.tray import JobsTray
from gui.moments import ago, stamp
from gui.parts.badge import Badge
from gui.parts.layouts import button, row
from gui.parts.words import Mark
from gui.text import ElidedLabel, label, plain
from gui.theme import icons
from gui.theme.active import active

HEIGHT = 52


class TopBar(QWidget):
    """Title and workspace at the left; command field, age of the last scan and jobs at the right."""

    def __init__(self, workspace: Path, board: JobBoard, window: QWidget, *, demo: bool, read_only: bool) -> None:
        super().__init__()
        self.setProperty("look", "topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.title = label(look="heading")
        self.workspace = ElidedLabel(workspace.stem, "muted", mode=Qt.TextElideMode.ElideMiddle)
        self.workspace.setToolTip(plain(str(workspace)))
        self.workspace.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.workspace.setMaximumWidth(220)
        self.demo = Badge(Mark("Demo", "demo", "unknown"))
        self.demo.setToolTip("Made-up data of an emulated account; it never mixes with real data")
        self.demo.setVisible(demo)
        self.read_only = Badge(Mark("Read-only", "lock", "warn"))
        self.read_only.setToolTip("This workspace was handed over: nothing in it can be changed here")
        self.read_only.setVisible(read_only)
        self.offline = Badge(Mark("Engine lost", "warning", "fail"))
        self.offline.hide()
        self.command = button("Search commands   Ctrl+K", "", "search")
        self.command.setAccessibleName("Search commands")
        self.age = button("Never scanned", "segment", "clock")
        self.age.setAccessibleName("Age of the last scan")
        self.theme = button("", "segment", "theme", name="Switch dark and light")
        self.jobs = JobsTray(board, window)
        inner = row(
            self.title, 10, self.workspace, self.demo, self.read_only, self.offline, None,
            self.command, self.age, self.jobs, self.theme, space=8,
        )  # fmt: skip
        inner.setContentsMargins(20, 0, 14, 0)
        self.setLayout(inner)

    def show_age(self, at: int | None, *, old: bool) -> None:
        """When the newest scan began (None: never); `old` turns it amber."""
        text = "Never scanned" if at is None else f"Scanned {ago(at)}"
        self.age.setText(text)
        self.age.setAccessibleName(text)
        self.age.setToolTip("" if at is None else f"{stamp(at)}" + (" — scan again to be sure of it" if old else ""))
        icons.attach(self.age, "warning" if old else "clock", "warn" if old else "muted", 15)
        colour = active().warn if old else active().muted
        self.age.setStyleSheet(f"QPushButton {{ color: {colour}; }}")
