"""CloudTrail, Config, GuardDuty, CloudWatch, SNS, SQS, KMS, Secrets Manager and SSM, read from the emulator."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from backend.demo.company import logging, messaging
from backend.demo.emulator import Emulator, client_maker
from backend.inventory import catalog
from tests.backend.inventory.aws.collecting import REGIONS, Collected, collect

SERVICES = {"cloudtrail", "config", "guardduty", "logs", "cloudwatch", "sns", "sqs", "kms", "secretsmanager", "ssm"}


@pytest.fixture(scope="module")
def found() -> Iterator[Collected]:
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        logging.seed(aws, REGIONS)
        messaging.seed(aws, REGIONS)
        operations: set[str] = set()
        for service in catalog.services():
            if service.name in SERVICES:
                for table in service.tables:
                    operations |= table.operations()
        yield collect(aws, operations)


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        (
            "aws_cloudtrail_trail",
            "mf-organization-audit",
            {
                "multi_region": 1,
                "log_file_validation": 1,
                "logging": 1,
                "management_events": 1,
                "s3_write_events": 1,
                "s3_read_events": 0,
                "log_group": "mf-cloudtrail",
                "bucket": "mf-audit-cloudtrail",
            },
        ),
        (
            "aws_cloudtrail_trail",
            "mf-legacy-ireland",
            {"multi_region": 0, "logging": 0, "kms_key": "", "log_group": ""},
        ),
        ("aws_config_recorder", "default", {"recording": 1, "all_supported": 1, "delivery_bucket": "mf-audit-config"}),
        ("aws_cloudwatch_log_group", "mf-cloudtrail", {"retention_days": math.inf, "kms_key": ""}),
        ("aws_cloudwatch_metric_filter", "mf-root-usage", {"log_group": "mf-cloudtrail", "namespace": "MF/Audit"}),
        ("aws_cloudwatch_alarm", "mf-root-usage", {"metric": "root-usage", "actions_enabled": 1}),
        ("aws_cloudwatch_alarm", "mf-unauthorized-calls", {"actions_enabled": 0}),
        ("aws_sns_topic", "mf-security-alerts", {"kms_key": "alias/aws/sns"}),
        ("aws_kms_key", "mf-orders", {"rotation_enabled": 1, "state": "Enabled", "manager": "CUSTOMER"}),
        ("aws_kms_key", "mf-backups", {"rotation_enabled": 0, "deletion_at": math.inf}),
        ("aws_ssm_document", "mf-restart-checkout", {"public": 0, "shared_with": "[]"}),
    ],
)
def test_columns(found: Collected, table: str, name: str, expected: dict[str, Any]) -> None:
    values = found.row(table, name)
    assert {key: values[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        ("aws_sqs_queue", "mf-prod-orders", {"policy": "", "sse_sqs": 1}),
        ("aws_sqs_queue", "mf-hackathon-inbox", {"sse_sqs": 0, "kms_key": ""}),
        ("aws_secretsmanager_secret", "mf/prod/payment-gateway", {"rotation_enabled": 0, "rotated_at": -math.inf}),
        ("aws_cloudwatch_log_group", "/mf/prod/catalogue", {"retention_days": 30.0}),
    ],
)
def test_columns_of_what_is_in_both_regions(found: Collected, table: str, name: str, expected: dict[str, Any]) -> None:
    for region in REGIONS:
        values = found.row(table, name, region)
        assert {key: values[key] for key in expected} == expected


def test_a_key_that_cannot_rotate_is_not_asked(found: Collected) -> None:
    pending = found.row("aws_kms_key", "mf-catalogue-2019")
    assert pending["state"] == "PendingDeletion"
    assert pending["rotation_enabled"] is None
    assert pending["deletion_at"] < math.inf


def test_aws_keys_of_its_own_are_left_out(found: Collected) -> None:
    names = [row["name"] for row in found.rows if row["table"] == "aws_kms_key"]
    assert not [name for name in names if name.startswith("aws/")]


def test_secret_values_are_never_read(found: Collected) -> None:
    assert "demo-only" not in str(found.rows)
    assert not [one for one in found.outcomes if one["operation"].endswith("GetSecretValue")]


def test_only_what_the_emulator_lacks_went_wrong(found: Collected) -> None:
    assert found.bad() == {("guardduty.ListFindings", "unsupported")}
