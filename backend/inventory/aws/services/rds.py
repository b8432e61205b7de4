"""RDS: instances, clusters, their snapshots with who may restore them, and what their parameter groups say of TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from backend.inventory.aws.services.rds_tables import (
    CLUSTER,
    CLUSTER_GROUPS,
    CLUSTER_PARAMETER_GROUP,
    CLUSTER_PARAMETERS,
    CLUSTER_SNAPSHOT,
    CLUSTER_SNAPSHOT_ATTRIBUTES,
    CLUSTER_SNAPSHOTS,
    CLUSTERS,
    GROUPS,
    INSTANCE,
    INSTANCES,
    PARAMETER_GROUP,
    PARAMETERS,
    SNAPSHOT,
    SNAPSHOT_ATTRIBUTES,
    SNAPSHOTS,
)
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable

Item = Mapping[str, Any]

# Automated snapshots and those of AWS Backup come and go daily and cannot be shared.
_MANUAL = {"SnapshotType": "manual"}


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _active_groups(item: Item) -> list[str]:
    return [
        one["VpcSecurityGroupId"]
        for one in item.get("VpcSecurityGroups", [])
        if one.get("VpcSecurityGroupId") and one.get("Status", "active") != "removing"
    ]


def _instance(item: Item) -> Mapping[str, Any]:
    subnets = item.get("DBSubnetGroup", {})
    groups = item.get("DBParameterGroups", [])
    group = groups[0] if groups else {}
    return {
        "engine": item.get("Engine"),
        "engine_version": item.get("EngineVersion"),
        "class": item.get("DBInstanceClass"),
        "status": item.get("DBInstanceStatus"),
        "cluster": item.get("DBClusterIdentifier"),
        "replica_source": item.get("ReadReplicaSourceDBInstanceIdentifier"),
        "vpc_id": subnets.get("VpcId"),
        "subnets": [one["SubnetIdentifier"] for one in subnets.get("Subnets", []) if one.get("SubnetIdentifier")],
        "security_groups": _active_groups(item),
        "endpoint": item.get("Endpoint", {}).get("Address"),
        # DbInstancePort is 0 for all but old EC2-Classic instances.
        "port": item.get("Endpoint", {}).get("Port") or item.get("DbInstancePort") or None,
        "publicly_accessible": item.get("PubliclyAccessible"),
        "storage_encrypted": item.get("StorageEncrypted"),
        "kms_key": item.get("KmsKeyId"),
        "multi_az": item.get("MultiAZ"),
        "auto_minor_version_upgrade": item.get("AutoMinorVersionUpgrade"),
        "backup_retention_days": item.get("BackupRetentionPeriod"),
        "deletion_protection": item.get("DeletionProtection"),
        "iam_authentication": item.get("IAMDatabaseAuthenticationEnabled"),
        "parameter_group": group.get("DBParameterGroupName"),
        "parameter_status": group.get("ParameterApplyStatus"),
        "log_exports": item.get("EnabledCloudwatchLogsExports"),
        "ca_certificate": item.get("CACertificateIdentifier"),
        "certificate_valid_until": _seconds(item.get("CertificateDetails", {}).get("ValidTill")),
        "master_username": item.get("MasterUsername"),
        "master_secret": item.get("MasterUserSecret", {}).get("SecretArn"),
        "created_at": _seconds(item.get("InstanceCreateTime")),
        "tags": tags_of(item.get("TagList")),
    }


def _cluster(item: Item) -> Mapping[str, Any]:
    return {
        "engine": item.get("Engine"),
        "engine_version": item.get("EngineVersion"),
        "engine_mode": item.get("EngineMode"),
        "status": item.get("Status"),
        "members": len(item.get("DBClusterMembers", [])),
        "availability_zones": len(item.get("AvailabilityZones", [])),
        "multi_az": item.get("MultiAZ"),
        "publicly_accessible": item.get("PubliclyAccessible"),
        "security_groups": _active_groups(item),
        "port": item.get("Port"),
        "storage_encrypted": item.get("StorageEncrypted"),
        "kms_key": item.get("KmsKeyId"),
        "backup_retention_days": item.get("BackupRetentionPeriod"),
        "deletion_protection": item.get("DeletionProtection"),
        "iam_authentication": item.get("IAMDatabaseAuthenticationEnabled"),
        "parameter_group": item.get("DBClusterParameterGroup"),
        "log_exports": item.get("EnabledCloudwatchLogsExports"),
        "data_api": item.get("HttpEndpointEnabled"),
        "master_secret": item.get("MasterUserSecret", {}).get("SecretArn"),
        "created_at": _seconds(item.get("ClusterCreateTime")),
        "tags": tags_of(item.get("TagList")),
    }


def _snapshot(item: Item) -> Mapping[str, Any]:
    return {
        "instance": item.get("DBInstanceIdentifier"),
        "engine": item.get("Engine"),
        "encrypted": item.get("Encrypted"),
        "kms_key": item.get("KmsKeyId"),
        "created_at": _seconds(item.get("SnapshotCreateTime")),
        "tags": tags_of(item.get("TagList")),
    }


def _cluster_snapshot(item: Item) -> Mapping[str, Any]:
    return {
        "cluster": item.get("DBClusterIdentifier"),
        "engine": item.get("Engine"),
        "encrypted": item.get("StorageEncrypted"),
        "kms_key": item.get("KmsKeyId"),
        "created_at": _seconds(item.get("SnapshotCreateTime")),
        "tags": tags_of(item.get("TagList")),
    }


def _rows(
    table: ResourceTable, member: str, prefix: str, kind: str, columns: Callable[[Item], Mapping[str, Any]]
) -> Callable[[Answer, Scope], Iterable[Row]]:
    """Rows of `member`; ids and ARNs of all RDS resources are named by one pattern (DBInstanceIdentifier, …Arn)."""
    suffix = "Name" if prefix.endswith("Group") else "Identifier"

    def rows(page: Answer, scope: Scope) -> Iterable[Row]:
        for item in page.get(member, []):
            name = item.get(f"{prefix}{suffix}")
            if not name:
                continue
            uid = item.get(f"{prefix}Arn") or scope.arn("rds", f"{kind}:{name}")
            row = Row(table, uid, scope.account, scope.region, name)
            row.fill(table.listing, columns(item), item)
            yield row

    return rows


def _shared_with(result: Item, member: str) -> Mapping[str, Any]:
    for attribute in result.get(member, []):
        if attribute.get("AttributeName") == "restore":
            accounts = sorted(map(str, attribute.get("AttributeValues", [])))
            return {"shared_with": accounts, "public": "all" in accounts}
    return {}


def _parameters(*names: str) -> Mapping[str, Any]:
    """Ask for these parameters only: a group has some 400, on four pages."""
    return {"Filters": [{"Name": "parameter-name", "Values": list(names)}]}


_TLS = {
    "rds.force_ssl": "force_ssl",
    "require_secure_transport": "require_secure_transport",
    "tls": "tls",
}


def _tls(answer: Answer, row: Row) -> Mapping[str, Any]:
    """A parameter without a value is the empty text: the engine's own default holds, and versions differ in it."""
    found: dict[str, Any] = {}
    for parameter in answer.get("Parameters", []):
        column = _TLS.get(str(parameter.get("ParameterName")))
        if column and column in row.table.by_name:
            found[column] = parameter.get("ParameterValue")
    return found


