"""Buckets: production well kept, a press kit open on purpose, a legacy bucket open by accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ACCOUNT = "123456789012"
_LOGS = ("mf-access-logs", "mf-us-access-logs")  # one for each home region, since logs stay in theirs
_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@dataclass(frozen=True)
class _Bucket:
    name: str
    environment: str = "production"
    owner: str = "mira.okafor"
    region: int = 0  # which of the home regions
    kept: bool = True  # blocked, encrypted, versioned, logged, TLS only
    logged: bool = True


_BUCKETS = (
    _Bucket("mf-access-logs", "shared", "silas.finch", logged=False),
    _Bucket("mf-us-access-logs", "shared", "silas.finch", region=1, logged=False),
    _Bucket("mf-prod-orders-export"),
    _Bucket("mf-prod-invoices", owner="grace.hollis"),
    _Bucket("mf-prod-customer-uploads", owner="jonas.lind"),
    _Bucket("mf-catalogue-images"),
    _Bucket("mf-web-assets", owner="theo.brandt"),
    _Bucket("mf-terraform-state", "shared", "theo.brandt"),
    _Bucket("mf-data-lake-raw", "production", "priya.nair", logged=False),
    _Bucket("mf-data-lake-curated", "production", "priya.nair"),
    _Bucket("mf-backup-databases", "production", "silas.finch", region=1),
    _Bucket("mf-us-catalogue-images", region=1),
    _Bucket("mf-us-web-assets", owner="theo.brandt", region=1),
    _Bucket("mf-staging-uploads", "staging", "tomas.vega", kept=False),
    _Bucket("mf-ml-experiments", "dev", "oskar.weiss", region=1, kept=False),
)


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Fill S3."""
    for bucket in _BUCKETS:
        region = regions[bucket.region]
        s3 = aws("s3", region)
        _create(s3, bucket.name, region, bucket.environment, bucket.owner)
        if bucket.kept:
            _keep(s3, bucket.name)
        if bucket.kept and bucket.logged:
            _log(s3, bucket.name, _LOGS[bucket.region])
    _forgotten(aws("s3", regions[0]), regions[0])
    _access_points(aws("s3control", regions[0]))


def _create(s3: Any, name: str, region: str, environment: str, owner: str) -> None:
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced", **where)
    tags = {"Environment": environment, "Owner": f"{owner}@marlowe-finch.example"}
    s3.put_bucket_tagging(
        Bucket=name, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )


def _keep(s3: Any, name: str) -> None:
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_BLOCK)
    algorithm = "aws:kms" if "customer" in name or "invoices" in name else "AES256"
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]
        },
    )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    # The emulator reads statements in order, and only those before one whose principal is "*".
    _policy(s3, name, *([_log_delivery(name)] if name in _LOGS else []), _tls_only(name))


def _log_delivery(name: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": _ACCOUNT}},
    }


def _log(s3: Any, name: str, target: str) -> None:
    s3.put_bucket_logging(
        Bucket=name,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": f"{name}/"}},
    )


def _forgotten(s3: Any, region: str) -> None:
    """What somebody opened once."""
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for name in ("mf-press-kit", "mf-legacy-shop-static", "mf-partner-drop", "mf-hackathon-uploads"):
        s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter", **where)
    _policy(s3, "mf-press-kit", _anyone("s3:GetObject", "mf-press-kit"), _tls_only("mf-press-kit"))
    s3.put_bucket_acl(Bucket="mf-legacy-shop-static", ACL="public-read")
    s3.put_bucket_website(
        Bucket="mf-legacy-shop-static", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    _policy(
        s3,
        "mf-partner-drop",
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::345678901234:root"},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::mf-partner-drop/*",
        },
    )
    _policy(s3, "mf-hackathon-uploads", _anyone("s3:PutObject", "mf-hackathon-uploads"))
    s3.put_bucket_acl(Bucket="mf-hackathon-uploads", GrantWrite='uri="http://acs.amazonaws.com/groups/global/AllUsers"')
    s3.put_bucket_versioning(Bucket="mf-hackathon-uploads", VersioningConfiguration={"Status": "Suspended"})


def _access_points(control: Any) -> None:
    control.create_access_point(
        AccountId=_ACCOUNT, Name="mf-analytics", Bucket="mf-data-lake-curated", PublicAccessBlockConfiguration=_BLOCK
    )
    control.create_access_point(
        AccountId=_ACCOUNT,
        Name="mf-agency-preview",
        Bucket="mf-press-kit",
        PublicAccessBlockConfiguration={**_BLOCK, "BlockPublicPolicy": False, "RestrictPublicBuckets": False},
    )
    point = f"arn:aws:s3:eu-west-1:{_ACCOUNT}:accesspoint/mf-agency-preview"
    control.put_access_point_policy(
        AccountId=_ACCOUNT,
        Name="mf-agency-preview",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": f"{point}/object/*",
                    }
                ],
            }
        ),
    )


def _policy(s3: Any, name: str, *statements: dict[str, Any]) -> None:
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def _anyone(action: str, name: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{name}/*"}


def _tls_only(name: str) -> dict[str, Any]:
    return {
        "Sid": "DenyWithoutTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
