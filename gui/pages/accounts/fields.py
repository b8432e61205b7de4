"""The fields of the four ways to sign in. Each group gives options and keys as the engine's verbs take them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from backend.client import UserError
from gui.details.sections import Code, notice
from gui.parts.layouts import clear, column
from gui.text import label, plain

MEMBER_ROLE = "OrganizationAccountAccessRole"
_NO_PROFILE = ""


class Fields(QWidget):
    """Named inputs one below the other; `changed` follows every edit."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.box: QVBoxLayout = column(space=5)
        self.setLayout(self.box)

    def add(self, name: str, widget: QWidget, about: str = "") -> None:
        """One input with its name above and, perhaps, a word of explanation below."""
        widget.setAccessibleName(name)
        self.box.addWidget(label(name, "muted"))
        self.box.addWidget(widget)
        if about:
            self.box.addWidget(label(about, "faint", wrap=True))
        self.box.addSpacing(6)

    def line(self, name: str, hint: str = "", about: str = "", *, secret: bool = False) -> QLineEdit:
        """A line to type in; a secret one shows dots."""
        made = QLineEdit()
        made.setPlaceholderText(hint)
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
        made.textChanged.connect(self.changed)
        self.add(name, made, about)
        return made


class ProfileField(QComboBox):
    """The user's AWS profiles with their kind; the value is the profile's name."""

    def show_profiles(self, profiles: Sequence[dict[str, Any]], none: str = "") -> None:
        """List profiles; `none` names the choice of none, where that is allowed."""
        chosen = self.profile()
        self.clear()
        if none:
            self.addItem(none, _NO_PROFILE)
        for one in profiles:
            parts = [str(one.get("kind", "")), str(one.get("detail", "")), str(one.get("region", ""))]
            about = " · ".join(part for part in parts if part)
            self.addItem(plain(f"{one['name']}   ({about})"), str(one["name"]))
        at = self.findData(chosen)
        self.setCurrentIndex(max(at, 0) if self.count() else -1)
        self.setEnabled(self.count() > 0)

    def profile(self) -> str:
        """The chosen profile's name."""
        return str(self.currentData() or "")


class ProfileFields(Fields):
    """A profile of ~/.aws: nothing is stored."""

    kind = "profile"

    def __init__(self) -> None:
        super().__init__()
        self.profile = ProfileField()
        self.profile.currentIndexChanged.connect(self.changed)
        self.add("Profile", self.profile, "From your own AWS configuration. Nothing of it is copied or changed.")
        self.none = notice(
            "There is no AWS profile on this computer yet. `aws configure sso` or `aws configure` makes one; or sign in"
            " with access keys or a role.",
            "notice-warn",
        )
        self.none.hide()
        self.box.addWidget(self.none)

    def show_profiles(self, profiles: Sequence[dict[str, Any]]) -> None:
        """The profiles there are."""
        self.profile.show_profiles(profiles)
        self.none.setVisible(not profiles)

    def options(self) -> dict[str, Any]:
        """Raises `UserError` for what is missing."""
        if not self.profile.profile():
            raise UserError("No profile is chosen.", "Choose one, or sign in another way.")
        return {"profile": self.profile.profile()}

    def keys(self) -> dict[str, str] | None:
        """No keys."""
        return None

    def suggestion(self) -> str:
        """A name for the account."""
        return self.profile.profile()


class KeysFields(Fields):
    """A key pair, kept in the vault."""

    kind = "keys"

    def __init__(self) -> None:
        super().__init__()
        self.key_id = self.line("Access key id", "AKIA…")
        self.secret = self.line("Secret access key", secret=True)
        self.token = self.line("Session token (temporary keys only)", secret=True)
        self.box.addWidget(
            label("Keys are sealed in the vault; a profile is better, as nothing is stored.", "faint", wrap=True)
        )

    def show_profiles(self, profiles: Sequence[dict[str, Any]]) -> None:
        """Profiles do not matter here."""

    def options(self) -> dict[str, Any]:
        """None of their own."""
        return {}

    def keys(self) -> dict[str, str] | None:
        """Raises `UserError` for what is missing."""
        if not self.key_id.text().strip() or not self.secret.text().strip():
            raise UserError("The access key id or the secret access key is missing.", "Paste both.")
        found = {"access_key_id": self.key_id.text().strip(), "secret_access_key": self.secret.text().strip()}
        if self.token.text().strip():
            found["session_token"] = self.token.text().strip()
        return found

    def suggestion(self) -> str:
        """No name to suggest."""
        return ""


