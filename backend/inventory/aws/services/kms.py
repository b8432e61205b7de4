"""KMS: customer keys. AWS's own keys are listed too, but cost one call each and are dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import NEVER, ResourceTable, flag, integer, moment, text

_LIST = "kms.ListKeys"
_ALIASES = "kms.ListAliases"
_DESCRIBE = "kms.DescribeKey"
_ROTATION = "kms.GetKeyRotationStatus"
_POLICY = "kms.GetKeyPolicy"

KEY = ResourceTable(
    name="aws_kms_key",
    title="KMS key",
    service="kms",
    listing=_LIST,
    columns=(
        text("arn", "ARN of the key.", _LIST),
        text("alias", "First alias; empty when it has none.", _LIST),
        text("manager", "CUSTOMER or AWS.", _DESCRIBE),
        text("state", "Enabled, Disabled, PendingDeletion …", _DESCRIBE),
        text("spec", "SYMMETRIC_DEFAULT, RSA_4096 …", _DESCRIBE),
        text("usage", "ENCRYPT_DECRYPT, SIGN_VERIFY …", _DESCRIBE),
        text("origin", "AWS_KMS, EXTERNAL, AWS_CLOUDHSM …", _DESCRIBE),
        flag("multi_region", "It has replicas in other regions.", _DESCRIBE, False),
        moment("created_at", "When it was made.", _DESCRIBE),
        moment("deletion_at", "When it will be deleted; infinite: never.", _DESCRIBE, NEVER),
        flag("rotation_enabled", "Its material is renewed by itself.", _ROTATION),
        integer("rotation_days", "Days between renewals.", _ROTATION, 365),
        text("policy", "Key policy.", _POLICY),
    ),
)


def _keys(api: Api, scope: Scope) -> Iterable[Answer]:
    """Keys with their aliases; a denied ListAliases costs the names, not the keys."""
    aliases: dict[str, str] = {}
    try:
        for page in api.pages(_ALIASES, scope.region):
            for alias in page.get("Aliases", []):
                aliases.setdefault(alias.get("TargetKeyId", ""), alias.get("AliasName", ""))
    except CallFailed as failed:
        if failed.outcome is Outcome.CANCELLED:
            raise
    for page in api.pages(_LIST, scope.region):
        keys = [{**key, "AliasName": aliases.get(key.get("KeyId", ""), "")} for key in page.get("Keys", [])]
        # An alias under alias/aws/ belongs to a key of AWS's own, which nobody here can configure.
        yield {"Keys": [key for key in keys if not key["AliasName"].startswith("alias/aws/")]}


def _rows(page: Answer, scope: Scope) -> Iterable[Row]:
    for key in page.get("Keys", []):
        name = key.get("KeyId")
        if not name:
            continue
        arn = key.get("KeyArn") or scope.arn("kms", f"key/{name}")
        alias = key.get("AliasName", "")
        row = Row(KEY, arn, scope.account, scope.region, alias.removeprefix("alias/") or name)
        row.fill(_LIST, {"arn": arn, "alias": alias}, key)
        yield row


def _describe(answer: Answer, row: Row) -> Mapping[str, Any]:
    key = answer.get("KeyMetadata", {})
    created, deletion = key.get("CreationDate"), key.get("DeletionDate")
    return {
        "manager": key.get("KeyManager"),
        "state": key.get("KeyState"),
        "spec": key.get("KeySpec") or key.get("CustomerMasterKeySpec"),
        "usage": key.get("KeyUsage"),
        "origin": key.get("Origin"),
        "multi_region": key.get("MultiRegion"),
        "created_at": created.timestamp() if created else None,
        "deletion_at": deletion.timestamp() if deletion else None,
    }


def _can_rotate(row: Row) -> bool | None:
    """Only symmetric keys with KMS's own material rotate; asking for another is an error, not an answer."""
    if row.values.get("spec") is None or row.values.get("manager") is None:
        return None
    return (
        row.values["manager"] == "CUSTOMER"
        and row.values["spec"] == "SYMMETRIC_DEFAULT"
        and row.values.get("origin") == "AWS_KMS"
        and row.values.get("state") in ("Enabled", "Disabled")
    )


def _by_arn(row: Row) -> Mapping[str, Any]:
    return {"KeyId": row.uid}


SERVICE = Service(
    name="kms",
    title="KMS",
    tables=(KEY,),
    listings=(Listing(_LIST, (KEY,), _rows, fetch=_keys, also=(_ALIASES,)),),
    details=(
        Detail(_DESCRIBE, KEY, _by_arn, _describe),
        Detail(
            _ROTATION,
            KEY,
            _by_arn,
            lambda answer, row: {
                "rotation_enabled": answer.get("KeyRotationEnabled"),
                "rotation_days": answer.get("RotationPeriodInDays"),
            },
            when=_can_rotate,
        ),
        Detail(
            _POLICY,
            KEY,
            lambda row: {"KeyId": row.uid, "PolicyName": "default"},
            lambda answer, row: {"policy": answer.get("Policy")},
        ),
    ),
)
