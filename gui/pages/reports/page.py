"""Reports: choose, preview, write; and what was written before, with its SHA-256."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from backend.client import UserError
from gui.actions.registry import Action
from gui.console import Console, Page
from gui.jobs.job import JobView, read_job
from gui.lists.model import PagedModel
from gui.lists.remembered import RememberedColumns
from gui.lists.view import PagedView
from gui.pages.reports.form import ReportForm, read_facts
from gui.pages.reports.source import COLUMNS, Report, ReportsSource
from gui.parts.empty import Empty
from gui.parts.layouts import button, column, framed, row
from gui.text import label


class ReportsPage(Page):
    """What leaves the workspace on paper or in a file."""

    id = "reports"
    title = "Reports"
    tables = frozenset({"report", "account", "scan"})

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.source = ReportsSource()
        self.model = PagedModel(console.link.reader, self.source, COLUMNS, self)
        self.view = PagedView(self.model, "Past reports", self)
        self.form = ReportForm(console)
        said = (
            "Choose a format at the left and write one. Each gets a manifest with its SHA-256 and the head of the audit"
            " log beside it."
        )
        self.empty = Empty("reports", "No report yet", said)
        self.states = QStackedWidget()
        self.states.addWidget(self.view)
        self.states.addWidget(self.empty)
        self.states.setCurrentWidget(self.empty)
        self.folder = button("Open folder", "small", "folder")
        self.open = button("Open", "small", "external")
        self.copy = button("Copy SHA-256", "small", "copy")
        self.verify = button("Verify", "small", "check")
        head = row(label("Past reports", "title"), None, self.open, self.folder, self.verify, self.copy, space=6)
        head.setContentsMargins(16, 12, 12, 8)
        right = framed(column(head, self.states, space=0))
        self.form.setFixedWidth(440)
        body = QWidget()
        body.setLayout(row(self.form, right, space=16))
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.addWidget(body)
        self._connect()
        self._columns = RememberedColumns(self.view, console.preferences, self.id)

    def _connect(self) -> None:
        self.model.refreshed.connect(self._listed)
        self.model.failed.connect(self.console.toasts.error)
        self.form.asked.connect(self._write)
        self.view.activated_id.connect(lambda _: self._open())
        self.folder.clicked.connect(lambda: self.console.actions.run("reports.folder"))
        self.open.clicked.connect(lambda: self.console.actions.run("reports.open"))
        self.copy.clicked.connect(lambda: self.console.actions.run("reports.copy"))
        self.verify.clicked.connect(lambda: self.console.actions.run("reports.verify"))

    def register(self) -> None:
        def chosen() -> bool:
            return self.current() is not None

        self.console.actions.add(
            Action("reports.write", "Write the report", self.form.ask, "Ctrl+Return", "Reports", self.id),
            Action("reports.format", "Choose the format", self._focus_format, "N", "Reports", self.id),
            Action("reports.next", "Next report", lambda: self.view.step(1), "J", "Reports", self.id),
            Action("reports.previous", "Previous report", lambda: self.view.step(-1), "K", "Reports", self.id),
            Action("reports.open", "Open the report", self._open, "O", "Reports", self.id, chosen),
            Action("reports.folder", "Open its folder", self._open_folder, "F", "Reports", self.id, chosen),
            Action("reports.copy", "Copy its SHA-256", self._copy, "Y", "Reports", self.id, chosen),
            Action(
                "reports.verify", "Verify file, manifest and audit log", self._verify, "V", "Reports", self.id,
                lambda: chosen() and not self.console.link.read_only,
            ),
        )  # fmt: skip
        for made, name in (
            (self.folder, "folder"), (self.open, "open"), (self.copy, "copy"), (self.verify, "verify")
        ):  # fmt: skip
            made.setToolTip(self.console.actions.hint(f"reports.{name}"))
        self.form.write.setToolTip(self.console.actions.hint("reports.write"))

    def refresh(self) -> None:
        self.model.refresh()
        self.console.link.reader.ask("reports.facts", read_facts, self.form.show_facts, self.console.toasts.error)

    def current(self) -> Report | None:
        """The report under the cursor."""
        key = self.view.current()
        return self.source.reports.get(key) if key is not None else None

    def _focus_format(self) -> None:
        made = self.form.formats.checkedButton()
        if made is not None:
            made.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _listed(self) -> None:
        rows = self.model.rowCount()
        self.states.setCurrentWidget(self.view if rows else self.empty)
        if rows and self.view.current() is None:
            self.view.go(0)
        for made in (self.folder, self.open, self.copy, self.verify):
            made.setEnabled(bool(rows))

    def _write(self, format: str, path: str, options: dict[str, Any]) -> None:
        def started(job: dict[str, Any]) -> None:
            self.console.jobs.when_ended(read_job(job).id, lambda ended: self._written(ended, path))

        self.console.link.call(
            "report.build", {"format": format, "path": path, "options": options}, started, timeout=300
        )

    def _written(self, job: JobView, path: str) -> None:
        if job.state == "done":
            self.refresh()
            self.console.toasts.say(
                f"Wrote {Path(path).name}, and its manifest beside it.", look="notice-ok", action="Open folder",
                run=lambda: self._show(Path(path).parent),
            )  # fmt: skip

    def _open(self) -> None:
        report = self.current()
        if report is not None:
            self._show(Path(report.path))

    def _open_folder(self) -> None:
        report = self.current()
        if report is not None:
            self._show(Path(report.path).parent)

    def _show(self, path: Path) -> None:
        if not path.exists():
            self.console.toasts.error(UserError(f"{path} is no longer there.", "It was moved or deleted."))
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _verify(self) -> None:
        report = self.current()
        if report is None:
            return
        name = Path(report.path).name

        def done(found: dict[str, Any]) -> None:
            if found.get("ok"):
                log = ", and so is the audit log up to then" if found.get("audited") else ""
                self.console.toasts.say(f"{name} and its manifest are as they were written{log}.", look="notice-ok")
            else:
                self.console.toasts.say(str(found.get("problem", "")), look="notice-fail")

        # The vault may have to be opened for the audit log's key.
        self.console.link.call("report.verify", {"report": report.id}, done, timeout=300)

    def _copy(self) -> None:
        report = self.current()
        if report is not None:
            QGuiApplication.clipboard().setText(report.sha256)
            self.console.toasts.say("Copied.")