class RoleFields(Fields):
    """A role assumed from a profile, with an external id of ours and the trust policy to paste."""

    kind = "role"

    def __init__(self) -> None:
        super().__init__()
        self.profile = ProfileField()
        self.profile.currentIndexChanged.connect(self.changed)
        self.add("Assume it from profile", self.profile)
        self.arn = self.line("Role ARN", "arn:aws:iam::123456789012:role/vedette-read")
        self.external = self.line("External id", about="Made for this account; it belongs in the role's trust policy.")
        self.external.setText(f"vedette-{uuid.uuid4()}")
        self.mfa = self.line("MFA serial (only if the role demands MFA)", "arn:aws:iam::123456789012:mfa/you")
        self._holder: QVBoxLayout = column(space=4)
        self.box.addLayout(self._holder)
        self.principal = ""
        self._show_policy()
        self.changed.connect(self._show_policy)

    def show_profiles(self, profiles: Sequence[dict[str, Any]]) -> None:
        """The profiles there are."""
        self.profile.show_profiles(profiles)

    def options(self) -> dict[str, Any]:
        """Raises `UserError` for what is missing."""
        if not self.arn.text().strip():
            raise UserError("The role's ARN is missing.", "It looks like arn:aws:iam::123456789012:role/NAME.")
        found = {"profile": self.profile.profile(), "role_arn": self.arn.text().strip()}
        found["external_id"] = self.external.text().strip()
        found["mfa_serial"] = self.mfa.text().strip()
        return {name: value for name, value in found.items() if value}

    def keys(self) -> dict[str, str] | None:
        """No keys."""
        return None

    def suggestion(self) -> str:
        """The role's account."""
        parts = self.arn.text().split(":")
        return parts[4] if len(parts) > 4 else ""

    def trust_policy(self) -> str:
        """The policy that lets the identity of the profile assume the role, as JSON."""
        condition: dict[str, Any] = {"StringEquals": {"sts:ExternalId": self.external.text().strip()}}
        if self.mfa.text().strip():
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        principal = self.principal or "<the ARN that `aws sts get-caller-identity` names>"
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)

    def _show_policy(self) -> None:
        clear(self._holder)
        self._holder.addWidget(label("Trust policy of the role", "muted"))
        self._holder.addWidget(Code(self.trust_policy(), "trust policy"))


class OrganizationFields(Fields):
    """The management account, and the role to assume in each member."""

    kind = "organization"

    def __init__(self) -> None:
        super().__init__()
        self.profile = ProfileField()
        self.profile.currentIndexChanged.connect(self.changed)
        self.add("Profile of the management account or a delegated administrator", self.profile)
        self.role = self.line("Role in each member account", MEMBER_ROLE)
        self.role.setText(MEMBER_ROLE)
        self.external = self.line("External id of that role (if it demands one)")

    def show_profiles(self, profiles: Sequence[dict[str, Any]]) -> None:
        """The profiles there are."""
        self.profile.show_profiles(profiles)

    def options(self) -> dict[str, Any]:
        """Raises `UserError` for what is missing."""
        if not self.profile.profile():
            raise UserError("No profile is chosen.", "Choose one that may list the organization.")
        found = {"profile": self.profile.profile(), "member_role": self.role.text().strip() or MEMBER_ROLE}
        if self.external.text().strip():
            found["member_external_id"] = self.external.text().strip()
        return found

    def keys(self) -> dict[str, str] | None:
        """No keys."""
        return None

    def suggestion(self) -> str:
        """The profile's name."""
        return self.profile.profile()


Group = ProfileFields | KeysFields | RoleFields | OrganizationFields
