"""Databases and file systems: the shop's are in order, the analysts' and the old shop's are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_ACCOUNT = "123456789012"
_SECOND = "us-east-1"


def _tags(environment: str, owner: str) -> list[dict[str, str]]:
    return [
        {"Key": "Environment", "Value": environment},
        {"Key": "Owner", "Value": f"{owner}@marlowe-finch.example"},
    ]


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """RDS, DynamoDB, Redshift, OpenSearch and EFS."""
    for region in regions:
        _rds(aws, region, first=region != _SECOND)
        _dynamodb(aws("dynamodb", region), region, first=region != _SECOND)
        _efs(aws("efs", region), first=region != _SECOND)
    home = next((region for region in regions if region != _SECOND), regions[0])
    _rds_clusters(aws("rds", home))
    _redshift(aws, home)
    _opensearch(aws("opensearch", home), home)


_SOUND = {
    "StorageEncrypted": True,
    "PubliclyAccessible": False,
    "MultiAZ": True,
    "AutoMinorVersionUpgrade": True,
    "BackupRetentionPeriod": 14,
    "DeletionProtection": True,
    "CopyTagsToSnapshot": True,
    "EnableCloudwatchLogsExports": ["postgresql"],
}


def _instance(rds: Any, name: str, owner: str, environment: str, **settings: Any) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.r6g.large",
        AllocatedStorage=100,
        MasterUsername="mf_admin",
        MasterUserPassword="demo-only-not-a-secret",
        Tags=_tags(environment, owner),
        **{"Engine": "postgres", "EngineVersion": "16.4", **settings},
    )


def _open_group(ec2: Any, name: str, port: int) -> str:
    """A security group that admits the world on a database's port, made for a contractor and forgotten."""
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = str(ec2.create_security_group(GroupName=name, Description="Contractors", VpcId=vpc)["GroupId"])
    ranges = [{"CidrIp": "0.0.0.0/0", "Description": "remove after the migration"}]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}]
    )
    return group


def _parameter_group(rds: Any, name: str, family: str, parameter: str, value: str) -> None:
    rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily=family, Description="Settings of the shop"
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=name,
        Parameters=[{"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": "immediate"}],
    )


def _rds(aws: Callable[[str, str], Any], region: str, *, first: bool) -> None:
    rds = aws("rds", region)
    _parameter_group(rds, "mf-postgres16", "postgres16", "rds.force_ssl", "1")
    tls = {**_SOUND, "DBParameterGroupName": "mf-postgres16"}
    if not first:
        _instance(rds, "mf-prod-orders-replica-db", "nina.osei", "production", **tls)
        _instance(
            rds,
            "mf-staging-orders-db",
            "nina.osei",
            "staging",
            **{**tls, "MultiAZ": False, "DeletionProtection": False, "BackupRetentionPeriod": 1},
        )
        return
    _parameter_group(rds, "mf-mysql80", "mysql8.0", "require_secure_transport", "0")
    for name in ("mf-prod-orders-db", "mf-prod-catalogue-db", "mf-prod-customers-db"):
        _instance(rds, name, "nina.osei", "production", **tls)
    _instance(
        rds,
        "mf-legacy-shop-db",
        "tom.radley",
        "production",
        Engine="mysql",
        EngineVersion="8.0.35",
        DBParameterGroupName="mf-mysql80",
        VpcSecurityGroupIds=[_open_group(aws("ec2", region), "mf-legacy-shop-db", 3306)],
        StorageEncrypted=False,
        PubliclyAccessible=True,
        MultiAZ=False,
        AutoMinorVersionUpgrade=False,
        BackupRetentionPeriod=0,
        DeletionProtection=False,
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="mf-orders-before-migration", DBInstanceIdentifier="mf-prod-orders-db")
    rds.create_db_snapshot(DBSnapshotIdentifier="mf-legacy-shop-handover", DBInstanceIdentifier="mf-legacy-shop-db")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="mf-legacy-shop-handover", AttributeName="restore", ValuesToAdd=["all"]
    )
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="mf-orders-before-migration", AttributeName="restore", ValuesToAdd=["210987654321"]
    )


def _rds_clusters(rds: Any) -> None:
    for name, value in (("mf-aurora16", "1"), ("mf-aurora16-dev", "0")):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily="aurora-postgresql16",
            Description="Settings of the shop's clusters",
        )
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "immediate"}],
        )
    for name, sound in (("mf-prod-payments", True), ("mf-dev-recommendations", False)):
        rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            EngineVersion="16.4",
            MasterUsername="mf_admin",
            MasterUserPassword="demo-only-not-a-secret",
            StorageEncrypted=sound,
            DeletionProtection=sound,
            BackupRetentionPeriod=14 if sound else 1,
            DBClusterParameterGroupName="mf-aurora16" if sound else "mf-aurora16-dev",
            EnableCloudwatchLogsExports=["postgresql"] if sound else [],
            Tags=_tags("production" if sound else "dev", "priya.nair"),
        )
    rds.create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="mf-payments-2026-q3", DBClusterIdentifier="mf-prod-payments"
    )
    rds.create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="mf-recommendations-paper", DBClusterIdentifier="mf-dev-recommendations"
    )
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="mf-recommendations-paper", AttributeName="restore", ValuesToAdd=["all"]
    )


