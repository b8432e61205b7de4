"""The demo extra's short list of moto's parts serves every service that the collectors read."""

from __future__ import annotations

import pytest

LISTINGS = {
    "acm": "list_certificates",
    "apigateway": "get_rest_apis",
    "apigatewayv2": "get_apis",
    "cloudfront": "list_distributions",
    "cloudtrail": "describe_trails",
    "cloudwatch": "describe_alarms",
    "config": "describe_configuration_recorders",
    "dynamodb": "list_tables",
    "ec2": "describe_instances",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "efs": "describe_file_systems",
    "eks": "list_clusters",
    "elb": "describe_load_balancers",
    "elbv2": "describe_load_balancers",
    "guardduty": "list_detectors",
    "iam": "list_users",
    "kms": "list_keys",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "opensearch": "list_domain_names",
    "organizations": "list_roots",
    "rds": "describe_db_instances",
    "redshift": "describe_clusters",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "sts": "get_caller_identity",
}


@pytest.mark.parametrize("service", LISTINGS)
def test_the_service_answers(moto_server, service):
    client = moto_server.client(service)
    if service == "organizations":
        moto_server.reset()
        client.create_organization(FeatureSet="ALL")
    getattr(client, LISTINGS[service])()


def test_enforced_iam_denies_an_unknown_key(emulator):
    emulator.enforce_iam()
    client = emulator.client("s3")
    with pytest.raises(client.exceptions.ClientError, match=r"InvalidAccessKeyId|InvalidClientTokenId"):
        client.list_buckets()
    emulator.reset()
    assert client.list_buckets()["Buckets"] == []
