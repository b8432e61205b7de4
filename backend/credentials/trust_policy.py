"""What to put into an account so that we may assume a role there: an external id of ours and the trust policy."""

from __future__ import annotations

import re
import uuid
from typing import Any

from backend.credentials.aws_identity import ROLE_ARN
from backend.errors import UserError

_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")


def external_id() -> str:
    """A new external id: 122 random bits, so that nobody guesses it and no two accounts share one."""
    return f"vedette-{uuid.uuid4()}"


def trust_policy(role_arn: str, principal_arn: str, external_id: str, *, mfa: bool = False) -> dict[str, Any]:
    """The trust policy for `role_arn` that lets `principal_arn` (as sts:GetCallerIdentity names us) assume it.

    A session's ARN becomes its role's (a path, which it leaves out, is not known). `mfa` also demands an MFA code.
    """
    role = ROLE_ARN.fullmatch(role_arn)
    if role is None:
        raise UserError(f"{role_arn!r} is no role ARN.", "It looks like this: arn:aws:iam::123456789012:role/NAME.")
    assumed = _ASSUMED.fullmatch(principal_arn)
    if assumed:
        principal_arn = f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
    condition: dict[str, Any] = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else {}
    if mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    statement: dict[str, Any] = {
        "Sid": "Vedette",
        "Effect": "Allow",
        "Principal": {"AWS": principal_arn},
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