def _dynamodb(dynamodb: Any, region: str, *, first: bool) -> None:
    tables = {"mf-prod-carts": True, "mf-prod-sessions": True, "mf-prod-wishlists": True, "mf-dev-scratch": False}
    for name, sound in (tables if first else {"mf-prod-carts": True, "mf-staging-carts": False}).items():
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=sound,
            SSESpecification={"Enabled": True, "SSEType": "KMS"} if sound else {"Enabled": False},
            Tags=_tags("production" if sound else "dev", "lucia.romano"),
        )
        if sound:
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
    if first:
        arn = f"arn:aws:dynamodb:{region}:{_ACCOUNT}:table/mf-dev-scratch"
        dynamodb.put_resource_policy(
            ResourceArn=arn,
            Policy=_policy("*", ["dynamodb:GetItem", "dynamodb:Scan"], arn),
        )


def _policy(principal: Any, actions: list[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _efs(efs: Any, *, first: bool) -> None:
    names = {"mf-prod-covers": True, "mf-old-imports": False} if first else {"mf-prod-covers": True}
    for name, sound in names.items():
        made = efs.create_file_system(
            CreationToken=name,
            Encrypted=sound,
            Backup=sound,
            Tags=[{"Key": "Name", "Value": name}, *_tags("production", "tom.radley")],
        )
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            "Resource": made["FileSystemArn"],
        }
        if sound:
            statement["Condition"] = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
        efs.put_file_system_policy(
            FileSystemId=made["FileSystemId"],
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )


def _redshift(aws: Callable[[str, str], Any], region: str) -> None:
    redshift = aws("redshift", region)
    redshift.create_cluster_parameter_group(
        ParameterGroupName="mf-warehouse", ParameterGroupFamily="redshift-1.0", Description="Settings of the warehouse"
    )
    groups = {"mf-analyst-sandbox": [_open_group(aws("ec2", region), "mf-analyst-sandbox", 5439)]}
    for name, sound in (("mf-warehouse", True), ("mf-analyst-sandbox", False)):
        redshift.create_cluster(
            ClusterIdentifier=name,
            NodeType="ra3.large",
            ClusterType="single-node",
            DBName="dwh",
            MasterUsername="mf_admin",
            MasterUserPassword="Demo-only-not-a-secret-1",
            Encrypted=sound,
            PubliclyAccessible=not sound,
            EnhancedVpcRouting=sound,
            AllowVersionUpgrade=True,
            AutomatedSnapshotRetentionPeriod=14 if sound else 1,
            ClusterParameterGroupName="mf-warehouse",
            VpcSecurityGroupIds=groups.get(name, []),
            Tags=_tags("production" if sound else "dev", "ines.keller"),
        )
    s3 = aws("s3", region)
    s3.create_bucket(Bucket="mf-audit-warehouse", CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_policy(
        Bucket="mf-audit-warehouse",
        Policy=_policy(
            {"Service": "redshift.amazonaws.com"},
            ["s3:PutObject", "s3:GetBucketAcl"],
            "arn:aws:s3:::mf-audit-warehouse/*",
        ),
    )
    redshift.enable_logging(ClusterIdentifier="mf-warehouse", BucketName="mf-audit-warehouse", S3KeyPrefix="audit/")


def _opensearch(opensearch: Any, region: str) -> None:
    for name, sound in (("mf-prod-search", True), ("mf-logs-2021", False)):
        arn = f"arn:aws:es:{region}:{_ACCOUNT}:domain/{name}"
        principal = {"AWS": f"arn:aws:iam::{_ACCOUNT}:role/mf-search-reader"} if sound else {"AWS": "*"}
        settings: dict[str, Any] = {
            "DomainName": name,
            "EngineVersion": "OpenSearch_2.19" if sound else "Elasticsearch_6.8",
            "AccessPolicies": _policy(principal, ["es:ESHttp*"], f"{arn}/*"),
            "EncryptionAtRestOptions": {"Enabled": sound},
            "NodeToNodeEncryptionOptions": {"Enabled": sound},
            "DomainEndpointOptions": {
                "EnforceHTTPS": sound,
                "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07" if sound else "Policy-Min-TLS-1-0-2019-07",
            },
            "TagList": _tags("production", "olivia.bennett"),
        }
        if sound:
            settings["VPCOptions"] = {"SubnetIds": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]}
            settings["AdvancedSecurityOptions"] = {"Enabled": True}
            group = f"arn:aws:logs:{region}:{_ACCOUNT}:log-group:/mf/search/audit"
            settings["LogPublishingOptions"] = {"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": group, "Enabled": True}}
        opensearch.create_domain(**settings)
