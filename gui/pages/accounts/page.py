"""Accounts: add, test, scan with live progress, and what each may not read."""

from __future__ import annotations

import sqlite3
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.console import Console, Page
from gui.demo import DemoLaunch, can_start_demo
from gui.details.pane import DetailsPane
from gui.jobs.job import JobView, read_job
from gui.lists.model import PagedModel
from gui.lists.remembered import RememberedColumns
from gui.lists.view import PagedView
from gui.moments import plural
from gui.pages.accounts import detail as told
from gui.pages.accounts.actions import AccountsActions
from gui.pages.accounts.add import AddAccount
from gui.pages.accounts.progress import ScanProgress
from gui.pages.accounts.source import Account, AccountsSource, AccountWords
from gui.pages.accounts.welcome import Welcome
from gui.parts.layouts import button, column, row
from gui.parts.split import Split
from gui.text import label


class AccountsPage(Page):
    """The identities we scan with."""

    id = "accounts"
    title = "Accounts"
    tables = frozenset({"account", "scan", "finding"})

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.source = AccountsSource()
        self.words = AccountWords()
        self.tested: dict[int, JobView] = {}
        self.model = PagedModel(console.link.reader, self.source, self.words.columns(), self)
        self.view = PagedView(self.model, "Accounts", self)
        self.details = DetailsPane(self)
        self.details.hide()
        self.welcome = Welcome(demo=can_start_demo())
        self.demo = DemoLaunch(console.toasts, self)
        self.form = AddAccount(console)
        self.actions_of = AccountsActions(self)
        self._lay()
        self._connect()
        self._columns = RememberedColumns(self.view, console.preferences, self.id)
        for job in console.jobs.active("scan"):  # those that began before this page was first shown
            self._job(job)

    # -- building ------------------------------------------------------------------------------------------------

    def _lay(self) -> None:
        self.total = label("", "muted")
        self.add_button = button("Add account", "primary", "plus")
        self.scan_all = button("Scan all selected", "", "play")
        head = row(self.total, None, self.scan_all, self.add_button, space=8)
        head.setContentsMargins(16, 10, 12, 10)
        self.progress = ScanProgress()
        left = QWidget()
        left.setProperty("look", "pane")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left.setLayout(column(head, self.progress, self.view, space=0))
        self.split = Split(self.console.preferences, self.id, ((left, 760, True), (self.details, 440, False)))
        self.states = QStackedWidget()
        for part in (QWidget(), self.split, self.welcome, self.form):
            self.states.addWidget(part)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.states)

    def _connect(self) -> None:
        self.model.refreshed.connect(self._listed)
        self.model.failed.connect(self.console.toasts.error)
        self.view.current_id.connect(lambda id: self._read(id) if self.details.isVisible() else None)
        self.view.activated_id.connect(lambda _: self.open_details())
        self.details.closed.connect(self.close_details)
        self.welcome.add.connect(self.open_form)
        self.welcome.demo.connect(self.demo.start)
        self.form.cancelled.connect(self.close_form)
        self.form.saved.connect(self._saved)
        self.add_button.clicked.connect(self.open_form)
        self.scan_all.clicked.connect(lambda: self.scan([]))
        self.progress.cancelled.connect(self.console.jobs.cancel)
        self.console.jobs.moved.connect(self._job)

    def register(self) -> None:
        self.actions_of.register()
        self.add_button.setToolTip(self.console.actions.hint("accounts.add"))
        self.scan_all.setToolTip(self.console.actions.hint("accounts.scan_all"))

    # -- what is shown -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.model.refresh()

    def current(self) -> Account | None:
        """The account under the cursor."""
        key = self.view.current()
        return self.source.accounts.get(key) if key is not None else None

    def _listed(self) -> None:
        rows = self.source.accounts
        selected = sum(row.selected and row.kind != "organization" for row in rows.values())
        self.total.setText(f"{plural(len(rows), 'account')}, {selected} selected for scans")
        self.scan_all.setEnabled(bool(selected) and not self.console.link.read_only)
        if self.states.currentWidget() is not self.form:
            self.states.setCurrentWidget(self.split if rows else self.welcome)
        if rows and self.view.current() is None:
            self.view.go(0)
        if self.details.isVisible():
            self._read(self.view.current())

    def leave(self) -> None:
        super().leave()
        self.demo.stop()

    def open_form(self) -> None:
        """Show the form that adds an account."""
        self.states.setCurrentWidget(self.form)
        self.form.open()

    def close_form(self) -> None:
        """Back to the list, or to the first-run choices."""
        self.states.setCurrentWidget(self.split if self.source.accounts else self.welcome)
        self.view.setFocus()

    def open_details(self) -> None:
        """Show the account under the cursor."""
        self.details.show()
        self._read(self.view.current())

    def close_details(self) -> None:
        """Back to the list alone."""
        self.details.hide()
        self.view.setFocus()

    def escape(self) -> bool:
        if self.states.currentWidget() is self.form:
            self.close_form()
            return True
        if self.details.isVisible():
            self.close_details()
            return True
        return False

    def _read(self, key: int | None) -> None:
        row = self.source.accounts.get(key) if key is not None else None
        if row is None:
            self.details.hide()
            return

        def read(connection: sqlite3.Connection) -> told.AccountDetail:
            return told.read_detail(connection, row)

        def show(found: told.AccountDetail) -> None:
            if self.view.current() == row.id:
                job = self.words.running.get(row.id)
                subtitle = row.identity or row.cloud_id or "not tested yet"
                parts = told.tabs(row, found, job, self.tested.get(row.id))
                self.details.show_content(row.name, subtitle, told.badges(row, job), parts)
                self.actions_of.fill(self.details)

        self.console.link.reader.ask("accounts.detail", read, show, self.console.toasts.error)

    # -- scans and tests -----------------------------------------------------------------------------------------

    def scan(self, accounts: list[int]) -> None:
        """Scan these accounts (none: all selected ones)."""
        self.console.link.call("scan.start", {"accounts": accounts}, self._started, timeout=300)

    def test(self, account: int) -> None:
        """Ask AWS who we are there, and what we may not read."""

        def started(job: dict[str, Any]) -> None:
            self.console.toasts.say("Testing the connection…")
            self.console.jobs.when_ended(read_job(job).id, lambda ended: self._tested(account, ended))

        self.console.link.call("account.test", {"account": account}, started)

    def list_members(self, account: int) -> None:
        """List an organization's accounts, trying the role in each."""
        self.console.link.call("account.organization", {"account": account, "enter": True}, self._members_asked)

    def _members_asked(self, job: dict[str, Any]) -> None:
        self.console.jobs.when_ended(read_job(job).id, self._members_listed)

    def _members_listed(self, job: JobView) -> None:
        members = job.result.get("members") or ()
        refused = [one for one in members if one.get("error")]
        if job.state == "done":
            words = plural(len(refused), "of them refuses", "of them refuse")
            more = f" {words} the role: {refused[0]['error']}" if refused else ""
            look = "notice-warn" if refused else "notice-ok"
            self.console.toasts.say(f"{plural(len(members), 'account')} in the organization.{more}", look=look)

    def _saved(self, account: int, scan: bool) -> None:
        self.states.setCurrentWidget(self.split)
        self.refresh()
        if scan:
            self.scan([account])
        else:
            self.test(account)

    def _started(self, jobs: list[dict[str, Any]]) -> None:
        for job in jobs:
            self.console.jobs.take(job)

    def _tested(self, account: int, job: JobView) -> None:
        self.tested[account] = job
        if job.state == "done":
            self.console.toasts.say(f"You are {job.result.get('arn', '')}", look="notice-ok")
        elif job.state == "failed":
            self.console.toasts.say(f"{job.title}: {job.error} {job.next_step}".strip(), look="notice-fail")
        self.refresh()

    def _job(self, job: JobView) -> None:
        if job.kind != "scan":
            return
        account = job.subject.get("account")
        if isinstance(account, int):
            if job.active:
                self.words.running[account] = job
            else:
                self.words.running.pop(account, None)
            at = self.model.row_of(account)
            if at is not None:
                self.model.dataChanged.emit(self.model.index(at, 0), self.model.index(at, self.model.columnCount() - 1))
        self.progress.show_jobs(self.console.jobs.active("scan"))
        if not job.active:
            self.told({"scan"})
