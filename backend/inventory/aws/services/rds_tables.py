"""RDS: the tables. Aurora, DocumentDB and Neptune share the API, so their clusters and instances are here too."""

from __future__ import annotations

from backend.inventory.table import NEVER, ResourceTable, document, flag, integer, moment, text

INSTANCES = "rds.DescribeDBInstances"
CLUSTERS = "rds.DescribeDBClusters"
SNAPSHOTS = "rds.DescribeDBSnapshots"
CLUSTER_SNAPSHOTS = "rds.DescribeDBClusterSnapshots"
SNAPSHOT_ATTRIBUTES = "rds.DescribeDBSnapshotAttributes"
CLUSTER_SNAPSHOT_ATTRIBUTES = "rds.DescribeDBClusterSnapshotAttributes"
GROUPS = "rds.DescribeDBParameterGroups"
CLUSTER_GROUPS = "rds.DescribeDBClusterParameterGroups"
PARAMETERS = "rds.DescribeDBParameters"
CLUSTER_PARAMETERS = "rds.DescribeDBClusterParameters"

INSTANCE = ResourceTable(
    name="aws_rds_instance",
    title="RDS instance",
    service="rds",
    listing=INSTANCES,
    columns=(
        text("engine", "postgres, mysql, aurora-postgresql, docdb …", INSTANCES),
        text("engine_version", "Version of the engine.", INSTANCES),
        text("class", "Instance class.", INSTANCES),
        text("status", "available, stopped, creating …", INSTANCES),
        text("cluster", "Cluster it is a member of; empty when it stands alone.", INSTANCES),
        text("replica_source", "Instance it replicates; empty for a primary.", INSTANCES),
        text("vpc_id", "VPC it is in.", INSTANCES),
        document("subnets", "Subnet ids of its subnet group.", INSTANCES, []),
        document("security_groups", "Ids of its active security groups.", INSTANCES, []),
        text("endpoint", "DNS name of its endpoint.", INSTANCES),
        integer("port", "Port it listens on.", INSTANCES),
        flag("publicly_accessible", "Its endpoint has a public address.", INSTANCES, False),
        flag("storage_encrypted", "Its storage is encrypted.", INSTANCES, False),
        text("kms_key", "KMS key of the storage.", INSTANCES),
        flag("multi_az", "A standby waits in another availability zone.", INSTANCES, False),
        flag("auto_minor_version_upgrade", "Minor versions are installed by themselves.", INSTANCES, False),
        integer("backup_retention_days", "Days that automated backups are kept; 0: none are made.", INSTANCES, 0),
        flag("deletion_protection", "It cannot be deleted until this is switched off.", INSTANCES, False),
        flag("iam_authentication", "IAM principals can sign in.", INSTANCES, False),
        text("parameter_group", "Parameter group it uses.", INSTANCES),
        text("parameter_status", "in-sync, pending-reboot …", INSTANCES),
        document("log_exports", "Logs it sends to CloudWatch.", INSTANCES, []),
        text("ca_certificate", "CA of its TLS certificate.", INSTANCES),
        moment("certificate_valid_until", "When its TLS certificate expires.", INSTANCES),
        text("master_username", "Name of the master user.", INSTANCES),
        text("master_secret", "Secret in Secrets Manager that RDS rotates for it; empty when it does not.", INSTANCES),
        moment("created_at", "When it was made.", INSTANCES),
        document("tags", "Tags as an object.", INSTANCES, {}),
    ),
)

