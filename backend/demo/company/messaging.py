"""Queues, topics, keys and secrets: mostly well kept, a few left over from a hackathon."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_ACCOUNT = "123456789012"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Fill SNS, SQS, KMS and Secrets Manager."""
    for region in regions:
        _queues(aws("sqs", region), region)
        _topics(aws("sns", region))
        _secrets(aws("secretsmanager", region), region)
    _keys(aws("kms", regions[0]))


def _queues(sqs: Any, region: str) -> None:
    for name in ("mf-prod-orders", "mf-prod-invoices", "mf-prod-shipments", "mf-staging-orders"):
        sqs.create_queue(
            QueueName=name,
            Attributes={"SqsManagedSseEnabled": "true"} if "prod" in name else {"SqsManagedSseEnabled": "false"},
            tags={
                "Environment": "production" if "prod" in name else "staging",
                "Owner": "orders@marlowe-finch.example",
            },
        )
    everyone = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "sqs:SendMessage",
                "Resource": f"arn:aws:sqs:{region}:{_ACCOUNT}:mf-hackathon-inbox",
            }
        ],
    }
    sqs.create_queue(
        QueueName="mf-hackathon-inbox",
        Attributes={"Policy": json.dumps(everyone), "SqsManagedSseEnabled": "false"},
        tags={"Environment": "dev", "Owner": "theo.brandt@marlowe-finch.example"},
    )


def _topics(sns: Any) -> None:
    for name in ("mf-prod-order-events", "mf-prod-stock-events"):
        arn = sns.create_topic(Name=name)["TopicArn"]
        sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    sns.create_topic(Name="mf-staging-order-events")
    arn = sns.create_topic(Name="mf-hackathon-news")["TopicArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "SNS:Subscribe", "Resource": arn}],
    }
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy))


def _secrets(secrets: Any, region: str) -> None:
    function = f"arn:aws:lambda:{region}:{_ACCOUNT}:function:mf-rotate-database"
    for name in ("mf/prod/orders-db", "mf/prod/catalogue-db", "mf/prod/payment-gateway", "mf/staging/orders-db"):
        secrets.create_secret(
            Name=name,
            SecretString="demo-only",
            Tags=[{"Key": "Environment", "Value": "production" if "prod" in name else "staging"}],
        )
    for name in ("mf/prod/orders-db", "mf/prod/catalogue-db"):
        try:
            secrets.rotate_secret(
                SecretId=name,
                RotationLambdaARN=function,
                RotationRules={"AutomaticallyAfterDays": 30},
                RotateImmediately=False,
            )
        except secrets.exceptions.ClientError:
            continue  # an emulator that insists on the function being there shows it unrotated


def _keys(kms: Any) -> None:
    for alias in ("mf-orders", "mf-payments", "mf-backups"):
        key = kms.create_key(Description=f"{alias} data", Tags=[{"TagKey": "Environment", "TagValue": "production"}])
        kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyMetadata"]["KeyId"])
        if alias != "mf-backups":
            kms.enable_key_rotation(KeyId=key["KeyMetadata"]["KeyId"])
    old = kms.create_key(Description="Catalogue of 2019")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mf-catalogue-2019", TargetKeyId=old)
    kms.schedule_key_deletion(KeyId=old, PendingWindowInDays=14)
    shared = kms.create_key(Description="Partner exchange")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mf-partner-exchange", TargetKeyId=shared)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Administer",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {"Sid": "Partners", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"},
        ],
    }
    kms.put_key_policy(KeyId=shared, PolicyName="default", Policy=json.dumps(policy))
