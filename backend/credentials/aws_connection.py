"""Test a connection: who AWS says we are."""

from __future__ import annotations

import time
from dataclasses import dataclass

from backend.credentials.aws_errors import SDK_ERRORS, explain
from backend.credentials.aws_session import AwsSession


@dataclass(frozen=True)
class CallerIdentity:
    """The answer of sts:GetCallerIdentity, and the account's alias when we may read it."""

    arn: str
    account: str  # 12 digits
    user_id: str
    alias: str  # '' when there is none, or iam:ListAccountAliases is denied
    region: str  # where we signed in
    endpoint_url: str  # '' is AWS itself
    milliseconds: int

    @property
    def is_root(self) -> bool:
        """Whether these are credentials of the account's root user, which no scan should use."""
        return self.arn.endswith(":root")


def test_connection(session: AwsSession) -> CallerIdentity:
    """Sign in (asking for MFA where needed) and ask who we are; `UserError` says in one sentence why it failed."""
    begun = time.monotonic()
    session.sign_in()
    try:
        # Two attempts: a wrong endpoint should be told in seconds, not after the patience of a scan.
        answer = session.client("sts", attempts=2).get_caller_identity()
    except SDK_ERRORS as error:
        raise explain(error, session.identity, session.region) from error
    milliseconds = round(1000 * (time.monotonic() - begun))
    return CallerIdentity(
        str(answer["Arn"]),
        str(answer["Account"]),
        str(answer["UserId"]),
        _alias(session),
        session.region,
        session.endpoint_url,
        milliseconds,
    )


test_connection.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


def _alias(session: AwsSession) -> str:
    try:
        aliases = session.client("iam", attempts=2).list_account_aliases().get("AccountAliases", [])
    except SDK_ERRORS:
        return ""
    return str(aliases[0]) if aliases else ""