CLUSTER = ResourceTable(
    name="aws_rds_cluster",
    title="RDS cluster",
    service="rds",
    listing=CLUSTERS,
    columns=(
        text("engine", "aurora-mysql, aurora-postgresql, docdb, neptune …", CLUSTERS),
        text("engine_version", "Version of the engine.", CLUSTERS),
        text("engine_mode", "provisioned, serverless …", CLUSTERS),
        text("status", "available, stopped, creating …", CLUSTERS),
        integer("members", "Instances in the cluster.", CLUSTERS, 0),
        integer("availability_zones", "Availability zones its storage is in.", CLUSTERS, 0),
        flag("multi_az", "It has instances in more than one availability zone.", CLUSTERS, False),
        flag("publicly_accessible", "Its endpoint has a public address (Multi-AZ clusters only).", CLUSTERS, False),
        document("security_groups", "Ids of its active security groups.", CLUSTERS, []),
        integer("port", "Port it listens on.", CLUSTERS),
        flag("storage_encrypted", "Its storage is encrypted.", CLUSTERS, False),
        text("kms_key", "KMS key of the storage.", CLUSTERS),
        integer("backup_retention_days", "Days that automated backups are kept.", CLUSTERS, 0),
        flag("deletion_protection", "It cannot be deleted until this is switched off.", CLUSTERS, False),
        flag("iam_authentication", "IAM principals can sign in.", CLUSTERS, False),
        text("parameter_group", "Cluster parameter group it uses.", CLUSTERS),
        document("log_exports", "Logs it sends to CloudWatch.", CLUSTERS, []),
        flag("data_api", "The Data API answers over HTTPS.", CLUSTERS, False),
        text("master_secret", "Secret in Secrets Manager that RDS rotates for it; empty when it does not.", CLUSTERS),
        moment("created_at", "When it was made.", CLUSTERS),
        document("tags", "Tags as an object.", CLUSTERS, {}),
    ),
)

SNAPSHOT = ResourceTable(
    name="aws_rds_snapshot",
    title="RDS manual snapshot",
    service="rds",
    listing=SNAPSHOTS,
    columns=(
        text("instance", "Instance it was taken of.", SNAPSHOTS),
        text("engine", "Engine of the instance.", SNAPSHOTS),
        flag("encrypted", "It is encrypted.", SNAPSHOTS, False),
        text("kms_key", "KMS key it is encrypted with.", SNAPSHOTS),
        moment("created_at", "When it was taken.", SNAPSHOTS, NEVER),
        document("shared_with", "Account ids that may restore it; all: everyone.", SNAPSHOT_ATTRIBUTES, []),
        flag("public", "Every AWS account may restore it.", SNAPSHOT_ATTRIBUTES, False),
        document("tags", "Tags as an object.", SNAPSHOTS, {}),
    ),
)

CLUSTER_SNAPSHOT = ResourceTable(
    name="aws_rds_cluster_snapshot",
    title="RDS manual cluster snapshot",
    service="rds",
    listing=CLUSTER_SNAPSHOTS,
    columns=(
        text("cluster", "Cluster it was taken of.", CLUSTER_SNAPSHOTS),
        text("engine", "Engine of the cluster.", CLUSTER_SNAPSHOTS),
        flag("encrypted", "It is encrypted.", CLUSTER_SNAPSHOTS, False),
        text("kms_key", "KMS key it is encrypted with.", CLUSTER_SNAPSHOTS),
        moment("created_at", "When it was taken.", CLUSTER_SNAPSHOTS, NEVER),
        document("shared_with", "Account ids that may restore it; all: everyone.", CLUSTER_SNAPSHOT_ATTRIBUTES, []),
        flag("public", "Every AWS account may restore it.", CLUSTER_SNAPSHOT_ATTRIBUTES, False),
        document("tags", "Tags as an object.", CLUSTER_SNAPSHOTS, {}),
    ),
)

PARAMETER_GROUP = ResourceTable(
    name="aws_rds_parameter_group",
    title="RDS parameter group",
    service="rds",
    listing=GROUPS,
    columns=(
        text("family", "Engine and version it is for: postgres16, mysql8.0 …", GROUPS),
        text(
            "force_ssl",
            "Value of rds.force_ssl (PostgreSQL, SQL Server); empty: none set or no such parameter.",
            PARAMETERS,
        ),
        text(
            "require_secure_transport",
            "Value of require_secure_transport (MySQL, MariaDB); empty: none set.",
            PARAMETERS,
        ),
    ),
)

CLUSTER_PARAMETER_GROUP = ResourceTable(
    name="aws_rds_cluster_parameter_group",
    title="RDS cluster parameter group",
    service="rds",
    listing=CLUSTER_GROUPS,
    columns=(
        text("family", "Engine and version it is for: aurora-postgresql16, docdb5.0 …", CLUSTER_GROUPS),
        text("force_ssl", "Value of rds.force_ssl (PostgreSQL).", CLUSTER_PARAMETERS),
        text("require_secure_transport", "Value of require_secure_transport (MySQL).", CLUSTER_PARAMETERS),
        text("tls", "Value of tls (DocumentDB): enabled, disabled, tls1.2+ …", CLUSTER_PARAMETERS),
    ),
)
