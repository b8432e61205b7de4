"""The user's own AWS profiles, read and never written: what there is to choose from, without any of its secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import botocore.session
from botocore.exceptions import BotoCoreError

from backend.credentials.aws_errors import explain, unknown_profile
from backend.credentials.aws_identity import ROLE_ARN, AwsIdentity

ProfileKind = Literal["keys", "sso", "role", "web identity", "process", "login", "empty"]


@dataclass(frozen=True)
class AwsProfile:
    """One named profile; texts are the user's own, from the files."""

    name: str
    kind: ProfileKind
    region: str  # '' when the profile names none
    account: str  # 12 digits when the configuration tells, else ''
    detail: str  # role ARN, SSO start URL and role, … ; no secret
    mfa: bool  # signing in will ask for a code


def list_profiles() -> list[AwsProfile]:
    """All profiles of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, by name; `UserError` for a damaged file."""
    session = botocore.session.Session()
    try:
        config = session.full_config
    except BotoCoreError as error:
        raise explain(error, AwsIdentity("profile", profile="?")) from error
    sessions = config.get("sso_sessions", {})
    return [_describe(name, values, sessions) for name, values in sorted(config["profiles"].items())]


def find_profile(name: str) -> AwsProfile:
    """One profile by name; `UserError` names the files when it is not there."""
    for profile in list_profiles():
        if profile.name == name:
            return profile
    raise unknown_profile(name)


def _describe(name: str, values: dict[str, Any], sso_sessions: dict[str, Any]) -> AwsProfile:
    def text(key: str) -> str:
        value = values.get(key, "")
        return value if isinstance(value, str) else ""

    kind: ProfileKind = "empty"
    account = detail = ""
    role = ROLE_ARN.fullmatch(text("role_arn"))
    if text("role_arn"):
        kind = "web identity" if text("web_identity_token_file") else "role"
        account = role[2] if role else ""
        source = text("source_profile") or text("credential_source") or text("web_identity_token_file")
        detail = f"{text('role_arn')} from {source}" if source else text("role_arn")
    elif text("sso_session") or text("sso_start_url"):
        kind, account = "sso", text("sso_account_id")
        start = text("sso_start_url") or str(sso_sessions.get(text("sso_session"), {}).get("sso_start_url", ""))
        detail = f"{text('sso_role_name')} at {start}"
    elif text("aws_access_key_id"):
        kind, detail = "keys", f"access key …{text('aws_access_key_id')[-4:]}"
    elif text("credential_process"):
        kind = "process"
        detail = text("credential_process").split()[0]  # its arguments may hold anything
    elif text("login_session"):
        kind, detail = "login", text("login_session")
    return AwsProfile(name, kind, text("region"), account, detail, bool(role and text("mfa_serial")))
