"""What stands in each column of each table; a column that is not named gets a value by its type."""

from __future__ import annotations

import json
from typing import Any

from backend.inventory.table import Column, Type
from tests.benchmarks.believable import (
    ACCOUNT,
    AWS_POLICIES,
    DAY,
    NOW,
    Place,
    Value,
    ago,
    bucket_policy,
    cidr,
    family,
    first_port,
    identity_policy,
    items,
    last_port,
    one_of,
    own,
    policies_held,
    policy_uid,
    ref,
    refs,
    resource_policy,
    text,
    trust_policy,
    trusted_service,
    yes,
)  # fmt: skip

GROUP, VPC, SUBNET, INSTANCE = "aws_ec2_security_group", "aws_vpc", "aws_vpc_subnet", "aws_ec2_instance"
TRAILS, TOPICS, FILTERS = "aws_cloudtrail_trail", "aws_sns_topic", "aws_cloudwatch_metric_filter"
TLS = items(0.0, "TLSv1.2", "TLSv1.3", "TLSv1.2", "TLSv1")

# Columns of the same name mean the same everywhere.
EVERYWHERE: dict[str, Value] = {
    "tags": one_of("{}", '{"Environment":"production"}', '{"Owner":"team-a","Environment":"test"}'),
    "policy": resource_policy,
    "public": yes(0.1),
    "shared_with": items(0.8, "210987654321", "310987654321"),
    "kms_key": text(0.7, f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"),
    "status": one_of("ACTIVE"),
    "state": one_of("available"),
    "port": one_of(5432, 3306, 1433),
    "publicly_accessible": yes(0.2),
    "backup_retention_days": one_of(0, 7, 7, 14, 35),
    "vpc_id": ref("vpc", VPC),
    "subnets": refs("subnet", SUBNET),
    "security_groups": refs("sg", GROUP),
    "secret_names": items(0.85, "DB_PASSWORD", "API_KEY"),
    "direction": one_of("ingress", "ingress", "egress"),
    "log_exports": items(0.3, "postgresql", "audit"),
    "parameter_group": lambda place: f"r{place.number % 40}",
    "execution_log_level": one_of("INFO", "ERROR", "OFF"),
    "url_without_auth": yes(0.2),
    "anonymous_access": yes(0.1),
    "block_public_acls": yes(0.93),
    "ignore_public_acls": yes(0.93),
    "block_public_policy": yes(0.93),
    "restrict_public_buckets": yes(0.6),
}

TABLES: dict[str, dict[str, Value]] = {
    "aws_account": {
        "iam_users": one_of(12), "password_minimum_length": one_of(14), "password_reuse_prevention": one_of(5),
        "password_max_age_days": one_of(90.0), "s3_restrict_public_buckets": one_of(0), "root_access_keys": one_of(0),
        "s3_ignore_public_acls": one_of(0), "management_account": one_of(""),
    },
    "aws_accessanalyzer_analyzer": {"active_findings": one_of(0, 3), "public_findings": one_of(0, 1)},
    "aws_acm_certificate": {
        "status": one_of("ISSUED"), "key_algorithm": one_of("RSA_2048", "EC_prime256v1", "RSA_2048", "RSA_1024"),
        "valid_until": lambda place: float(NOW + place.rng.randrange(-20, 300) * DAY),
    },
    "aws_api_gateway_rest_api": {"private": yes(0.3), "open_methods": items(0.7, "GET /", "POST /orders")},
    "aws_api_gateway_stage": {
        "private": yes(0.3), "unencrypted_cache": yes(0.2), "traces_data": yes(0.2),
        "web_acl": text(0.6, "arn:aws:wafv2:eu-west-1:1:regional/webacl/a"),
    },
    "aws_api_gateway_v2_api": {"open_routes": items(0.7, "GET /", "$default")},
    "aws_cloudfront_distribution": {
        "plain_http_paths": items(0.7, "/*"), "weak_tls_origins": items(0.7, "origin-a"), "enabled": yes(0.95),
        "plain_http_origins": items(0.7, "origin-a"), "open_bucket_origins": items(0.8, "bucket-a"),
        "default_certificate": yes(0.3), "minimum_protocol": one_of("TLSv1.2_2021", "TLSv1.2_2019", "TLSv1"),
        "web_acl": text(0.6, "arn:aws:wafv2:us-east-1:1:global/webacl/a"),
    },
    TRAILS: {
        "bucket": ref("r", "aws_s3_bucket"), "log_group": own("trail-logs"), "latest_log_group_delivery": ago(1),
        "delivery_error": text(0.1, "AccessDenied"), "log_group_arn": own("arn:aws:logs:eu-west-1:1:log-group:trail"),
    },
    FILTERS: {
        "log_group": ref("trail-logs", TRAILS), "namespace": one_of("Security"), "metric": own("metric"),
        "pattern": one_of(
            '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
            '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS }',
            "{ $.eventName = CreateTrail || $.eventName = UpdateTrail || $.eventName = DeleteTrail }",
        ),
    },
    "aws_cloudwatch_alarm": {
        "metric": ref("metric", FILTERS), "namespace": one_of("Security", "AWS/EC2", "AWS/Lambda"),
        "actions": refs("topic", TOPICS),
    },
    "aws_cloudwatch_log_group": {
        "retention_days": one_of(365.0, 400.0, 731.0, 30.0, float("inf")), "log_class": one_of("STANDARD"),
    },
    "aws_dynamodb_table": {"encryption": one_of("KMS", "KMS", "DEFAULT")},
    INSTANCE: {
        "instance_id": own("i"), "http_tokens": one_of("required", "required", "optional"),
        "http_endpoint": one_of("enabled"), "state": one_of("running", "stopped"), "subnet_id": ref("subnet", SUBNET),
        "instance_profile": text(0.8, f"arn:aws:iam::{ACCOUNT}:instance-profile/p"),
        "public_ips": items(0.75, "52.1.2.3", "52.1.2.4"), "user_data_has_secret": yes(0.05),
    },
    "aws_ec2_network_interface": {
        "interface_id": own("eni"), "instance_id": ref("i", INSTANCE), "subnet_id": ref("subnet", SUBNET),
        "public_ips": items(0.7, "52.1.2.3", "52.1.2.4"), "internet_families": items(0.6, "ipv4", "ipv6"),
        "status": one_of("in-use"),
    },
    GROUP: {"group_id": own("sg"), "prefix_lists_read": one_of(1), "ingress_rules": one_of(0, 1, 3)},
    "aws_ec2_security_group_rule": {
        "security_group_id": ref("sg", GROUP), "family": family,
        "protocol": one_of("tcp", "tcp", "tcp", "udp", "-1"), "cidr": cidr,
        "from_port": first_port, "to_port": last_port, "source_group_id": one_of(""), "prefix_list_unread": one_of(0),
        "prefix_list_id": one_of(""),
        "permission": one_of('{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}'),
    },
    "aws_ec2_volume": {"volume_id": own("vol"), "instances": refs("i", INSTANCE, 1), "encrypted": yes(0.7)},
    "aws_ec2_snapshot": {"snapshot_id": own("snap"), "volume_id": ref("vol", "aws_ec2_volume"), "encrypted": yes(0.7)},
    "aws_ec2_image": {"snapshots": refs("snap", "aws_ec2_snapshot"), "imds_support": one_of("v2.0", "")},
    "aws_ecr_repository": {
        "registry_scan_type": one_of("BASIC", "ENHANCED"),
        "tag_mutability": one_of("IMMUTABLE", "IMMUTABLE", "MUTABLE"),
        "registry_scan_frequency": one_of("SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"),
    },
    "aws_ecs_cluster": {"container_insights": one_of("enabled", "enhanced", "disabled")},
    "aws_ecs_service": {"network_mode": one_of("awsvpc", "awsvpc", "bridge"), "public_ip": yes(0.3)},
    "aws_ecs_task_definition": {
        "pid_mode": one_of("", "", "host"), "ipc_mode": one_of("", "", "task"), "privileged": items(0.8, "app"),
        "writable": items(0.5, "app", "side"), "unlogged": items(0.7, "app"), "network_mode": one_of("awsvpc", "host"),
        "host_paths": items(0.8, "/var/run"),
    },
    "aws_efs_file_system": {"backup": one_of("ENABLED", "ENABLED", "DISABLED")},
    "aws_eks_cluster": {
        "version": one_of("1.34", "1.35", "1.35", "1.30"), "public_cidrs": items(0.0, "203.0.113.0/24", "0.0.0.0/0"),
        "log_types": one_of('["api","audit","authenticator","controllerManager","scheduler"]', '["api"]'),
        "secrets_key": text(0.7, "arn:aws:kms:eu-west-1:1:key/1"),
    },
    "aws_elb_load_balancer": {"desync_mode": one_of("defensive", "strictest", "monitor")},
    "aws_elb_listener": {
        "load_balancer": own("lb"), "protocol": one_of("HTTPS", "SSL", "HTTP", "TCP"), "tls_protocols": TLS,
        "tls_reference": one_of("ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-2016-08", ""),
    },
    "aws_elbv2_load_balancer": {
        "arn": own("lb"), "type": one_of("application", "application", "network"),
        "desync_mode": one_of("defensive", "strictest", "monitor"), "scheme": one_of("internal", "internet-facing"),
    },
    "aws_elbv2_listener": {
        "load_balancer_arn": ref("lb", "aws_elbv2_load_balancer"),
        "load_balancer_type": one_of("application", "network"),
        "protocol": one_of("HTTPS", "HTTPS", "HTTP", "TLS"), "plain_rules": one_of(0, 0, 2), "tls_protocols": TLS,
    },
    "aws_guardduty_detector": {"status": one_of("ENABLED"), "has_severe_findings": yes(0.3)},
    "aws_iam_user": {
        "groups": lambda place: json.dumps([f"r{place.number % 50}"]), "policies": policies_held,
        "attached_policies": items(0.7, policy_uid(0), policy_uid(2)), "inline_policies": one_of("[]"),
        "permissions_boundary": one_of(""), "access_key_2_active": yes(0.2), "signing_certificate_active": yes(0.1),
        "password_last_used_at": ago(60), "access_key_1_last_used_at": ago(60), "created_at": one_of(NOW - 900.0 * DAY),
    },
    "aws_iam_group": {"policies": policies_held, "attached_policies": policies_held, "inline_policies": one_of("[]")},
    "aws_iam_role": {
        "path": one_of("/", "/", "/", "/service/"), "service_linked": yes(0.1), "trust_policy": trust_policy,
        "trusted_services": lambda place: json.dumps([] if place.number % 5 == 0 else [trusted_service(place)]),
        "trusted_principals": items(0.8, f"arn:aws:iam::{ACCOUNT}:root"), "policies": policies_held,
        "attached_policies": policies_held, "inline_policies": one_of("[]"), "permissions_boundary": one_of(""),
        "last_used_at": ago(120), "instance_profiles": one_of("[]"),
    },
    "aws_iam_policy": {
        "kind": lambda place: "aws" if place.number < len(AWS_POLICIES) else place.rng.choice(["customer", "inline"]),
        "policy_name": lambda place: policy_uid(place.number).rpartition("/")[2], "policy": identity_policy,
        "attachments": one_of(0, 1, 1, 2, 5),
    },
    "aws_iam_server_certificate": {"expires_at": lambda place: float(NOW + place.rng.randrange(-100, 400) * DAY)},
    "aws_kms_key": {
        "manager": one_of("CUSTOMER", "CUSTOMER", "AWS"), "spec": one_of("SYMMETRIC_DEFAULT"),
        "origin": one_of("AWS_KMS"), "state": one_of("Enabled", "Enabled", "Enabled", "PendingDeletion"),
    },
    "aws_lambda_function": {
        "runtime": one_of("python3.13", "python3.13", "nodejs22.x", "java21", "python3.8", ""),
        "urls": items(0.8, "https://a.lambda-url.eu-west-1.on.aws"),
    },
    "aws_opensearch_domain": {
        "logs": one_of('["AUDIT_LOGS"]', "[]"), "tls_policy": one_of("Policy-Min-TLS-1-2-2019-07"),
        "encryption_at_rest": yes(0.8),
    },
    "aws_rds_instance": {
        "engine": one_of("postgres", "mysql", "mariadb", "sqlserver-se"), "cluster": text(0.2, "cluster-a"),
        "replica_source": text(0.1, "db-a"),
    },
    "aws_rds_cluster": {"engine": one_of("aurora-postgresql", "aurora-mysql", "docdb"), "members": one_of(0, 1, 2, 3)},
    "aws_rds_parameter_group": {
        "family": one_of("postgres14", "postgres16", "mysql8.0"), "force_ssl": one_of("1", "1", "0"),
        "require_secure_transport": one_of("ON", "OFF"),
    },
    "aws_rds_cluster_parameter_group": {
        "family": one_of("aurora-postgresql16", "aurora-mysql8.0", "docdb5.0"), "force_ssl": one_of("1", "1", "0"),
        "require_secure_transport": one_of("ON", "OFF"), "tls": one_of("enabled", "enabled", "disabled"),
    },
    "aws_redshift_cluster": {
        "require_ssl": one_of("true", "true", "false"), "snapshot_retention_days": one_of(1, 7, 30),
    },
    "aws_s3_bucket": {
        "policy": bucket_policy,
        "acl_public_read": yes(0.05), "acl_public_write": yes(0.02), "policy_status_public": yes(0.1),
        "object_ownership": one_of("BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerPreferred"),
        "encryption_algorithm": one_of("AES256", "aws:kms"),
        "versioning": one_of("Enabled", "Enabled", "", "Suspended"),
        "logging_bucket": text(0.6, "r0"), "acl": one_of("[]"),
    },
    "aws_s3_access_point": {"bucket": ref("r", "aws_s3_bucket"), "network_origin": one_of("Internet", "VPC")},
    "aws_secretsmanager_secret": {"owning_service": text(0.1, "rds")},
    TOPICS: {"arn": own("topic")},
    "aws_sns_subscription": {"topic_arn": ref("topic", TOPICS), "protocol": one_of("email", "sqs")},
    "aws_vpc_route_table": {"route_table_id": own("rtb")},
    "aws_vpc_route": {
        "target": ref("pcx", "aws_vpc_peering_connection"), "route_table_id": ref("rtb", "aws_vpc_route_table"),
        "destination_cidr": one_of("0.0.0.0/0", "10.0.0.0/16"),
        "destination_prefix_list": one_of(""), "family": one_of("ipv4"),
        "target_type": one_of("internet_gateway", "nat_gateway", "local"), "state": one_of("active"),
    },
    "aws_ec2_network_acl": {"network_acl_id": own("acl")},
    "aws_ec2_network_acl_entry": {
        "network_acl_id": ref("acl", "aws_ec2_network_acl"), "family": one_of("ipv4", "ipv4", "ipv6"),
        "rule_number": lambda place: 32_767 if place.number % 3 == 0 else 100, "from_port": one_of(0),
        "action": lambda place: "deny" if place.number % 3 == 0 else "allow", "to_port": one_of(65_535),
        "protocol": one_of("-1", "-1", "tcp"), "cidr": one_of("0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8"),
    },
    VPC: {"vpc_id": own("vpc"), "cidrs": one_of('["10.0.0.0/16"]'), "is_default": yes(0.2)},
    SUBNET: {
        "subnet_id": own("subnet"), "route_table_id": ref("rtb", "aws_vpc_route_table"), "map_public_ip": yes(0.3),
        "network_acl_id": ref("acl", "aws_ec2_network_acl"), "cidr": one_of("10.0.1.0/24"), "assign_ipv6": yes(0.1),
    },
    "aws_vpc_flow_log": {"resource_id": ref("vpc", VPC), "traffic": one_of("ALL", "REJECT")},
    "aws_vpc_peering_connection": {
        "peering_id": own("pcx"), "status": one_of("active"), "requester_cidrs": one_of('["10.0.0.0/16"]'),
        "accepter_cidrs": one_of("[]", '["10.1.0.0/16"]'),
    },
}  # fmt: skip

# An answer was denied for one row in fifty of these; related rows with holes would make whole rules unknown.
UNANSWERED = frozenset((
    ("aws_ec2_volume", "encrypted"), ("aws_s3_bucket", "versioning"), ("aws_lambda_function", "secret_names"),
    ("aws_kms_key", "rotation_enabled"), ("aws_dynamodb_table", "point_in_time_recovery"),
    ("aws_iam_user", "mfa_active"),
    ("aws_cloudwatch_log_group", "retention_days"), ("aws_secretsmanager_secret", "policy"), (INSTANCE, "http_tokens"),
))  # fmt: skip


def value(table: str, column: Column, place: Place) -> Any:
    """What stands in this column of this row."""
    if (table, column.name) in UNANSWERED and place.likely(0.02):
        return None
    make = TABLES.get(table, {}).get(column.name) or EVERYWHERE.get(column.name)
    if make is not None:
        return make(place)
    if column.type is Type.BOOL:
        return int(place.likely(0.5))
    if column.type is Type.INT:
        return place.rng.choice([0, 1, 3])
    if column.type is Type.REAL:
        return place.rng.choice([7.0, 90.0])
    if column.type is Type.TIME:
        return float(NOW - place.rng.randrange(400 * DAY))
    return "[]" if column.type is Type.JSON else place.rng.choice(["", "on", "default", f"value-{place.number}"])
