"""Who we are towards AWS: what is kept with an account (no secret among it) and the key pair that may be stored.

Three ways to sign in: a named profile of the user's own AWS configuration (preferred: nothing is stored), a stored key
pair, or a role assumed from either. An organization signs in like any of these and then assumes a role in each member.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from backend.credentials.secret import Secret
from backend.errors import UserError

Kind = Literal["profile", "keys", "role", "organization", "member"]
MEMBER_ROLE = "OrganizationAccountAccessRole"

ROLE_ARN = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):role/([\w+=,.@/-]{1,576})", re.ASCII)
_MFA_SERIAL = re.compile(r"(arn:aws[\w-]*:iam::\d{12}:(mfa|u2f)/[\w+=,.@/-]+|[A-Za-z0-9]{9,32})", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", re.ASCII)
_MEMBER_ROLE = re.compile(r"[\w+=,.@/-]{1,576}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True)
class AwsIdentity:
    """How to sign in to one AWS account. The fields are the keys of `account.options`; an empty one means unset."""

    kind: Kind
    profile: str = ""  # named profile; with `role_arn` the source of the role
    region: str = ""  # where sts is asked; '' is the profile's, else us-east-1
    role_arn: str = ""
    external_id: str = ""
    mfa_serial: str = ""
    session_name: str = "vedette"  # how CloudTrail calls us
    duration: int = 3600  # seconds a role session lasts before it is renewed
    endpoint_url: str = ""  # an emulator
    regions: tuple[str, ...] = ()  # scope of scans; empty is every enabled region
    member_role: str = MEMBER_ROLE  # organization: name of the role in each member
    member_external_id: str = ""
    member_account: str = ""  # member: its 12 digits

    def to_options(self) -> str:
        """JSON for `account.options`: the fields that differ from their defaults, without the kind."""
        kept = asdict(self)
        del kept["kind"]
        return json.dumps({k: v for k, v in kept.items() if v != _DEFAULTS[k]}, sort_keys=True)

    @classmethod
    def from_options(cls, kind: str, options: str) -> AwsIdentity:
        """The identity in an `account` row, checked (`UserError`). Keys we do not know are left alone."""
        if kind not in get_args(Kind):
            raise UserError(f"'{kind}' is no kind of AWS account.", f"Use one of {', '.join(get_args(Kind))}.")
        try:
            values: Any = json.loads(options or "{}")
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise UserError("The options of this account are not a JSON object.", "Enter the account again.")
        known = {name: values[name] for name in _DEFAULTS if name in values}
        for name, value in known.items():
            if type(value) is not (list if name == "regions" else type(_DEFAULTS[name])):
                raise UserError(f"Option '{name}' of this account has the wrong type.", "Enter the account again.")
        if "regions" in known:
            known["regions"] = tuple(str(region) for region in known["regions"])
        identity = cls(kind=kind, **known)  # type: ignore[arg-type]
        identity.check()
        return identity

    def check(self) -> None:
        """Refuse what AWS or safety would not allow; one `UserError` names the field and how it should look."""
        if self.kind == "profile" and not self.profile:
            raise UserError("This account names no profile.", "Choose one; `aws configure list-profiles` lists them.")
        if self.kind == "role" and not self.role_arn:
            raise UserError("This account names no role.", "Give the role's ARN.")
        _matches("role ARN", self.role_arn, ROLE_ARN, "arn:aws:iam::123456789012:role/NAME")
        _matches("MFA serial", self.mfa_serial, _MFA_SERIAL, "arn:aws:iam::123456789012:mfa/NAME")
        _matches("external id", self.external_id, _EXTERNAL_ID, "2 to 1224 letters, digits or +=,.@:/-")
        _matches("external id", self.member_external_id, _EXTERNAL_ID, "2 to 1224 letters, digits or +=,.@:/-")
        _matches("session name", self.session_name, _SESSION_NAME, "2 to 64 letters, digits or +=,.@-")
        _matches("member role", self.member_role, _MEMBER_ROLE, MEMBER_ROLE)
        _matches("account id", self.member_account, _ACCOUNT, "12 digits")
        for region in (self.region, *self.regions):
            _matches("region", region, _REGION, "eu-west-1")
        if not 900 <= self.duration <= 43200:
            raise UserError("The role session's duration must be 900 to 43200 seconds.", "3600 is usual.")
        check_endpoint(self.endpoint_url)

    def label(self) -> str:
        """What error texts call this identity."""
        if self.role_arn:
            return f"role {self.role_arn}"
        return f"profile '{self.profile}'" if self.profile else "the stored access key"


@dataclass(frozen=True)
class AwsKeys:
    """A key pair, with the session token of a temporary one."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None

    PURPOSE = "aws-keys"

    def to_secret(self) -> Secret:
        """One secret for the vault and for a worker's standard input."""
        for what, value in (
            ("access key id", self.access_key_id),
            ("secret access key", self.secret_access_key.reveal()),
        ):
            if not value or any(c.isspace() or not c.isprintable() for c in value):
                raise UserError(f"The {what} is empty or holds blanks.", "Paste it again, without the text around it.")
        token = self.session_token.reveal() if self.session_token else ""
        return Secret(
            json.dumps(
                {"id": self.access_key_id, "key": self.secret_access_key.reveal(), "token": "".join(token.split())}
            )
        )

    @classmethod
    def from_secret(cls, secret: Secret) -> AwsKeys:
        """The pair in a stored secret."""
        try:
            entry = json.loads(secret.reveal())
            token = Secret(entry["token"]) if entry["token"] else None
            return cls(entry["id"], Secret(entry["key"]), token)
        except (ValueError, KeyError, TypeError):
            raise UserError("The stored secret of this account is no AWS key pair.", "Enter the keys again.") from None


def check_endpoint(url: str) -> None:
    """Refuse an endpoint that is no URL, or that would carry session tokens over a network in clear."""
    if not url:
        return
    parts = urlsplit(url)
    try:
        port_is_right = parts.port != 0
    except ValueError:
        port_is_right = False
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right or not plain:
        raise UserError("The endpoint URL of this account is not usable.", "It looks like http://127.0.0.1:5000.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise UserError(
            f"The endpoint on {parts.hostname} is plain http: session tokens would cross the network in clear.",
            "Use https, or an emulator on this computer (127.0.0.1).",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _matches(what: str, value: str, pattern: re.Pattern[str], example: str) -> None:
    if value and not pattern.fullmatch(value):
        raise UserError(f"The {what} {value!r} is not one.", f"It looks like this: {example}.")


_DEFAULTS = {f.name: f.default for f in fields(AwsIdentity) if f.name != "kind"}
