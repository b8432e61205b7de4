"""Secrets Manager: secrets by their metadata; their values are never read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import NEVER, ResourceTable, document, flag, moment, real, text

_LIST = "secretsmanager.ListSecrets"
_POLICY = "secretsmanager.GetResourcePolicy"

SECRET = ResourceTable(
    name="aws_secretsmanager_secret",
    title="Secrets Manager secret",
    service="secretsmanager",
    listing=_LIST,
    columns=(
        flag("rotation_enabled", "It is rotated by itself.", _LIST, False),
        real("rotation_days", "Days between rotations; infinite: never.", _LIST, NEVER),
        moment("rotated_at", "Last rotation.", _LIST, -NEVER),
        moment("changed_at", "Last change of its value.", _LIST, -NEVER),
        moment("accessed_at", "Last day it was read.", _LIST, -NEVER),
        moment("created_at", "When it was made.", _LIST),
        text("kms_key", "KMS key; empty for the account's default key.", _LIST),
        text("owning_service", "AWS service that manages it; empty when the account does.", _LIST),
        document("tags", "Tags as an object.", _LIST, {}),
        text("policy", "Resource policy; empty when there is none.", _POLICY),
    ),
)


def _stamp(value: Any) -> float | None:
    return value.timestamp() if value else None


def _secrets(page: Answer, scope: Scope) -> Iterable[Row]:
    for secret in page.get("SecretList", []):
        arn = secret.get("ARN")
        if not arn:
            continue
        row = Row(SECRET, arn, scope.account, scope.region, secret.get("Name", arn))
        row.fill(
            _LIST,
            {
                "rotation_enabled": secret.get("RotationEnabled"),
                "rotation_days": secret.get("RotationRules", {}).get("AutomaticallyAfterDays"),
                "rotated_at": _stamp(secret.get("LastRotatedDate")),
                "changed_at": _stamp(secret.get("LastChangedDate")),
                "accessed_at": _stamp(secret.get("LastAccessedDate")),
                "created_at": _stamp(secret.get("CreatedDate")),
                "kms_key": secret.get("KmsKeyId"),
                "owning_service": secret.get("OwningService"),
                "tags": tags_of(secret.get("Tags")),
            },
            secret,
        )
        yield row


def _policy(answer: Answer, row: Row) -> Mapping[str, Any]:
    return {"policy": answer.get("ResourcePolicy")}


SERVICE = Service(
    name="secretsmanager",
    title="Secrets Manager",
    tables=(SECRET,),
    listings=(
        Listing(_LIST, (SECRET,), _secrets, narrow=lambda row: {"Filters": [{"Key": "name", "Values": [row.name]}]}),
    ),
    details=(Detail(_POLICY, SECRET, lambda row: {"SecretId": row.uid}, _policy),),
)
