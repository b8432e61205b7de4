"""Which foreign accounts a resource policy or a role's trust lets in."""

from __future__ import annotations

import re

from backend.posture.functions.arguments import BadInput
from backend.posture.functions.policy_conditions import narrows
from backend.posture.functions.policy_grants import covers_action, covers_resources, denies_strangers
from backend.posture.functions.policy_model import Condition, Document, Principals, Statement

_ACCOUNT = re.compile(r"[0-9]{12}")
_ACCOUNT_KEYS = frozenset(
    (
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    )
)
_ARN_KEYS = frozenset(("aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn", "aws:sourcevpcarn"))


def external_accounts(document: Document, own: frozenset[str]) -> frozenset[str]:
    """Accounts other than `own` that an Allow admits; "*" for everyone.

    Everyone narrowed by a condition counts only for the accounts the condition names: one that pins a network or an
    organization names none. Raises `BadInput` when only a canonical user is left whose account cannot be told.
    """
    found: set[str] = set()
    riddles = False
    denies = [deny for deny in document.denies if denies_strangers(deny)]
    for allow in document.allows:
        if allow.principals is None or _denied(allow, denies):
            continue
        accounts, unknown = _admitted(allow, allow.principals)
        found |= accounts - own
        riddles = riddles or unknown
    if riddles and not found:
        raise BadInput("policy names a canonical user whose account cannot be told")
    return frozenset(found)


def _denied(allow: Statement, denies: list[Statement]) -> bool:
    """Whether strangers get nothing of `allow`. A Deny that spares the named account by condition does not count."""
    everywhere = [deny for deny in denies if not deny.conditions and not deny.not_principals]
    return any(
        covers_resources(deny, allow) and all(covers_action(deny, action) for action in allow.actions)
        for deny in everywhere
        if not allow.not_actions or deny.actions == ("*",)
    )


def _admitted(allow: Statement, principals: Principals) -> tuple[set[str], bool]:
    pinned = [accounts for condition in allow.conditions if (accounts := _pinned(condition)) is not None]
    if allow.not_principals or principals.anyone:
        if pinned:
            return set.intersection(*pinned), False
        return (set() if any(narrows(condition) for condition in allow.conditions) else {"*"}), False
    named = {account for name in principals.aws if (account := _account_of(name))}
    for accounts in pinned:
        named &= accounts
    return named, bool(principals.canonical) and not pinned


def _account_of(principal: str) -> str:
    """The 12 digits in an ARN or alone; '' for ids of deleted principals and for AWS's own (cloudfront)."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    parts = principal.split(":", 5)
    return parts[4] if len(parts) == 6 and _ACCOUNT.fullmatch(parts[4]) else ""


def _pinned(condition: Condition) -> set[str] | None:
    """The accounts a condition confines callers to, or None when it does not."""
    if not narrows(condition):
        return None
    if condition.key in _ACCOUNT_KEYS:
        return {value for value in condition.values if _ACCOUNT.fullmatch(value)}
    if condition.key in _ARN_KEYS:
        accounts = [_account_of(value) for value in condition.values]
        return set(accounts) if all(accounts) else None
    return None
