"""Changing an account: its name, how it signs in, where it is scanned; its keys only when new ones are typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from backend.client import UserError
from gui.pages.accounts.source import Account
from gui.parts.form import FormDialog

_PROFILE = ("profile", "Profile", "")
_SCOPE = (
    ("regions", "Regions to scan", "all enabled regions, or e.g. eu-west-1, us-east-1"),
    ("endpoint_url", "Endpoint URL (for an emulator)", "https://…"),
)
FIELDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "profile": (_PROFILE, *_SCOPE),
    "keys": _SCOPE,
    "role": (
        _PROFILE,
        ("role_arn", "Role ARN", "arn:aws:iam::123456789012:role/vedette-read"),
        ("external_id", "External id", ""),
        ("mfa_serial", "MFA serial", "arn:aws:iam::123456789012:mfa/you"),
        *_SCOPE,
    ),
    "organization": (
        _PROFILE,
        ("member_role", "Role in each member account", "OrganizationAccountAccessRole"),
        ("member_external_id", "External id of that role", ""),
        *_SCOPE,
    ),
    "member": (),  # its organization says how to enter it
}
"""Kind -> (option, what it is called, hint)."""


class EditAccount(FormDialog):
    """`wanted` carries the arguments of `account.update`; call `accept` when the engine took them, else `refuse`."""

    wanted = Signal(object)

    def __init__(self, account: Account, parent: QWidget) -> None:
        said = "What was found so far stays. Test the connection afterwards to see who AWS says you are."
        if account.kind == "member":
            said = "How it is entered comes from its organization; here it can be given another name."
        super().__init__(parent, f"Edit {account.name}", said, "Save")
        self._account = account
        self.setMinimumWidth(520)
        self.name = self.line("Name in this workspace", account.name)
        self.options: dict[str, QLineEdit] = {}
        for option, words, hint in FIELDS.get(account.kind, ()):
            value = account.options.get(option, "")
            shown = ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
            self.options[option] = self.line(words, shown, hint)
        self.keys: dict[str, QLineEdit] = {}
        if account.kind == "keys":
            about = "The stored keys stay unless both are typed; new ones take their place in the vault."
            self.keys["access_key_id"] = self.line("New access key id", "", "AKIA…")
            self.keys["secret_access_key"] = self.line("New secret access key", secret=True)
            self.keys["session_token"] = self.line(
                "New session token (temporary keys only)", "", "", about, secret=True
            )
        self.finished.connect(lambda _: self._wipe())
        self.name.selectAll()
        self.name.setFocus()

    def finish(self) -> None:
        try:
            args = self.arguments()
        except UserError as error:
            self.refuse(f"{error.message} {error.next_step}".strip())
            return
        self.problem.hide()
        self.accept_button.setEnabled(False)
        self.wanted.emit(args)

    def failed(self, error: Exception) -> None:
        """The engine would not take it."""
        if isinstance(error, UserError):
            self.refuse(f"{error.message} {error.next_step}".strip())
        else:
            self.refuse(f"This is a bug in Vedette: {type(error).__name__}: {error}")

    def arguments(self) -> dict[str, Any]:
        """What `account.update` takes; raises `UserError` for what is missing."""
        name = self.name.text().strip()
        if not name:
            raise UserError("The account has no name.", "Give it one by which you know it.")
        args: dict[str, Any] = {"account": self._account.id}
        if name != self._account.name:
            args["name"] = name
        options = dict(self._account.options)  # those that have no field here stay as they are
        for option, field in self.options.items():
            text = field.text().strip()
            value: Any = [one for one in text.replace(",", " ").split() if one] if option == "regions" else text
            options.pop(option, None)
            if value:
                options[option] = value
        if options != dict(self._account.options):
            args["options"] = options
        keys = {name: field.text().strip() for name, field in self.keys.items() if field.text().strip()}
        if keys and not ("access_key_id" in keys and "secret_access_key" in keys):
            raise UserError("The new access key id or the new secret is missing.", "Paste both, or leave both empty.")
        if keys:
            args["keys"] = keys
        return args

    def closeEvent(self, event: QCloseEvent) -> None:
        self._wipe()
        super().closeEvent(event)

    def _wipe(self) -> None:
        for field in self.keys.values():
            field.clear()
