"""EFS: file systems, their encryption, policy and backups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "efs.DescribeFileSystems"
_POLICY = "efs.DescribeFileSystemPolicy"
_BACKUP = "efs.DescribeBackupPolicy"

FILE_SYSTEM = ResourceTable(
    name="aws_efs_file_system",
    title="EFS file system",
    service="efs",
    listing=_LIST,
    columns=(
        text("file_system_id", "Id of the file system.", _LIST),
        flag("encrypted", "It is encrypted at rest; this cannot be changed later.", _LIST, False),
        text("kms_key", "KMS key it is encrypted with.", _LIST),
        integer("mount_targets", "Mount targets, each an address in a subnet.", _LIST, 0),
        moment("created_at", "When it was made.", _LIST),
        document("tags", "Tags as an object.", _LIST, {}),
        text("policy", "File system policy; empty: whoever reaches a mount target may mount it.", _POLICY),
        text("backup", "ENABLED, ENABLING, DISABLED or DISABLING.", _BACKUP, "DISABLED"),
    ),
)


def _file_systems(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("FileSystems", []):
        key = item.get("FileSystemId")
        if not key:
            continue
        uid = item.get("FileSystemArn") or scope.arn("elasticfilesystem", f"file-system/{key}")
        row = Row(FILE_SYSTEM, uid, scope.account, scope.region, item.get("Name") or key)
        created = item.get("CreationTime")
        row.fill(
            _LIST,
            {
                "file_system_id": key,
                "encrypted": item.get("Encrypted"),
                "kms_key": item.get("KmsKeyId"),
                "mount_targets": item.get("NumberOfMountTargets"),
                "created_at": created.timestamp() if created else None,
                "tags": tags_of(item.get("Tags")),
            },
            item,
        )
        yield row


def _by_id(row: Row) -> Mapping[str, Any]:
    return {"FileSystemId": row.values.get("file_system_id") or row.uid.rsplit("/", 1)[-1]}


SERVICE = Service(
    name="efs",
    title="EFS",
    tables=(FILE_SYSTEM,),
    listings=(Listing(_LIST, (FILE_SYSTEM,), _file_systems, narrow=_by_id),),
    details=(
        Detail(
            _POLICY,
            FILE_SYSTEM,
            _by_id,
            lambda answer, row: {"policy": answer.get("Policy")},
            frozenset({"PolicyNotFound"}),
        ),
        Detail(
            _BACKUP,
            FILE_SYSTEM,
            _by_id,
            lambda answer, row: {"backup": answer.get("BackupPolicy", {}).get("Status")},
            frozenset({"PolicyNotFound"}),
        ),
    ),
)
