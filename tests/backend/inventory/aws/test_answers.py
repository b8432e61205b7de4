"""Every parser of every collector, against answers generated from botocore's models."""

from __future__ import annotations

from typing import Any

import pytest

from backend.inventory import catalog
from backend.inventory.collector import Detail, Listing, Row, Scope
from backend.inventory.table import ResourceTable, Unanswered, Value
from tests.backend.inventory.aws import model_answers as answers

SCOPE = Scope("123456789012", "eu-west-1", "aws", ("eu-west-1", "us-east-1"))

LISTINGS = [one for one in catalog.listings() if not one.rows.__module__.endswith(".account")]
DETAILS = [one for service in catalog.services() for one in service.details]

# Columns that a sample of plain text cannot set off, with the reason. Their own service's test covers them.
COMPUTED = {
    "aws_account.root_password_present": "the sample's value is also the absent one",
    "aws_iam_policy.path": "belongs to managed policies only; the first of the sample is an inline one",
    "aws_iam_policy.boundary_uses": "belongs to managed policies only; the first of the sample is an inline one",
    "aws_iam_policy.default_version": "belongs to managed policies only; the first of the sample is an inline one",
    "aws_iam_policy.updated_at": "belongs to managed policies only; the first of the sample is an inline one",
    "aws_iam_role.trusted_principals": "comes from a policy document",
    "aws_iam_role.trusted_services": "comes from a policy document",
    "aws_iam_user.policies": "needs the groups, joined by `fetch`",
    **{
        f"aws_iam_root_user.{name}": "comes from a line of CSV"
        for name in (
            "created_at password_last_used_at mfa_active signing_certificate_active "
            "access_key_1_active access_key_1_created_at access_key_1_last_used_at "
            "access_key_2_active access_key_2_created_at access_key_2_last_used_at"
        ).split()
    },
    "aws_account.root_mfa_virtual": "looks for the ARN of the root user",
    "aws_cloudtrail_trail.log_group": "is the seventh part of an ARN",
    "aws_cloudtrail_trail.management_events": "needs a selector without exceptions",
    "aws_cloudtrail_trail.s3_read_events": "looks for the ARN of all buckets",
    "aws_cloudtrail_trail.s3_write_events": "looks for the ARN of all buckets",
    "aws_cloudwatch_alarm.actions_enabled": "the sample's value is also the absent one",
    "aws_cloudwatch_log_group.log_class": "the sample's value is also the absent one",
    "aws_ec2_instance.user_data_secret_lines": "the sample holds no secret",
    "aws_ec2_security_group_rule.prefix_list_id": "another row of the same answer has it",
    "aws_ec2_security_group_rule.prefix_list_unread": "another row of the same answer has it",
    "aws_ec2_security_group_rule.source_account": "another row of the same answer has it",
    "aws_ec2_security_group_rule.source_group_id": "another row of the same answer has it",
    "aws_elb_listener.tls_protocols": "attributes are a list of free names",
    "aws_elb_listener.tls_reference": "attributes are a list of free names",
    "aws_elb_load_balancer.desync_mode": "attributes are a list of free names",
    "aws_elbv2_listener.load_balancer_type": "is a part of an ARN, or joined by `fetch`",
    "aws_elbv2_listener.redirects_to_https": "is on for one value only",
    "aws_elbv2_load_balancer.access_logs": "attributes are a list of free names",
    "aws_elbv2_load_balancer.access_logs_bucket": "attributes are a list of free names",
    "aws_elbv2_load_balancer.deletion_protection": "attributes are a list of free names",
    "aws_elbv2_load_balancer.desync_mode": "attributes are a list of free names",
    "aws_elbv2_load_balancer.drop_invalid_headers": "attributes are a list of free names",
    "aws_kms_key.alias": "comes from ListAliases, joined by `fetch`",
    "aws_sns_topic.confirmed_subscribers": "attributes are a map of free names",
    "aws_sns_topic.fifo": "attributes are a map of free names",
    "aws_sns_topic.kms_key": "attributes are a map of free names",
    "aws_sns_topic.pending_subscribers": "attributes are a map of free names",
    "aws_sns_topic.policy": "attributes are a map of free names",
    "aws_sqs_queue.sse_sqs": "is on for one value only",
    "aws_ssm_document.public": "looks for the word all",
    "aws_s3_bucket.acl_public_read": "looks for the group URIs of everyone",
    "aws_s3_bucket.acl_public_write": "looks for the group URIs of everyone",
    "aws_s3_bucket.object_lock": "is on for one value only",
    "aws_s3_bucket.lifecycle_rules": "counts enabled rules",
    "aws_s3_bucket.replication_rules": "counts enabled rules",
    "aws_api_gateway_rest_api.open_methods": "looks for the authorization type NONE",
    "aws_api_gateway_rest_api.private": "looks for the word PRIVATE",
    "aws_api_gateway_stage.execution_log_level": "is the setting of all methods, */*",
    "aws_api_gateway_stage.private": "its API comes from `fetch`",
    "aws_api_gateway_stage.secret_names": "looks for secrets",
    "aws_api_gateway_stage.unencrypted_cache": "the sample's cache is encrypted",
    "aws_api_gateway_v2_api.open_routes": "looks for the authorization type NONE",
    "aws_api_gateway_v2_stage.secret_names": "looks for secrets",
    "aws_cloudfront_distribution.open_bucket_origins": "the sample's origin is a custom one",
    "aws_cloudfront_distribution.weak_tls_origins": "looks for old protocols on an origin that may use TLS",
    "aws_dynamodb_table.billing": "the sample's value is also the absent one",
    "aws_ecr_repository.encryption": "the sample's value is also the absent one",
    "aws_ecr_repository.tag_mutability": "the sample's value is also the absent one",
    "aws_ecs_task_definition.secret_names": "looks for secrets",
    "aws_ecs_task_definition.unlogged": "the sample's containers have a log driver",
    "aws_ecs_task_definition.writable": "the sample's containers are read-only",
    "aws_eks_cluster.secrets_key": "looks for the word secrets",
    "aws_lambda_function.modified_at": "is a text in a form of its own",
    "aws_lambda_function.package_type": "the sample's value is also the absent one",
    "aws_lambda_function.environment": "the sample has an error in place of the variables",
    "aws_lambda_function.secret_names": "looks for secrets",
    "aws_opensearch_domain.tls_policy": "the sample's value is also the absent one",
    "aws_rds_snapshot.public": "looks for the attribute restore",
    "aws_rds_snapshot.shared_with": "looks for the attribute restore",
    "aws_rds_cluster_snapshot.public": "looks for the attribute restore",
    "aws_rds_cluster_snapshot.shared_with": "looks for the attribute restore",
    "aws_rds_parameter_group.force_ssl": "looks for one parameter",
    "aws_rds_parameter_group.require_secure_transport": "looks for one parameter",
    "aws_rds_cluster_parameter_group.force_ssl": "looks for one parameter",
    "aws_rds_cluster_parameter_group.require_secure_transport": "looks for one parameter",
    "aws_rds_cluster_parameter_group.tls": "looks for one parameter",
    "aws_redshift_cluster.require_ssl": "looks for one parameter",
}


