"""Which harmless call shows whether a permission is there, where the names do not tell by themselves.

IAM's words and the SDK's differ: prefixes of services, and some actions of S3 and API Gateway.
"""

from __future__ import annotations

# IAM prefix -> botocore services that may have an operation of the action's name.
SERVICES: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "aoss": ("opensearchserverless",),
    "cassandra": ("keyspaces",),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "kafka": ("kafka",),
    "network-firewall": ("network-firewall",),
    "states": ("stepfunctions",),
    "tag": ("resourcegroupstaggingapi",),
}

# Permission -> (botocore service, operation).
PROBES: dict[str, tuple[str, str]] = {
    "apigateway:GET": ("apigateway", "GetRestApis"),
    "s3:GetAccountPublicAccessBlock": ("s3control", "GetPublicAccessBlock"),
    "s3:ListAccessPoints": ("s3control", "ListAccessPoints"),
    "s3:ListAllMyBuckets": ("s3", "ListBuckets"),
    "es:ListDomainNames": ("opensearch", "ListDomainNames"),
    "ses:ListIdentities": ("ses", "ListIdentities"),
}

# Permission on a bucket -> S3 operation.
BUCKET_PROBES: dict[str, str] = {
    "s3:GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "s3:GetBucketAcl": "GetBucketAcl",
    "s3:GetBucketCORS": "GetBucketCors",
    "s3:GetBucketLocation": "GetBucketLocation",
    "s3:GetBucketLogging": "GetBucketLogging",
    "s3:GetBucketNotification": "GetBucketNotificationConfiguration",
    "s3:GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "s3:GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "s3:GetBucketPolicy": "GetBucketPolicy",
    "s3:GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "s3:GetBucketRequestPayment": "GetBucketRequestPayment",
    "s3:GetBucketTagging": "GetBucketTagging",
    "s3:GetBucketVersioning": "GetBucketVersioning",
    "s3:GetBucketWebsite": "GetBucketWebsite",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:GetLifecycleConfiguration": "GetBucketLifecycleConfiguration",
    "s3:GetReplicationConfiguration": "GetBucketReplication",
    "s3:ListBucket": "ListObjectsV2",
}
