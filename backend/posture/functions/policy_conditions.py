"""Which conditions really narrow a grant to everyone.

A condition narrows when it pins a key that a stranger cannot choose (his account, organization, network, the resource
that calls on his behalf) to fixed values. It does not when the key may be missing (IfExists, ForAllValues), when one
value is open ("*", 0.0.0.0/0, an ARN whose account is a wildcard), or when the key says nothing about who calls
(aws:SecureTransport, kms:ViaService, aws:PrincipalTag, aws:Referer, which anyone can forge).
"""

from __future__ import annotations

import re

from backend.posture.functions.arguments import BadInput
from backend.posture.functions.globs import is_wild, literal_prefix
from backend.posture.functions.network import network_is_public, parse_cidr
from backend.posture.functions.policy_model import Condition

# key (lower case) -> what its values are
NARROWING = {
    "aws:principalaccount": "text",
    "aws:principalarn": "arn",
    "aws:principalorgid": "text",
    "aws:principalorgpaths": "path",
    "aws:principalservicename": "text",
    "aws:principalservicenameslist": "text",
    "aws:sourceaccount": "text",
    "aws:sourcearn": "arn",
    "aws:sourceip": "ip",
    "aws:sourceorgid": "text",
    "aws:sourceorgpaths": "path",
    "aws:sourceowner": "text",
    "aws:sourcevpc": "text",
    "aws:sourcevpcarn": "arn",
    "aws:sourcevpce": "text",
    "aws:userid": "userid",
    "aws:vpceaccount": "text",
    "aws:vpceorgid": "text",
    "aws:vpceorgpaths": "path",
    "aws:vpcsourceip": "ip",
    "elasticfilesystem:accesspointarn": "arn",
    "kms:calleraccount": "text",
    "lambda:eventsourcetoken": "text",
    "s3:dataaccesspointaccount": "text",
    "s3:dataaccesspointarn": "arn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn",
}
# true for callers that are AWS itself, or inside the VPC: a stranger has false
INSIDE_FLAGS = frozenset(("aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"))
# false for a stranger who calls directly
DIRECT_FLAGS = INSIDE_FLAGS | {"aws:viaawsservice"}
SOURCE_KEYS = frozenset(
    ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner")
)

_EXACT = frozenset(("stringequals", "stringequalsignorecase", "numericequals", "binaryequals"))
_WILD = frozenset(("stringlike", "arnlike", "arnequals"))
_NOT_EXACT = frozenset(("stringnotequals", "stringnotequalsignorecase"))
_NOT_WILD = frozenset(("stringnotlike", "arnnotlike", "arnnotequals"))
_RESOURCE_VARIABLE = re.compile(r"\$\{aws:Resource(?:Account|OrgID|OrgPaths)\}", re.IGNORECASE)


def narrows(condition: Condition) -> bool:
    """Whether, in an Allow, `condition` keeps strangers out."""
    if condition.if_exists or condition.quantifier == "forallvalues" or not condition.values:
        return False
    operator, key = condition.operator, condition.key
    if key in INSIDE_FLAGS:
        return operator == "bool" and all(value.lower() == "true" for value in condition.values)
    if operator in _EXACT:
        return _all_fixed(condition, wild=False)
    if operator in _WILD:
        return _all_fixed(condition, wild=True)
    return operator == "ipaddress" and NARROWING.get(key) == "ip" and _all_fixed(condition, wild=True)


def hits_strangers(condition: Condition) -> bool:
    """Whether, in a Deny, `condition` is true for every stranger.

    A negated test is also true where the key is missing.
    """
    if condition.quantifier == "foranyvalue" or not condition.values:
        return False
    operator, key = condition.operator, condition.key
    if key in DIRECT_FLAGS:
        return operator == "bool" and all(value.lower() == "false" for value in condition.values)
    if operator in _NOT_EXACT:
        return _all_fixed(condition, wild=False)
    if operator in _NOT_WILD:
        return _all_fixed(condition, wild=True)
    return operator == "notipaddress" and NARROWING.get(key) == "ip" and _all_fixed(condition, wild=True)


def is_vacuous(condition: Condition) -> bool:
    """Whether `condition` is a wildcard test that any value passes."""
    return condition.operator in ("stringlike", "arnlike") and "*" in condition.values


def _all_fixed(condition: Condition, *, wild: bool) -> bool:
    kind = NARROWING.get(condition.key)
    return kind is not None and all(_fixed(kind, value, wild=wild) for value in condition.values)


def _fixed(kind: str, value: str, *, wild: bool) -> bool:
    if "${" in value:
        return _RESOURCE_VARIABLE.fullmatch(value) is not None
    if kind == "ip":
        try:
            return not network_is_public(parse_cidr(value))
        except BadInput:
            return not wild  # as plain text it equals no address
    if not wild or not is_wild(value):
        return value != ""
    if kind == "arn":
        return _pins_owner(value)
    if kind == "path":  # 'o-abc123/*': everything under one organization
        return "/" in literal_prefix(value)
    if kind == "userid":  # 'AROAEXAMPLE:*': every session of one role
        return ":" in literal_prefix(value)
    return False


def _pins_owner(arn: str) -> bool:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return False
    service, account, resource = parts[2], parts[4], parts[5]
    if account:
        return not is_wild(account)
    # a bucket's ARN has no account, but its name is unique in the world
    return service == "s3" and resource != "" and not is_wild(resource.split("/", 1)[0])
