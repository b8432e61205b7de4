"""Redshift: clusters, who reaches them, encryption, backups, logs and whether they insist on TLS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "redshift.DescribeClusters"
_LOGGING = "redshift.DescribeLoggingStatus"
_PARAMETERS = "redshift.DescribeClusterParameters"

CLUSTER = ResourceTable(
    name="aws_redshift_cluster",
    title="Redshift cluster",
    service="redshift",
    listing=_LIST,
    columns=(
        text("status", "available, paused …", _LIST),
        text("endpoint", "DNS name of its endpoint.", _LIST),
        integer("port", "Port it listens on.", _LIST),
        text("vpc_id", "VPC it is in.", _LIST),
        document("security_groups", "Security groups it has.", _LIST, []),
        flag("publicly_accessible", "Its endpoint has a public address.", _LIST, False),
        flag("encrypted", "Its storage is encrypted.", _LIST, False),
        text("kms_key", "KMS key it is encrypted with.", _LIST),
        flag("enhanced_vpc_routing", "COPY and UNLOAD stay inside the VPC.", _LIST, False),
        flag("version_upgrade", "Major versions are installed in the maintenance window.", _LIST, False),
        integer("snapshot_retention_days", "Days that automated snapshots are kept; 0: none.", _LIST, 0),
        text("parameter_group", "Parameter group it uses.", _LIST),
        text("master_username", "Name of the admin user.", _LIST),
        text("master_secret", "Secret in Secrets Manager for it; empty: none.", _LIST),
        moment("created_at", "When it was made.", _LIST),
        document("tags", "Tags as an object.", _LIST, {}),
        flag("audit_logging", "Connections and users are logged.", _LOGGING, False),
        text("log_destination", "Bucket of the logs, or cloudwatch; empty: none.", _LOGGING),
        text("require_ssl", "Value of require_ssl in its parameter group.", _PARAMETERS),
    ),
)


def _clusters(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("Clusters", []):
        name = item.get("ClusterIdentifier")
        if not name:
            continue
        row = Row(CLUSTER, scope.arn("redshift", f"cluster:{name}"), scope.account, scope.region, name)
        groups, created = item.get("ClusterParameterGroups", []), item.get("ClusterCreateTime")
        row.fill(
            _LIST,
            {
                "status": item.get("ClusterStatus"),
                "endpoint": item.get("Endpoint", {}).get("Address"),
                "port": item.get("Endpoint", {}).get("Port"),
                "vpc_id": item.get("VpcId"),
                "security_groups": [
                    one["VpcSecurityGroupId"]
                    for one in item.get("VpcSecurityGroups", [])
                    if one.get("VpcSecurityGroupId")
                ],
                "publicly_accessible": item.get("PubliclyAccessible"),
                "encrypted": item.get("Encrypted"),
                "kms_key": item.get("KmsKeyId"),
                "enhanced_vpc_routing": item.get("EnhancedVpcRouting"),
                "version_upgrade": item.get("AllowVersionUpgrade"),
                "snapshot_retention_days": item.get("AutomatedSnapshotRetentionPeriod"),
                "parameter_group": groups[0].get("ParameterGroupName") if groups else None,
                "master_username": item.get("MasterUsername"),
                "master_secret": item.get("MasterPasswordSecretArn"),
                "created_at": created.timestamp() if created else None,
                "tags": tags_of(item.get("Tags")),
            },
            item,
        )
        yield row


def _logging(answer: Answer, row: Row) -> Mapping[str, Any]:
    return {
        "audit_logging": answer.get("LoggingEnabled"),
        "log_destination": answer.get("BucketName") or answer.get("LogDestinationType"),
    }


def _parameters(answer: Answer, row: Row) -> Mapping[str, Any]:
    for parameter in answer.get("Parameters", []):
        if parameter.get("ParameterName") == "require_ssl":
            return {"require_ssl": parameter.get("ParameterValue")}
    return {}


def _has_group(row: Row) -> bool | None:
    group = row.values.get("parameter_group")
    return None if group is None else bool(group)


SERVICE = Service(
    name="redshift",
    title="Redshift",
    tables=(CLUSTER,),
    listings=(Listing(_LIST, (CLUSTER,), _clusters, narrow=lambda row: {"ClusterIdentifier": row.name}),),
    details=(
        Detail(_LOGGING, CLUSTER, lambda row: {"ClusterIdentifier": row.name}, _logging),
        Detail(
            _PARAMETERS,
            CLUSTER,
            lambda row: {"ParameterGroupName": row.values.get("parameter_group") or ""},
            _parameters,
            when=_has_group,
        ),
    ),
)