def _row(table: ResourceTable) -> Row:
    """A resource as its details find it: every column of the listing filled with something."""
    row = Row(table, f"arn:aws:x:eu-west-1:123456789012:{table.name}/one", SCOPE.account, SCOPE.region, "one")
    for column in table.columns:
        row.values[column.name] = None if isinstance(column.absent, Unanswered) else column.check(column.absent)
    return row


def _columns(detail: Detail, answer: dict[str, Any]) -> dict[str, Value]:
    row = _row(detail.table)
    row.fill(detail.operation, detail.columns(answer, row))
    return row.values


def _rows(listing: Listing, answer: dict[str, Any]) -> list[Row]:
    rows = list(listing.rows(answer, SCOPE))
    for row in rows:
        assert row.table in listing.tables
        assert row.uid, "a row without an id"
        assert row.wire()["uid"] == row.uid
    return rows


def _unread(table: ResourceTable, operation: str, values: dict[str, Value]) -> list[str]:
    """Columns that the full answer left as if the member were absent: a misspelt member looks like that."""
    return [
        f"{table.name}.{column.name}"
        for column in table.columns
        if column.operation == operation
        and f"{table.name}.{column.name}" not in COMPUTED
        and (values.get(column.name) is None or values.get(column.name) == column.absent)
    ]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.operation)
def test_a_listing_reads_the_members_the_model_has(listing: Listing) -> None:
    rows = _rows(listing, answers.full(listing.operation))
    assert {row.table.name for row in rows} == {table.name for table in listing.tables}
    first = {row.table.name: row for row in reversed(rows)}
    unread = [one for row in first.values() for one in _unread(row.table, listing.operation, row.values)]
    assert unread == []


@pytest.mark.parametrize("detail", DETAILS, ids=lambda one: f"{one.table.name}:{one.operation}")
def test_a_detail_reads_the_members_the_model_has(detail: Detail) -> None:
    assert _unread(detail.table, detail.operation, _columns(detail, answers.full(detail.operation))) == []


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.operation)
def test_a_listing_survives_absent_and_unknown_members(listing: Listing) -> None:
    sample = answers.full(listing.operation)
    assert _rows(listing, {}) == []
    _rows(listing, answers.hollow(listing.operation))
    known = _rows(listing, sample)
    unknown = _rows(listing, answers.with_unknown_members(sample))
    assert [row.values for row in unknown] == [row.values for row in known] or len(unknown) == len(known)
    for _path, smaller in answers.without_one(sample):
        _rows(listing, smaller)


@pytest.mark.parametrize("detail", DETAILS, ids=lambda one: f"{one.table.name}:{one.operation}")
def test_a_detail_survives_absent_and_unknown_members(detail: Detail) -> None:
    sample = answers.full(detail.operation)
    _columns(detail, {})
    _columns(detail, answers.hollow(detail.operation))
    _columns(detail, answers.with_unknown_members(sample))
    for _path, smaller in answers.without_one(sample):
        _columns(detail, smaller)


@pytest.mark.parametrize("detail", DETAILS, ids=lambda one: f"{one.table.name}:{one.operation}")
def test_a_detail_asks_with_arguments_the_model_knows(detail: Detail) -> None:
    shape = answers.operation_model(detail.operation).input_shape
    given = set(detail.arguments(_row(detail.table)))
    assert given <= set(shape.members if shape else ())
    assert set(shape.required_members if shape else ()) <= given


@pytest.mark.parametrize("table", catalog.tables().values(), ids=lambda one: one.name)
def test_a_table_is_filled_by_operations_its_collectors_call(table: ResourceTable) -> None:
    listing = catalog.listing_of(table.name)
    called = {listing.operation, *listing.also, *(one.operation for one in catalog.details(table.name))}
    assert {column.operation for column in table.columns} <= called
    for operation in called:
        answers.operation_model(operation)
