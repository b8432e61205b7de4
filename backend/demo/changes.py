"""What Marlowe & Finch did between two scans: some things mended, some broken, so that the demo has a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def happen(aws: Callable[[str, str], Any], region: str) -> None:
    """Change the account."""
    s3 = aws("s3", region)
    s3.put_public_access_block(Bucket="mf-legacy-trail-logs", PublicAccessBlockConfiguration=_BLOCK)
    s3.put_bucket_versioning(Bucket="mf-audit-cloudtrail", VersioningConfiguration={"Status": "Enabled"})
    aws("cloudtrail", region).start_logging(Name="mf-legacy-ireland")
    kms = aws("kms", region)
    kms.enable_key_rotation(KeyId=_key(kms, "alias/mf-backups"))
    kms.disable_key_rotation(KeyId=_key(kms, "alias/mf-payments"))
    sqs = aws("sqs", region)
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="mf-hackathon-inbox")["QueueUrl"])
    logs = aws("logs", region)
    logs.put_retention_policy(logGroupName="/mf/prod/catalogue", retentionInDays=400)
    logs.create_log_group(logGroupName="/mf/dev/experiments")
    logs.put_retention_policy(logGroupName="/mf/dev/experiments", retentionInDays=1)


def _key(kms: Any, alias: str) -> str:
    return str(kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])
