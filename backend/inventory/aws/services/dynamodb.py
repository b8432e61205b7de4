"""DynamoDB: tables, their backups, encryption and who else may reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "dynamodb.ListTables"
_DESCRIBE = "dynamodb.DescribeTable"
_BACKUPS = "dynamodb.DescribeContinuousBackups"
_POLICY = "dynamodb.GetResourcePolicy"
_TAGS = "dynamodb.ListTagsOfResource"

TABLE = ResourceTable(
    name="aws_dynamodb_table",
    title="DynamoDB table",
    service="dynamodb",
    listing=_LIST,
    columns=(
        text("status", "ACTIVE, CREATING, ARCHIVED …", _DESCRIBE),
        text("billing", "PROVISIONED or PAY_PER_REQUEST.", _DESCRIBE, "PROVISIONED"),
        flag("deletion_protection", "It cannot be deleted until this is switched off.", _DESCRIBE, False),
        text("encryption", "KMS when a KMS key of the account is used; empty: a key that AWS owns.", _DESCRIBE),
        text("kms_key", "KMS key; empty: a key that AWS owns.", _DESCRIBE),
        flag("stream", "A stream tells of every change.", _DESCRIBE, False),
        document("replicas", "Regions of its replicas.", _DESCRIBE, []),
        moment("created_at", "When it was made.", _DESCRIBE),
        flag("point_in_time_recovery", "It can be restored to any second of the period.", _BACKUPS, False),
        integer("recovery_days", "Days that period is long.", _BACKUPS, 35),
        text("policy", "Resource policy; empty when there is none.", _POLICY),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)


def _tables(page: Answer, scope: Scope) -> Iterable[Row]:
    for name in page.get("TableNames", []):
        row = Row(TABLE, scope.arn("dynamodb", f"table/{name}"), scope.account, scope.region, name)
        row.fill(_LIST, {}, {"TableName": name})
        yield row


def _describe(answer: Answer, row: Row) -> Mapping[str, Any]:
    table = answer.get("Table", {})
    encryption = table.get("SSEDescription", {})
    # Switched off again, the description stays with the status DISABLED: AWS's own key is back in use.
    active = encryption.get("Status") in ("ENABLED", "ENABLING", "UPDATING")
    created = table.get("CreationDateTime")
    return {
        "status": table.get("TableStatus"),
        "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
        "deletion_protection": table.get("DeletionProtectionEnabled"),
        "encryption": encryption.get("SSEType") if active else None,
        "kms_key": encryption.get("KMSMasterKeyArn") if active else None,
        "stream": table.get("StreamSpecification", {}).get("StreamEnabled"),
        "replicas": [one["RegionName"] for one in table.get("Replicas", []) if one.get("RegionName")],
        "created_at": created.timestamp() if created else None,
    }


def _backups(answer: Answer, row: Row) -> Mapping[str, Any]:
    recovery = answer.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
    return {
        "point_in_time_recovery": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "recovery_days": recovery.get("RecoveryPeriodInDays"),
    }


def _by_name(row: Row) -> Mapping[str, Any]:
    return {"TableName": row.name}


def _by_arn(row: Row) -> Mapping[str, Any]:
    return {"ResourceArn": row.uid}


SERVICE = Service(
    name="dynamodb",
    title="DynamoDB",
    tables=(TABLE,),
    listings=(Listing(_LIST, (TABLE,), _tables),),
    details=(
        Detail(_DESCRIBE, TABLE, _by_name, _describe),
        Detail(_BACKUPS, TABLE, _by_name, _backups),
        Detail(
            _POLICY,
            TABLE,
            _by_arn,
            lambda answer, row: {"policy": answer.get("Policy")},
            frozenset({"PolicyNotFoundException"}),
        ),
        Detail(_TAGS, TABLE, _by_arn, lambda answer, row: {"tags": tags_of(answer.get("Tags"))}),
    ),
)
