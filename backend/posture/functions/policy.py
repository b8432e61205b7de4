"""Questions to a policy document, as SQL functions.

A policy is JSON text (IAM's URL-encoded form too) or a JSON list of policies taken together. '' means that there is
no policy: it grants nothing and denies nothing.
"""

from __future__ import annotations

import re

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, dump_list, load_list, quoted
from backend.posture.functions.globs import matches, overlap, subsumes, tidy
from backend.posture.functions.policy_accounts import external_accounts
from backend.posture.functions.policy_conditions import is_vacuous
from backend.posture.functions.policy_grants import (
    covers,
    covers_action,
    covers_resources,
    identity_grants,
    public_grants,
)
from backend.posture.functions.policy_model import Document, Statement
from backend.posture.functions.policy_text import read_policy

_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]{1,64}:[A-Za-z0-9*?]{1,128}")
_SERVICE = re.compile(r"[A-Za-z0-9-]{1,64}")
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
# A policy that reaches these reaches all there is; IAM alone is enough to give oneself the rest.
_IAM_SAMPLES = ("iam::123456789012:role/any", "iam::123456789012:user/any", "iam::123456789012:policy/any")
_SAMPLES = (
    *_IAM_SAMPLES,
    "s3:::any/any",
    "ec2:eu-west-1:123456789012:instance/i-0",
    "kms:eu-west-1:123456789012:key/a",
)
# A topic's resource policy speaks of publishing; every other service's denial has to cover all of its actions.
_TRANSPORT_ACTIONS = {"sns": "sns:publish"}


def policy_allows_public(policy: SqlValue) -> int:
    """1 when anyone in the world is allowed something."""
    return int(any(True for _ in public_grants(read_policy(policy))))


def policy_allows_public_action(policy: SqlValue, action: SqlValue) -> int:
    """1 when anyone in the world is allowed an action that fits the pattern."""
    document, query = read_policy(policy), _action(action)
    return int(any(True for _ in public_grants(document, query)))


def policy_public_actions(policy: SqlValue) -> str:
    """JSON list of the action patterns that anyone in the world is allowed, sorted."""
    found = {
        action for grant in public_grants(read_policy(policy)) for action in _shown(grant.statement, grant.actions)
    }
    return dump_list(sorted(found))


def policy_public_principals(policy: SqlValue) -> str:
    """JSON list of the principals by which the policy is public, as written ("*", "not arn:…"), sorted."""
    found: set[str] = set()
    for grant in public_grants(read_policy(policy)):
        named = grant.statement.principals
        if named is None:
            continue
        if grant.statement.not_principals:
            names = named.aws + named.services + named.federated + named.canonical
            found.update(f"not {name}" for name in names)
        else:
            wild = [name for name in (*named.aws, *named.services, *named.federated) if "*" in name or "?" in name]
            found.update(wild)
    return dump_list(sorted(found))


def policy_allows_action(policy: SqlValue, action: SqlValue) -> int:
    """1 when an action that fits is allowed on some resource, conditions or not, and not denied outright."""
    document, query = read_policy(policy), _action(action)
    return int(any(True for _ in identity_grants(document, query)))


def policy_grants_admin(policy: SqlValue) -> int:
    """1 when every action on every resource is allowed without condition, in one statement or in several together."""
    document = read_policy(policy)
    allows = [allow for allow in document.allows if _is_boundless(allow)]
    if not any(_all_actions(allow, allows) for allow in allows):
        return 0
    return int(not _denied_everywhere(document, "*"))


def policy_grants_service_admin(policy: SqlValue, service: SqlValue) -> int:
    """1 when every action of the service on all of its resources is allowed without condition."""
    document, name = read_policy(policy), as_text(service, "the service")
    if not _SERVICE.fullmatch(name):
        raise BadInput(f"{quoted(name)} is not a service prefix")
    query = f"{name.lower()}:*"
    for allow in document.allows:
        if _unconditional(allow) and covers_action(allow, query) and _reaches_service(allow, name.lower()):
            return int(not _denied_everywhere(document, query))
    return 0


def policy_denies_insecure_transport(policy: SqlValue, resource: SqlValue) -> int:
    """1 when everyone is denied requests without TLS; `resource` is a bucket's name or any ARN.

    For a bucket the denial has to cover s3:*, the bucket and all objects in it, in one statement or several.
    """
    document, name = read_policy(policy), as_text(resource, "the resource")
    arn = name if name.startswith("arn:") else f"arn:aws:s3:::{name}"
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[2] or not parts[5] or "*" in arn or "?" in arn:
        raise BadInput(f"{quoted(name)} is neither a bucket name nor an ARN")
    service = parts[2]
    targets = [arn, f"{arn}/any object at all"] if service == "s3" else [arn]
    action = _TRANSPORT_ACTIONS.get(service, f"{service}:*")
    denies = [deny for deny in document.denies if _denies_plain_http(deny) and covers_action(deny, action)]
    return int(all(any(_speaks_of(deny, target) for deny in denies) for target in targets))


