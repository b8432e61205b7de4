"""Logs and watch: one good trail with alarms on half of what matters, one forgotten trail, detection in one region."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_ACCOUNT = "123456789012"
_HOME = "eu-west-1"

_ALARMS = {
    "root-usage": (
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
    ),
    "cloudtrail-changes": (
        "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) ||"
        " ($.eventName = StartLogging) || ($.eventName = StopLogging) }"
    ),
    "sign-in-without-mfa": ('{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }'),
    "unauthorized-calls": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    # Sees the authorisations, misses the revocations: the kind of filter that passes a review by eye.
    "security-groups": (
        "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) }"
    ),
}


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Trails, log groups, filters, alarms, Config, GuardDuty, Security Hub."""
    _trails(aws)
    _groups(aws, regions)
    _alarms(aws)
    _watch(aws)


def _trails(aws: Callable[[str, str], Any]) -> None:
    s3 = aws("s3", _HOME)
    for bucket in ("mf-audit-cloudtrail", "mf-legacy-trail-logs", "mf-audit-config"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": _HOME})
    s3.put_public_access_block(
        Bucket="mf-audit-cloudtrail",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    key = aws("kms", _HOME).create_key(Description="Encrypts the audit trail")["KeyMetadata"]["Arn"]
    logs = aws("logs", _HOME)
    logs.create_log_group(logGroupName="mf-cloudtrail")
    trail = aws("cloudtrail", _HOME)
    trail.create_trail(
        Name="mf-organization-audit",
        S3BucketName="mf-audit-cloudtrail",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        KmsKeyId=key,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{_HOME}:{_ACCOUNT}:log-group:mf-cloudtrail:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{_ACCOUNT}:role/mf-cloudtrail-to-logs",
    )
    trail.put_event_selectors(
        TrailName="mf-organization-audit",
        EventSelectors=[
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
            },
            {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []},
        ],
    )
    trail.start_logging(Name="mf-organization-audit")
    trail.create_trail(Name="mf-legacy-ireland", S3BucketName="mf-legacy-trail-logs", IsMultiRegionTrail=False)


def _groups(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    kept = {"/mf/prod/checkout": 400, "/mf/prod/catalogue": 30, "/mf/staging/checkout": 7}
    for region in regions:
        logs = aws("logs", region)
        for name, days in kept.items():
            logs.create_log_group(logGroupName=name)
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        logs.create_log_group(logGroupName="/aws/lambda/mf-order-events")
    key = aws("kms", _HOME).create_key(Description="Encrypts payment logs")["KeyMetadata"]["Arn"]
    aws("logs", _HOME).create_log_group(logGroupName="/mf/prod/payments", kmsKeyId=key)


def _alarms(aws: Callable[[str, str], Any]) -> None:
    sns, logs, cloudwatch = aws("sns", _HOME), aws("logs", _HOME), aws("cloudwatch", _HOME)
    topic = sns.create_topic(Name="mf-security-alerts")["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    queue = aws("sqs", _HOME).create_queue(QueueName="mf-security-alerts")["QueueUrl"]
    arn = aws("sqs", _HOME).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for name, pattern in _ALARMS.items():
        logs.put_metric_filter(
            logGroupName="mf-cloudtrail",
            filterName=f"mf-{name}",
            filterPattern=pattern,
            metricTransformations=[{"metricName": name, "metricNamespace": "MF/Audit", "metricValue": "1"}],
        )
        cloudwatch.put_metric_alarm(
            AlarmName=f"mf-{name}",
            MetricName=name,
            Namespace="MF/Audit",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[topic],
            ActionsEnabled=name != "unauthorized-calls",
        )


def _watch(aws: Callable[[str, str], Any]) -> None:
    config = aws("config", _HOME)
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{_ACCOUNT}:role/mf-config",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "mf-audit-config"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    aws("guardduty", _HOME).create_detector(Enable=True, FindingPublishingFrequency="FIFTEEN_MINUTES")
    aws("securityhub", _HOME).enable_security_hub(EnableDefaultStandards=False)
    aws("ssm", _HOME).create_document(
        Name="mf-restart-checkout",
        DocumentType="Command",
        DocumentFormat="JSON",
        Content=json.dumps(
            {
                "schemaVersion": "2.2",
                "description": "Restart the checkout service",
                "mainSteps": [
                    {
                        "action": "aws:runShellScript",
                        "name": "restart",
                        "inputs": {"runCommand": ["systemctl restart checkout"]},
                    }
                ],
            }
        ),
    )