SERVICE = Service(
    name="rds",
    title="RDS",
    tables=(INSTANCE, CLUSTER, SNAPSHOT, CLUSTER_SNAPSHOT, PARAMETER_GROUP, CLUSTER_PARAMETER_GROUP),
    listings=(
        Listing(
            INSTANCES,
            (INSTANCE,),
            _rows(INSTANCE, "DBInstances", "DBInstance", "db", _instance),
            narrow=lambda row: {"DBInstanceIdentifier": row.name},
        ),
        Listing(
            CLUSTERS,
            (CLUSTER,),
            _rows(CLUSTER, "DBClusters", "DBCluster", "cluster", _cluster),
            narrow=lambda row: {"DBClusterIdentifier": row.name},
        ),
        Listing(
            SNAPSHOTS,
            (SNAPSHOT,),
            _rows(SNAPSHOT, "DBSnapshots", "DBSnapshot", "snapshot", _snapshot),
            arguments=_MANUAL,
            narrow=lambda row: {"DBSnapshotIdentifier": row.name},
        ),
        Listing(
            CLUSTER_SNAPSHOTS,
            (CLUSTER_SNAPSHOT,),
            _rows(CLUSTER_SNAPSHOT, "DBClusterSnapshots", "DBClusterSnapshot", "cluster-snapshot", _cluster_snapshot),
            arguments=_MANUAL,
            narrow=lambda row: {"DBClusterSnapshotIdentifier": row.name},
        ),
        Listing(
            GROUPS,
            (PARAMETER_GROUP,),
            _rows(
                PARAMETER_GROUP,
                "DBParameterGroups",
                "DBParameterGroup",
                "pg",
                lambda item: {"family": item.get("DBParameterGroupFamily")},
            ),
            narrow=lambda row: {"DBParameterGroupName": row.name},
        ),
        Listing(
            CLUSTER_GROUPS,
            (CLUSTER_PARAMETER_GROUP,),
            _rows(
                CLUSTER_PARAMETER_GROUP,
                "DBClusterParameterGroups",
                "DBClusterParameterGroup",
                "cluster-pg",
                lambda item: {"family": item.get("DBParameterGroupFamily")},
            ),
            narrow=lambda row: {"DBClusterParameterGroupName": row.name},
        ),
    ),
    details=(
        Detail(
            SNAPSHOT_ATTRIBUTES,
            SNAPSHOT,
            lambda row: {"DBSnapshotIdentifier": row.name},
            lambda answer, row: _shared_with(answer.get("DBSnapshotAttributesResult", {}), "DBSnapshotAttributes"),
        ),
        Detail(
            CLUSTER_SNAPSHOT_ATTRIBUTES,
            CLUSTER_SNAPSHOT,
            lambda row: {"DBClusterSnapshotIdentifier": row.name},
            lambda answer, row: _shared_with(
                answer.get("DBClusterSnapshotAttributesResult", {}), "DBClusterSnapshotAttributes"
            ),
        ),
        Detail(
            PARAMETERS,
            PARAMETER_GROUP,
            lambda row: {
                "DBParameterGroupName": row.name,
                **_parameters("rds.force_ssl", "require_secure_transport"),
            },
            _tls,
        ),
        Detail(
            CLUSTER_PARAMETERS,
            CLUSTER_PARAMETER_GROUP,
            lambda row: {
                "DBClusterParameterGroupName": row.name,
                **_parameters("rds.force_ssl", "require_secure_transport", "tls"),
            },
            _tls,
        ),
    ),
)
