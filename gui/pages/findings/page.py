"""Findings: query bar above, facets at the left, the list in the middle, details at the right."""

from __future__ import annotations

import sqlite3

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.actions.registry import Action
from gui.channel import door
from gui.console import Console, Page
from gui.details.pane import DetailsPane
from gui.facets.panel import FacetPanel
from gui.lists.model import PagedModel
from gui.lists.remembered import RememberedColumns
from gui.lists.view import PagedView
from gui.moments import plural
from gui.pages.findings import detail as told
from gui.pages.findings import group as group_told
from gui.pages.findings.actions import FindingsActions
from gui.pages.findings.bulk import BulkBar
from gui.pages.findings.columns import columns
from gui.pages.findings.source import START, FindingsSource, is_group
from gui.pages.findings.triage import Triage
from gui.parts.empty import Empty
from gui.parts.layouts import button, column, row, tool
from gui.parts.split import Split
from gui.query.bar import QueryBar
from gui.query.chips import FilterChips
from gui.text import label

FACETS = (
    "severity", "status", "state", "service", "account", "region", "framework", "assignee", "environment", "owner",
    "criticality", "sensitivity",
)  # fmt: skip


Told = tuple[door.findings.FindingDetail, list[door.frameworks.RuleRequirement]]


class FindingsPage(Page):
    """What is wrong, explained and triaged."""

    id = "findings"
    title = "Findings"
    tables = frozenset({"finding", "rule", "comment", "asset_label", "account"})

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.source = FindingsSource()
        self._recall(console)
        self.triage = Triage(console, self)
        self.model = PagedModel(console.link.reader, self.source, columns(self.source), self)
        if self.source.sort != door.findings.WORST_FIRST:
            self.model.sorted_by = (self.source.sort.column, self.source.sort.descending)
        self.view = PagedView(self.model, "Findings", self)
        self.view.cells.is_header = is_group
        self.view.cells.header_id = lambda row: self.source.number(row.key)
        self.view.cells.expanded = self.source.expanded
        self.query = QueryBar(console.link.reader, console.preferences, self.id, self)
        self.chips = FilterChips(self)
        self.facets = FacetPanel(FACETS, self)
        self.details = DetailsPane(self)
        self.details.hide()
        self.bulk = BulkBar(self)
        self.actions_of = FindingsActions(self)
        self.total = label("", "muted")
        self.grouping = button("By rule", "segment", "group", name="Group by rule")
        self.flat = button("Flat", "segment", "list", name="Flat list")
        self.chooser = tool("columns", "Choose columns")
        self._told: object = None  # what the details show: the same is not built again
        self._lay()
        self._connect()
        self._columns = RememberedColumns(self.view, console.preferences, self.id)
        self._show_grouping()

    def _recall(self, console: Console) -> None:
        """Grouping and sort as they were left; the query is not: the page opens on what fails."""
        self.source.grouped = console.preferences.get(f"{self.id}/grouped", True)
        key, descending = (*console.preferences.get(f"{self.id}/sort", ["", False]), "", False)[:2]
        if key in door.findings.SORTS and isinstance(descending, bool):
            self.source.sort = door.findings.Sort(key, descending)

    # -- building ------------------------------------------------------------------------------------------------

    def _lay(self) -> None:
        for made in (self.grouping, self.flat):
            made.setCheckable(True)
        top = column(row(self.query, space=8), self.chips, space=8)
        top.setContentsMargins(16, 12, 16, 10)
        head = row(self.total, None, self.grouping, self.flat, self.chooser, space=2)
        head.setContentsMargins(12, 6, 8, 6)
        self.empty = Empty("findings", "Nothing matches", "")
        self.states = QStackedWidget()
        self.states.addWidget(self.view)
        self.states.addWidget(self.empty)
        middle = QWidget()
        middle.setProperty("look", "pane")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle.setLayout(column(head, self.states, self.bulk, space=0))
        self.facets.setMinimumWidth(180)
        parts = ((self.facets, 208, False), (middle, 700, True), (self.details, 430, False))
        self.split = Split(self.console.preferences, self.id, parts)
        self.facets.setHidden(not self.console.preferences.get(f"{self.id}/facets", True))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self.split, 1)

    def _connect(self) -> None:
        self.query.asked.connect(self._ask)
        self.chips.changed.connect(self.query.put)
        self.facets.only.connect(lambda field, value: self.query.put(self._edited(door.query_edit.only, field, value)))
        self.facets.toggled.connect(
            lambda field, value: self.query.put(self._edited(door.query_edit.toggle, field, value))
        )
        self.model.refreshed.connect(self._listed)
        self.model.failed.connect(self.console.toasts.error)
        self.view.current_id.connect(self._current)
        self.view.chosen.connect(self.bulk.show_count)
        self.view.sort_asked.connect(self._sort)
        self.view.filter_asked.connect(self._filter)
        self.view.toggled.connect(self.toggle_group)
        self.view.activated_id.connect(lambda _: self.open_details())
        self.details.closed.connect(self.close_details)
        self.triage.decided.connect(self.refresh)
        self.grouping.clicked.connect(lambda: self.group(True))
        self.flat.clicked.connect(lambda: self.group(False))
        self.chooser.clicked.connect(
            lambda: self.view.choose_columns(self.chooser.mapToGlobal(self.chooser.rect().bottomLeft()))
        )

    def register(self) -> None:
        self.actions_of.register()
        self.bulk.build(self.actions_of)
        self.grouping.setToolTip(self.console.actions.hint("findings.group"))
        self.flat.setToolTip(self.console.actions.hint("findings.group"))
        self.chooser.setToolTip(self.console.actions.hint("findings.columns"))

    def action(self, name: str) -> Action:
        """One of this page's actions."""
        return self.console.actions[f"findings.{name}"]

    # -- what is asked -------------------------------------------------------------------------------------------

    def entered(self) -> None:
        if not self.query.text():
            self.query.put(START)
        super().entered()
        self.view.setFocus()

    def narrow(self, query: str) -> None:
        self.query.put(query)

    def refresh(self) -> None:
        self.model.refresh()
        query = self.source.query

        def read(connection: sqlite3.Connection) -> list[door.findings.Facet]:
            return door.findings.panel(connection, door.findings.where(query), FACETS, 30)

        self.console.link.reader.ask(
            "findings.facets", read, lambda found: self.facets.show_facets(found, query), self.console.toasts.error
        )
        if self.details.isVisible():
            self._read(self.view.current())

    def _ask(self, query: str) -> None:
        self.source.query = query
        self.source.expanded.clear()
        self.chips.show_query(query)
        self.refresh()

    def _edited(self, edit: object, field: str, value: str) -> str:
        assert callable(edit)
        try:
            return str(edit(self.query.text(), field, value))
        except door.FilterError:
            return str(edit(self.source.query, field, value))

    def _filter(self, field: str, value: str, out: bool) -> None:
        self.query.put(self._edited(door.query_edit.exclude if out else door.query_edit.only, field, value))

    def _sort(self, key: str, descending: bool) -> None:
        self.source.sort = door.findings.Sort(key, descending)
        self.model.sorted_by = (key, descending)
        self.console.preferences.put(f"{self.id}/sort", [key, descending])
        self.model.refresh()

    def group(self, on: bool) -> None:
        """Group by rule, or list flat."""
        self.source.grouped = on
        self.console.preferences.put(f"{self.id}/grouped", on)
        self._show_grouping()
        self.model.refresh()

    def toggle_group(self, header: int) -> None:
        """Open or close one rule's findings."""
        self.source.expanded ^= {header}
        self.model.refresh()

    def _show_grouping(self) -> None:
        self.grouping.setChecked(self.source.grouped)
        self.flat.setChecked(not self.source.grouped)
        self.view.cells.grouped = self.source.grouped
        # A rule has no triage state of its own: the column waits until there is room for it.
        self.view.needs["state"] = 1160 if self.source.grouped else 0
        self.view.fit_columns()
        self.view.cells.expanded = self.source.expanded

    # -- what is shown -------------------------------------------------------------------------------------------

    def _listed(self) -> None:
        self.view.cells.expanded = self.source.expanded
        rows = self.model.rowCount()
        self.states.setCurrentWidget(self.view if rows else self.empty)
        if not rows:
            self._explain_nothing()
        if self.source.grouped:
            groups = [row for row in self.model.headers().values() if is_group(row)]
            found = sum(group.matching for group in groups)
            self.total.setText(f"{plural(found, 'finding')} of {plural(len(groups), 'rule')}")
        else:
            self.total.setText(plural(rows, "finding"))
        if rows and self.view.current() is None:
            self.view.go(0)

    def _explain_nothing(self) -> None:
        def said(found: bool) -> None:
            if found:
                self.empty.say(
                    "Nothing matches",
                    "No finding answers this query. Take a filter out, or clear it with Ctrl+Backspace.",
                )
            else:
                self.empty.say(
                    "No findings yet",
                    "Findings appear here while an account is scanned. Add one under Accounts (G then A) and scan it.",
                )

        self.console.link.reader.ask("findings.any", _any, said)

    def open_details(self) -> None:
        """Show details of the row under the cursor, and put the keys there."""
        self.details.show()
        self._read(self.view.current())

    def close_details(self) -> None:
        """Back to the list alone."""
        self.details.hide()
        self.view.setFocus()

    def escape(self) -> bool:
        if self.details.isVisible():
            self.close_details()
            return True
        if self.view.chosen_count() > 1:
            self.view.go(self.view.currentIndex().row())
            return True
        self.view.setFocus()
        return False

    def _current(self, id: int | None) -> None:
        if self.details.isVisible():
            self._read(id)

    def _read(self, id: int | None) -> None:
        if id is None:
            self.details.hide()
            return
        if id < 0:
            self._read_group(id)
            return

        def read(connection: sqlite3.Connection) -> Told | None:
            return _told(connection, id)

        def show(found: Told | None) -> None:
            if found is not None and self.view.current() == id and found != self._told:
                self._told = found
                detail, requirements = found
                row = detail.row
                subtitle = f"{row.name or row.resource} · {row.account_name} · {row.region}"
                parts = told.tabs(
                    detail, requirements, self.query.put, self._comment, lambda: self.actions_of.run("label")
                )
                self.details.show_content(row.title, subtitle, told.badges(detail), parts)
                self.actions_of.fill(self.details)

        reader, failed = self.console.link.reader, self.console.toasts.error
        now = reader.quick("findings.detail", read)
        if now is not None:
            show(now)
        else:
            reader.ask("findings.detail", read, show, failed)

    def told_finding(self) -> door.findings.FindingDetail | None:
        """The finding that the details show."""
        shown = self._told[0] if self.details.isVisible() and isinstance(self._told, tuple) else None
        return shown if isinstance(shown, door.findings.FindingDetail) else None

    def _read_group(self, header: int) -> None:
        group = self.model.headers().get(header)
        if group is None:
            return

        def read(connection: sqlite3.Connection) -> Told | None:
            ids = self.source.ids_of(connection, header)
            return _told(connection, ids[0]) if ids else None

        def show(found: Told | None) -> None:
            if found is not None and self.view.current() == header and (group, found) != self._told:
                self._told = (group, found)
                tabs = group_told.tabs(group, *found, lambda: self.toggle_group(header), self.query.put)
                self.details.show_content(group.title, group.key, group_told.badges(group), tabs)
                self.actions_of.fill(self.details)

        self.console.link.reader.ask("findings.detail", read, show, self.console.toasts.error)

    def _comment(self, text: str) -> None:
        current = self.view.current()
        if current is not None and current > 0:
            self.triage.comment(current, text, lambda: self._read(current))


def _told(connection: sqlite3.Connection, id: int) -> Told | None:
    detail = door.findings.detail(connection, id)
    return None if detail is None else (detail, door.frameworks.of_rule(connection, detail.row.rule))


def _any(connection: sqlite3.Connection) -> bool:
    return bool(door.findings.count_upto(connection, door.findings.where("", scoped=False), 1))
