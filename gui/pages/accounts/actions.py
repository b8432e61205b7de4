"""Everything that can be done on the accounts page, as actions of the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gui.actions.registry import Action
from gui.details.pane import DetailsPane
from gui.pages.accounts.dialogs import RemoveDialog
from gui.pages.accounts.edit import EditAccount
from gui.pages.accounts.source import Account
from gui.parts.layouts import button, clear

if TYPE_CHECKING:
    from gui.pages.accounts.page import AccountsPage


class AccountsActions:
    """Actions over the account under the cursor."""

    def __init__(self, page: AccountsPage) -> None:
        self._page = page

    def register(self) -> None:
        """Hand them to the registry."""
        page = self._page
        made: tuple[tuple[str, str, Callable[[], None], str, Callable[[], bool]], ...] = (
            ("add", "Add a cloud account", page.open_form, "N", self._writable),
            ("scan", "Scan this account", self._scan, "S", self._can_scan),
            ("scan_all", "Scan all selected accounts", lambda: page.scan([]), "Shift+S", self._writable),
            ("cancel", "Cancel this account's scan", self._cancel, "X", self._scanning),
            ("resume", "Resume the interrupted scan", self._resume, "R", self._interrupted),
            ("test", "Test the connection", self._test, "T", self._account),
            ("members", "List the organization's accounts", self._members, "L", self._organization),
            ("select", "Select for scans, or leave out", self._select, "U", self._account),
            ("findings", "Show this account's findings", self._findings, "F", self._account),
            ("edit", "Edit this account…", self._edit, "E", self._account),
            ("remove", "Remove this account…", self._remove, "Delete", self._account),
            ("next", "Next account", lambda: page.view.step(1), "J", lambda: True),
            ("previous", "Previous account", lambda: page.view.step(-1), "K", lambda: True),
            ("open", "Show or hide details", self._open, "D", lambda: page.current() is not None),
            ("next_tab", "Next part of the details", lambda: page.details.step_tab(1), "]", page.details.isVisible),
            (
                "previous_tab", "Previous part of the details", lambda: page.details.step_tab(-1), "[",
                page.details.isVisible,
            ),
        )  # fmt: skip
        for name, title, run, keys, enabled in made:
            page.console.actions.add(Action(f"accounts.{name}", title, run, keys, "Accounts", page.id, enabled))

    def fill(self, details: DetailsPane) -> None:
        """The buttons of the details pane: those that can be run."""
        clear(details.buttons)
        wanted = (
            ("scan", "Scan", "play"), ("cancel", "Cancel scan", "stop"), ("resume", "Resume", "reopen"),
            ("test", "Test", "check"), ("members", "List accounts", "organization"),
            ("findings", "Findings", "findings"), ("edit", "Edit…", "edit"), ("remove", "Remove…", "trash"),
        )  # fmt: skip
        for name, words, icon in wanted:
            action = self._page.console.actions[f"accounts.{name}"]
            if action.enabled():
                made = button(words, "small", icon, tip=self._page.console.actions.hint(action.id))
                made.clicked.connect(lambda _=False, one=action.id: self._page.console.actions.run(one))
                details.buttons.addWidget(made)
        details.buttons.addStretch(1)

    # -- when they can be run ------------------------------------------------------------------------------------

    def _writable(self) -> bool:
        return not self._page.console.link.read_only

    def _account(self) -> bool:
        return self._writable() and self._page.current() is not None

    def _scanning(self) -> bool:
        row = self._page.current()
        return row is not None and row.id in self._page.words.running

    def _can_scan(self) -> bool:
        return self._account() and not self._scanning()

    def _interrupted(self) -> bool:
        row = self._page.current()
        resumable = (
            row is not None and row.scan is not None and row.scan.state in ("interrupted", "cancelled", "failed")
        )
        return resumable and self._can_scan()

    def _organization(self) -> bool:
        row = self._page.current()
        return self._account() and row is not None and row.kind == "organization"

    # -- what they do --------------------------------------------------------------------------------------------

    def _scan(self) -> None:
        row = self._page.current()
        if row is not None:
            self._page.scan([row.id])

    def _cancel(self) -> None:
        row = self._page.current()
        job = self._page.words.running.get(row.id) if row is not None else None
        if job is not None:
            self._page.console.jobs.cancel(job.id)

    def _resume(self) -> None:
        row = self._page.current()
        if row is not None and row.scan is not None:
            self._page.console.link.call("scan.resume", {"scan": row.scan.id})

    def _test(self) -> None:
        row = self._page.current()
        if row is not None:
            self._page.test(row.id)

    def _members(self) -> None:
        row = self._page.current()
        if row is not None:
            self._page.list_members(row.id)

    def _select(self) -> None:
        row = self._page.current()
        if row is not None:
            self._page.console.link.call("account.select", {"accounts": [row.id], "selected": not row.selected})

    def _findings(self) -> None:
        row = self._page.current()
        if row is not None and row.cloud_id:
            self._page.console.go("findings", f"account:{row.cloud_id} status:fail")

    def _edit(self) -> None:
        row = self._page.current()
        if row is not None:
            dialog = EditAccount(row, self._page.window())
            dialog.wanted.connect(lambda args: self._update(dialog, args))
            dialog.open()

    def _update(self, dialog: EditAccount, args: dict[str, Any]) -> None:
        changed = set(args) - {"account"}
        if not changed:
            dialog.accept()
            return

        def done(_: object) -> None:
            dialog.accept()
            signs_in = bool(changed - {"name"})
            self._page.tested.pop(args["account"], None)
            self._page.console.toasts.say(
                "The account was changed.", look="notice-ok", action="Test it" if signs_in else "",
                run=lambda: self._page.test(args["account"]),
            )  # fmt: skip

        # New keys may wait for the vault's passphrase to be typed.
        self._page.console.link.call("account.update", args, done, dialog.failed, timeout=300)

    def _remove(self) -> None:
        row = self._page.current()
        if row is not None:
            members = sum(1 for one in self._page.source.accounts.values() if one.parent == row.id)
            dialog = RemoveDialog(row.name, members, self._page.window())
            dialog.confirmed.connect(lambda forget: self._removed(row, forget))
            dialog.open()

    def _removed(self, row: Account, forget: bool) -> None:
        left = "and what was found in it is forgotten" if forget else "what was found in it stays"

        def done(_: object) -> None:
            self._page.console.toasts.say(f"{row.name} was removed; {left}.")

        # To forget a large account takes the engine a while.
        self._page.console.link.call("account.remove", {"account": row.id, "forget": forget}, done, timeout=300)

    def _open(self) -> None:
        if self._page.details.isVisible():
            self._page.close_details()
        else:
            self._page.open_details()
