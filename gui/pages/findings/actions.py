"""Everything that can be done on the findings page, as actions of the registry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from gui.actions.registry import Action
from gui.channel import door
from gui.details.pane import DetailsPane
from gui.pages.findings.check import CheckAgain
from gui.pages.findings.dialogs import AssignDialog, MuteDialog
from gui.pages.findings.labels import KEYS, Labelling
from gui.parts.layouts import button, clear
from gui.text import plain

if TYPE_CHECKING:
    from gui.pages.findings.page import FindingsPage


class FindingsActions:
    """Actions over the page's selection. A group's header stands for all findings under it."""

    def __init__(self, page: FindingsPage) -> None:
        self._page = page
        self._again = CheckAgain(page.console)
        self._labelling = Labelling(page.console, page.window)

    def register(self) -> None:
        """Hand them to the registry."""
        page = self._page
        made: tuple[tuple[str, str, Callable[[], None], str, str], ...] = (
            ("focus_query", "Write a query", lambda: page.query.setFocus(), "Ctrl+F", ""),
            ("clear_query", "Clear the query", lambda: page.query.put(""), "Ctrl+Backspace", ""),
            ("next", "Next finding", lambda: page.view.step(1), "J", "row"),
            ("previous", "Previous finding", lambda: page.view.step(-1), "K", "row"),
            ("open", "Show details", self._open, "D", "row"),
            ("next_tab", "Next part of the details", lambda: page.details.step_tab(1), "]", "details"),
            ("previous_tab", "Previous part of the details", lambda: page.details.step_tab(-1), "[", "details"),
            ("progress", "Set in progress", lambda: self._state("in_progress"), "P", "row"),
            ("mute", "Mute…", self._mute, "M", "row"),
            ("reopen", "Reopen", lambda: self._state("open"), "O", "row"),
            ("assign", "Assign…", self._assign, "A", "row"),
            ("label", "Label the resource…", self._label, "T", "row"),
            ("undo", "Undo the last decision", page.triage.undo, "Ctrl+Z", "undo"),
            ("check", "Check again", self._check, "R", "finding"),
            ("copy", "Copy selected rows", page.view.copy_rows, "Ctrl+Shift+C", "row"),
            ("copy_id", "Copy the resource's id", self._copy_id, "Y", "finding"),
            ("group", "Group by rule, or flat", lambda: page.group(not page.source.grouped), "V", ""),
            ("facets", "Show or hide facets", self._facets, "F", ""),
            ("columns", "Choose columns", page.chooser.click, "C", ""),
            ("only_failing", "Show what fails", lambda: page.query.put("status:fail"), "1", ""),
            ("only_unknown", "Show what could not be evaluated", lambda: page.query.put("status:unknown"), "2", ""),
            ("only_muted", "Show what is muted", lambda: page.query.put("status:muted"), "3", ""),
        )  # fmt: skip
        enabled: dict[str, Callable[[], bool]] = {
            "": lambda: True,
            "row": lambda: page.view.current() is not None,
            "finding": lambda: (page.view.current() or -1) > 0,
            "details": page.details.isVisible,
            "undo": page.triage.can_undo,
        }
        for name, title, run, keys, when in made:
            page.console.actions.add(Action(f"findings.{name}", title, run, keys, "Findings", page.id, enabled[when]))

    def run(self, name: str) -> None:
        """Run one by its short name."""
        self._page.console.actions.run(f"findings.{name}")

    def hint(self, name: str) -> str:
        """Its tool tip."""
        return self._page.console.actions.hint(f"findings.{name}")

    def fill(self, details: DetailsPane) -> None:
        """The buttons of the details pane."""
        clear(details.buttons)
        for name, words, icon in (
            ("progress", "In progress", "progress"), ("mute", "Mute…", "mute"), ("assign", "Assign…", "user"),
            ("check", "Check again", "reopen"),
        ):  # fmt: skip
            if name == "check" and (self._page.view.current() or 0) < 0:
                continue
            made = button(words, "small", icon, tip=self.hint(name))
            made.clicked.connect(lambda _=False, name=name: self.run(name))
            details.buttons.addWidget(made)
        details.buttons.addStretch(1)

    # -- what they do --------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._page.details.isVisible():
            self._page.close_details()
        else:
            self._page.open_details()

    def _state(self, state: str) -> None:
        self._with_ids(lambda ids: self._page.triage.set_state(ids, state))

    def _mute(self) -> None:
        def ask(ids: list[int]) -> None:
            dialog = MuteDialog(len(ids), self._page.window())
            dialog.muted.connect(lambda reason, note, until: self._page.triage.mute(ids, reason, note, until))
            dialog.open()

        self._with_ids(ask)

    def _assign(self) -> None:
        def ask(ids: list[int]) -> None:
            known = [one.value for one in self._page.facets.values("assignee")]
            dialog = AssignDialog(len(ids), known, self._page.window())
            dialog.assigned.connect(lambda who: self._page.triage.assign(ids, who))
            dialog.open()

        self._with_ids(ask)

    def _label(self) -> None:
        page = self._page

        def ask(ids: list[int]) -> None:
            known = {key: [one.value for one in page.facets.values(key)] for key in KEYS}
            if len(ids) != 1:
                self._labelling.ask(ids, (), known)
                return

            def show(found: door.findings.FindingDetail | None) -> None:
                self._labelling.ask(ids, found.labels if found is not None else (), known)

            read = page.console.link.reader
            read.ask("findings.label", lambda conn: door.findings.detail(conn, ids[0]), show, page.console.toasts.error)

        self._with_ids(ask)

    def _check(self) -> None:
        current = self._page.view.current()
        if current is not None and current > 0:
            row = self._page.model.row_data(self._page.view.currentIndex().row())
            name = getattr(row, "name", "") or getattr(row, "resource", "It")
            self._again.start(current, plain(name))

    def _copy_id(self) -> None:
        row = self._page.model.row_data(self._page.view.currentIndex().row())
        QGuiApplication.clipboard().setText(str(getattr(row, "resource", "")))
        self._page.console.toasts.say("Copied.")

    def _facets(self) -> None:
        shown = not self._page.facets.isVisible()
        self._page.facets.setVisible(shown)
        self._page.console.preferences.put("findings/facets", shown)

    def _with_ids(self, then: Callable[[list[int]], None]) -> None:
        """The selected findings' ids; those of a header are read first."""
        chosen = self._page.view.chosen_ids()
        current = self._page.view.current()
        if not chosen and current is not None:
            chosen = [current]
        headers = [one for one in chosen if one < 0]
        if not headers:
            then(chosen)
            return

        def read(connection: sqlite3.Connection) -> list[int]:
            found = dict.fromkeys(one for one in chosen if one > 0)
            for header in headers:
                found.update(dict.fromkeys(self._page.source.ids_of(connection, header)))
            return list(found)

        self._page.console.link.reader.ask("findings.chosen", read, then, self._page.console.toasts.error)
