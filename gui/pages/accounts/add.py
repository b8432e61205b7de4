"""Adding an account: how to sign in, who that is, what it may not read; then save and scan."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QVBoxLayout, QWidget

from backend.client import UserError
from gui.console import Console
from gui.jobs.job import JobView, read_job
from gui.pages.accounts.fields import Fields, Group, KeysFields, OrganizationFields, ProfileFields, RoleFields
from gui.pages.accounts.identity import IdentityPanel
from gui.parts.layouts import button, card, column, row, scrolled
from gui.text import label

_KINDS: tuple[tuple[str, str, str, type[Group]], ...] = (
    ("profile", "Profile", "user", ProfileFields),
    ("keys", "Access keys", "key", KeysFields),
    ("role", "Role", "role", RoleFields),
    ("organization", "Organization", "organization", OrganizationFields),
)


class AddAccount(QWidget):
    """`saved` carries the new account's id and whether to scan it at once; `cancelled` leaves."""

    saved = Signal(int, bool)
    cancelled = Signal()

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self.name = QLineEdit()
        self.endpoint = QLineEdit()
        self.regions = QLineEdit()
        self.identity = IdentityPanel()
        self.problem = label(look="error", wrap=True)
        self.problem.hide()
        self.groups: list[Group] = [kind[3]() for kind in _KINDS]
        self._chosen = 0
        self.kinds = QButtonGroup(self)
        self._busy = ""
        self._lay()
        for group in self.groups:
            group.changed.connect(self._edited)
        self.choose(0)

    def _lay(self) -> None:
        choices = row(space=2)
        for at, (_, words, icon, _group) in enumerate(_KINDS):
            made = button(words, "segment", icon)
            made.setCheckable(True)
            self.kinds.addButton(made, at)
            choices.addWidget(made)
        choices.addStretch(1)
        self.kinds.idClicked.connect(self.choose)
        first = self.kinds.button(0)
        if first is not None:
            first.setChecked(True)
        more = Fields()
        more.add("Name in this workspace", self.name)
        advanced = Fields()
        self.endpoint.setPlaceholderText("https://…")
        self.regions.setPlaceholderText("all enabled regions, or e.g. eu-west-1, us-east-1")
        advanced.add("Endpoint URL (for an emulator)", self.endpoint)
        advanced.add("Regions to scan", self.regions)
        advanced.hide()
        unfold = button("Advanced", "link", "chevron-right")
        unfold.clicked.connect(lambda: advanced.setVisible(not advanced.isVisible()))
        self.test = button("Test connection", "", "check")
        self.save = button("Save", "")
        self.scan = button("Save and scan", "primary", "play")
        cancel = button("Cancel", "")
        self.test.clicked.connect(self.run_test)
        self.save.clicked.connect(lambda: self.run_save(scan=False))
        self.scan.clicked.connect(lambda: self.run_save(scan=True))
        cancel.clicked.connect(self.cancelled)
        form = card(
            "Add a cloud account", choices, *self.groups, more, unfold, advanced, self.problem,
            row(self.test, None, cancel, self.save, self.scan),
        )  # fmt: skip
        form.setMaximumWidth(620)
        side = card("Who this is", label("Test the connection to see who AWS says you are, and what this identity"
                                         " may not read.", "muted", wrap=True), self.identity, None)  # fmt: skip
        side.setMinimumWidth(340)
        body = row(column(form, None), column(side, None), space=16)
        body.setStretch(0, 5)
        body.setStretch(1, 4)
        body.setContentsMargins(20, 16, 20, 20)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(body, "Add a cloud account"))

    # -- what is typed -------------------------------------------------------------------------------------------

    @property
    def group(self) -> Group:
        """The fields of the chosen way to sign in."""
        return self.groups[self._chosen]

    def open(self) -> None:
        """Start with the profiles there are now."""
        self._console.link.call("profile.list", on_ok=self._profiles, on_error=self._failed)
        checked = self.kinds.checkedButton()
        if checked is not None:
            checked.setFocus()

    def choose(self, at: int) -> None:
        """Another way to sign in."""
        self._chosen = at
        for number, group in enumerate(self.groups):
            group.setVisible(number == at)
        self.identity.wipe()
        self.problem.hide()
        self._edited()

    def draft(self) -> dict[str, Any]:
        """{kind, options, keys} as typed; raises `UserError` for what is missing."""
        options = self.group.options()
        if self.endpoint.text().strip():
            options["endpoint_url"] = self.endpoint.text().strip()
        regions = [one for one in self.regions.text().replace(",", " ").split() if one]
        if regions:
            options["regions"] = regions
        return {"kind": self.group.kind, "options": options, "keys": self.group.keys()}

    def _profiles(self, profiles: list[dict[str, Any]]) -> None:
        for group in self.groups:
            group.show_profiles(profiles)
        self._edited()

    def _edited(self) -> None:
        self.name.setPlaceholderText(self.group.suggestion() or "e.g. prod")

    # -- what is done --------------------------------------------------------------------------------------------

    def run_test(self) -> None:
        """Ask AWS who this is, before anything is saved."""
        try:
            draft = self.draft()
        except UserError as error:
            self._failed(error)
            return
        self.problem.hide()
        self.identity.wait("Signing in, and checking each permission the enabled rules need…")
        self.test.setEnabled(False)
        self._console.link.call("account.test", {"draft": draft}, self._testing, self._failed)

    def run_save(self, *, scan: bool) -> None:
        """Add the account; keys go to the vault."""
        try:
            draft = self.draft()
        except UserError as error:
            self._failed(error)
            return
        name = self.name.text().strip() or self.group.suggestion()
        if not name:
            self._failed(UserError("The account has no name.", "Give it one by which you know it."))
            return
        self.problem.hide()
        self._console.link.call(
            "account.add",
            {"name": name, **draft},
            lambda found: self._saved(int(found["account"]), scan),
            self._failed,
            timeout=300,
        )

    def _testing(self, started: dict[str, Any]) -> None:
        job = read_job(started)
        self._busy = job.id
        self._console.jobs.when_ended(job.id, self._tested)

    def _tested(self, job: JobView) -> None:
        if job.id != self._busy:
            return
        self.test.setEnabled(True)
        self.identity.show_job(job)

    def _saved(self, account: int, scan: bool) -> None:
        for group in self.groups:
            if isinstance(group, KeysFields):
                for field in (group.key_id, group.secret, group.token):
                    field.clear()
        self.name.clear()
        self.identity.wipe()
        self.saved.emit(account, scan)

    def _failed(self, error: Exception) -> None:
        self.test.setEnabled(True)
        if isinstance(error, UserError):
            self.problem.setText(f"{error.message} {error.next_step}".strip())
            self.problem.show()
        else:
            self._console.toasts.error(error)