def policy_allows_external_account(policy: SqlValue, own_account: SqlValue) -> int:
    """1 when a principal of an account other than `own_account` (12 digits, or a JSON list of them) is let in."""
    return int(bool(external_accounts(read_policy(policy), _accounts(own_account))))


def policy_external_accounts(policy: SqlValue, own_account: SqlValue) -> str:
    """JSON list of the foreign accounts let in ("*" for everyone), sorted."""
    return dump_list(sorted(external_accounts(read_policy(policy), _accounts(own_account))))


def _accounts(value: SqlValue) -> frozenset[str]:
    text = as_text(value, "the account")
    items = load_list(text, "the list of accounts") if text.startswith("[") else [text]
    accounts = frozenset(item for item in items if isinstance(item, str) and re.fullmatch(r"[0-9]{12}", item))
    if not items or len(accounts) != len(set(map(str, items))):
        raise BadInput("the account is not 12 digits")
    return accounts


def _action(value: SqlValue) -> str:
    text = as_text(value, "the action")
    if not _ACTION.fullmatch(text):
        raise BadInput(f"{quoted(text)} is not an action such as s3:GetObject or s3:Get*")
    return tidy(text.lower())


def _shown(allow: Statement, actions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"not {action}" for action in allow.actions) if allow.not_actions and allow.actions else actions


def _unconditional(allow: Statement) -> bool:
    return all(is_vacuous(condition) for condition in allow.conditions)


def _is_boundless(allow: Statement) -> bool:
    """Whether an Allow holds for everything there is; remembered, because many rules ask it of the same statements."""
    if (known := allow.known.get("boundless")) is None:
        known = allow.known["boundless"] = int(_unconditional(allow) and _reaches_everything(allow))
    return bool(known)


def _all_actions(allow: Statement, others: list[Statement]) -> bool:
    if not allow.not_actions:
        return covers(allow, "*:*")
    if not any(overlap(spared, "iam:*") for spared in allow.actions):
        return True  # whoever holds all of IAM can give himself the rest
    return all(any(covers_action(other, spared) for other in others if other is not allow) for spared in allow.actions)


def _reaches_everything(allow: Statement) -> bool:
    if allow.resources is None:
        return True
    if allow.not_resources:
        arns = [f"arn:{partition}:{sample}" for partition in _PARTITIONS for sample in _IAM_SAMPLES]
        return not any(matches(spared, arn) for spared in allow.resources for arn in arns)
    return any(
        all(any(matches(pattern, f"arn:{partition}:{sample}") for pattern in allow.resources) for sample in _SAMPLES)
        for partition in _PARTITIONS
    )


def _reaches_service(allow: Statement, service: str) -> bool:
    if allow.resources is None:
        return True
    if allow.not_resources:
        return not any(overlap(spared, f"arn:*:{service}:*") for spared in allow.resources)
    for partition in _PARTITIONS:
        ends = (":*:*:*", "::*:*", ":*::*") if service != "s3" else (":::*",)
        if service == "iam":
            ends = ("::*:*",)
        for end in ends:
            if any(subsumes(pattern, f"arn:{partition}:{service}{end}") for pattern in allow.resources):
                return True
    return False


def _denied_everywhere(document: Document, query: str) -> bool:
    whole = Statement("", True, None, False, ("*",), False, ("*",), False, ())
    return any(
        not deny.conditions and covers_action(deny, query) and covers_resources(deny, whole) for deny in document.denies
    )


def _denies_plain_http(deny: Statement) -> bool:
    if deny.principals is None or deny.not_principals or not deny.principals.anyone or len(deny.conditions) != 1:
        return False
    condition = deny.conditions[0]
    if condition.key != "aws:securetransport" or condition.quantifier:
        return False
    values = {value.lower() for value in condition.values}
    if condition.operator in ("bool", "stringequals", "stringequalsignorecase", "stringlike"):
        return "false" in values
    return condition.operator in ("stringnotequals", "stringnotequalsignorecase", "stringnotlike") and values == {
        "true"
    }


def _speaks_of(deny: Statement, arn: str) -> bool:
    if deny.resources is None:
        return True
    hit = any(matches(pattern, arn) for pattern in deny.resources)
    return hit != deny.not_resources
