"""From API operations to the IAM permissions they need.

Mostly `service:Operation`, but names differ often enough to matter: GetBucketEncryption needs
s3:GetEncryptionConfiguration. The exceptions stand here; a test holds them against what botocore calls exist.
"""

from __future__ import annotations

from collections.abc import Iterable

# botocore client name -> IAM service prefix, where they differ.
_PREFIX = {
    "accessanalyzer": "access-analyzer",
    "apigateway": "apigateway",
    "apigatewayv2": "apigateway",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "s3control": "s3",
}

_EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "s3.ListBuckets": ("s3:ListAllMyBuckets",),
    "s3.GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3.GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3.GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3.GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3.GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3.GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3control.GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
    "sts.GetCallerIdentity": (),  # allowed to everyone; cannot even be denied
    "iam.GetCredentialReport": ("iam:GetCredentialReport", "iam:GenerateCredentialReport"),
    "macie2.GetMacieSession": ("macie2:GetMacieSession",),
    "lambda.ListFunctions": ("lambda:ListFunctions",),
    "opensearch.ListDomainNames": ("es:ListDomainNames",),
    "apigateway.GetRestApis": ("apigateway:GET",),
    "apigateway.GetStages": ("apigateway:GET",),
    "apigateway.GetResources": ("apigateway:GET",),
    "apigateway.GetAuthorizers": ("apigateway:GET",),
    "apigateway.GetMethod": ("apigateway:GET",),
    "apigatewayv2.GetApis": ("apigateway:GET",),
    "apigatewayv2.GetStages": ("apigateway:GET",),
    "apigatewayv2.GetRoutes": ("apigateway:GET",),
    "apigatewayv2.GetAuthorizers": ("apigateway:GET",),
    "efs.DescribeFileSystemPolicy": ("elasticfilesystem:DescribeFileSystemPolicy",),
    "dynamodb.ListTagsOfResource": ("dynamodb:ListTagsOfResource",),
}


def permissions_of(operation: str) -> tuple[str, ...]:
    """IAM actions that 'service.Operation' needs; empty when none is needed."""
    if operation in _EXCEPTIONS:
        return _EXCEPTIONS[operation]
    service, name = operation.split(".")
    return (f"{_PREFIX.get(service, service)}:{name}",)


def permissions(operations: Iterable[str]) -> list[str]:
    """Sorted, without repeats."""
    return sorted({one for operation in operations for one in permissions_of(operation)})


def policy(operations: Iterable[str]) -> dict[str, object]:
    """The least-privilege IAM policy document for these operations."""
    return policy_for(permissions(operations))


def policy_for(actions: Iterable[str]) -> dict[str, object]:
    """A policy document that allows exactly these IAM actions."""
    statement = {"Sid": "VedetteReadOnly", "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def terraform_for(actions: Iterable[str], name: str = "vedette-read-only") -> str:
    """The same as Terraform."""
    lines = "\n".join(f'      "{one}",' for one in actions)
    return (
        f'data "aws_iam_policy_document" "vedette" {{\n  statement {{\n    sid       = "VedetteReadOnly"\n'
        f'    effect    = "Allow"\n    actions   = [\n{lines}\n    ]\n    resources = ["*"]\n  }}\n}}\n\n'
        f'resource "aws_iam_policy" "vedette" {{\n  name   = "{name}"\n'
        f"  policy = data.aws_iam_policy_document.vedette.json\n}}\n"
    )
