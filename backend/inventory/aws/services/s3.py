"""S3: buckets with everything that decides who can read them, and access points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import GLOBAL, Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "s3.ListBuckets"
_LOCATION = "s3.GetBucketLocation"
_BLOCK = "s3.GetPublicAccessBlock"
_ACL = "s3.GetBucketAcl"
_POLICY = "s3.GetBucketPolicy"
_POLICY_STATUS = "s3.GetBucketPolicyStatus"
_ENCRYPTION = "s3.GetBucketEncryption"
_VERSIONING = "s3.GetBucketVersioning"
_LOGGING = "s3.GetBucketLogging"
_OWNERSHIP = "s3.GetBucketOwnershipControls"
_LOCK = "s3.GetObjectLockConfiguration"
_LIFECYCLE = "s3.GetBucketLifecycleConfiguration"
_REPLICATION = "s3.GetBucketReplication"
_WEBSITE = "s3.GetBucketWebsite"
_TAGGING = "s3.GetBucketTagging"
_POINTS = "s3control.ListAccessPoints"
_POINT = "s3control.GetAccessPoint"
_POINT_POLICY = "s3control.GetAccessPointPolicy"

_EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
_ANY_AWS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"

BUCKET = ResourceTable(
    name="aws_s3_bucket",
    title="S3 bucket",
    service="s3",
    listing=_LIST,
    scope=GLOBAL,
    columns=(
        moment("created_at", "When the bucket was made.", _LIST),
        document("tags", "Tags as an object.", _TAGGING, {}),
        flag("block_public_acls", "New public ACLs are refused.", _BLOCK, False),
        flag("ignore_public_acls", "Public ACLs have no effect.", _BLOCK, False),
        flag("block_public_policy", "New public policies are refused.", _BLOCK, False),
        flag("restrict_public_buckets", "A public policy reaches only this account and AWS services.", _BLOCK, False),
        document("acl", "Grants: list of {grantee, permission}.", _ACL),
        flag("acl_public_read", "An ACL lets everyone (or any AWS account) list the bucket.", _ACL),
        flag("acl_public_write", "An ACL lets everyone (or any AWS account) write or change the ACL.", _ACL),
        text("policy", "Bucket policy document; empty when there is none.", _POLICY),
        flag("policy_status_public", "AWS itself judges the policy public.", _POLICY_STATUS, False),
        text("encryption_algorithm", "Default encryption: AES256, aws:kms, aws:kms:dsse, or empty.", _ENCRYPTION),
        text("encryption_key", "KMS key of the default encryption; empty for S3's own.", _ENCRYPTION),
        flag("bucket_key_enabled", "An S3 bucket key spares KMS calls.", _ENCRYPTION, False),
        text("versioning", "Enabled, Suspended, or empty when never switched on.", _VERSIONING),
        flag("mfa_delete", "Deleting a version needs MFA.", _VERSIONING, False),
        text("logging_bucket", "Bucket that receives access logs; empty when off.", _LOGGING),
        text("object_ownership", "BucketOwnerEnforced switches ACLs off.", _OWNERSHIP, "ObjectWriter"),
        flag("object_lock", "Object lock is on.", _LOCK, False),
        integer("lifecycle_rules", "Enabled lifecycle rules.", _LIFECYCLE, 0),
        integer("replication_rules", "Enabled replication rules.", _REPLICATION, 0),
        flag("website", "Static website hosting is on.", _WEBSITE, False),
    ),
)

ACCESS_POINT = ResourceTable(
    name="aws_s3_access_point",
    title="S3 access point",
    service="s3",
    listing=_POINTS,
    columns=(
        text("bucket", "Bucket behind the access point.", _POINTS),
        text("network_origin", "Internet or VPC.", _POINTS),
        text("vpc_id", "VPC it is limited to.", _POINTS),
        flag("block_public_acls", "New public ACLs are refused.", _POINT, False),
        flag("ignore_public_acls", "Public ACLs have no effect.", _POINT, False),
        flag("block_public_policy", "New public policies are refused.", _POINT, False),
        flag("restrict_public_buckets", "A public policy reaches only this account and AWS services.", _POINT, False),
        text("policy", "Access point policy; empty when there is none.", _POINT_POLICY),
    ),
)


def _buckets(api: Api, scope: Scope) -> Iterable[Answer]:
    """ListBuckets, with each bucket's region made sure of: detail calls must go to that region."""
    for page in api.pages(_LIST, GLOBAL, MaxBuckets=1000):
        found = []
        for bucket in page.get("Buckets", []):
            region = bucket.get("BucketRegion")
            found.append({**bucket, "BucketRegion": region or _location(api, bucket.get("Name", ""))})
        yield {**page, "Buckets": found}


def _location(api: Api, name: str) -> str:
    """Region of a bucket whose listing did not say; where even that is denied S3's redirects find the way."""
    try:
        constraint = api.call(_LOCATION, GLOBAL, Bucket=name).get("LocationConstraint")
    except CallFailed as failed:
        if failed.outcome is Outcome.CANCELLED:
            raise
        return "us-east-1"
    # An empty constraint is us-east-1, and 'EU' is what the first buckets in Ireland still say.
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(constraint, str(constraint))


def _bucket_rows(page: Answer, scope: Scope) -> Iterable[Row]:
    for bucket in page.get("Buckets", []):
        name = bucket.get("Name")
        if not name:
            continue
        uid = f"arn:{scope.partition}:s3:::{name}"
        row = Row(BUCKET, uid, scope.account, bucket.get("BucketRegion", "us-east-1"), name)
        created = bucket.get("CreationDate")
        row.fill(_LIST, {"created_at": created.timestamp() if created else None}, bucket)
        yield row


def _by_name(row: Row) -> Mapping[str, Any]:
    return {"Bucket": row.name}


def _block(answer: Answer, row: Row) -> Mapping[str, Any]:
    block = answer.get("PublicAccessBlockConfiguration", {})
    return {
        "block_public_acls": block.get("BlockPublicAcls"),
        "ignore_public_acls": block.get("IgnorePublicAcls"),
        "block_public_policy": block.get("BlockPublicPolicy"),
        "restrict_public_buckets": block.get("RestrictPublicBuckets"),
    }


def _acl(answer: Answer, row: Row) -> Mapping[str, Any]:
    grants = answer.get("Grants")
    if grants is None:
        return {}
    public = [
        str(grant.get("Permission", ""))
        for grant in grants
        if grant.get("Grantee", {}).get("URI") in (_EVERYONE, _ANY_AWS)
    ]
    return {
        "acl": [
            {
                "grantee": grant.get("Grantee", {}).get("URI") or grant.get("Grantee", {}).get("ID", ""),
                "permission": grant.get("Permission", ""),
            }
            for grant in grants
        ],
        "acl_public_read": any(one in ("READ", "FULL_CONTROL") for one in public),
        "acl_public_write": any(one in ("WRITE", "WRITE_ACP", "FULL_CONTROL") for one in public),
    }


def _encryption(answer: Answer, row: Row) -> Mapping[str, Any]:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    rule = rules[0] if rules else {}
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "encryption_algorithm": default.get("SSEAlgorithm"),
        "encryption_key": default.get("KMSMasterKeyID"),
        "bucket_key_enabled": rule.get("BucketKeyEnabled"),
    }


def _versioning(answer: Answer, row: Row) -> Mapping[str, Any]:
    mfa = answer.get("MFADelete")
    return {"versioning": answer.get("Status"), "mfa_delete": None if mfa is None else mfa == "Enabled"}


def _ownership(answer: Answer, row: Row) -> Mapping[str, Any]:
    rules = answer.get("OwnershipControls", {}).get("Rules", [])
    return {"object_ownership": rules[0].get("ObjectOwnership") if rules else None}


def _lock(answer: Answer, row: Row) -> Mapping[str, Any]:
    return {"object_lock": answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"}


def _enabled_rules(rules: Iterable[Mapping[str, Any]]) -> int:
    return sum(1 for rule in rules if rule.get("Status") == "Enabled")


def _points(page: Answer, scope: Scope) -> Iterable[Row]:
    for point in page.get("AccessPointList", []):
        name = point.get("Name")
        if not name:
            continue
        uid = point.get("AccessPointArn") or scope.arn("s3", f"accesspoint/{name}")
        if uid.count(":") >= 5 and uid.split(":")[3] not in ("", scope.region):
            continue  # S3 lists an access point in its own region only; not every system that speaks S3 does
        row = Row(ACCESS_POINT, uid, scope.account, scope.region, name)
        row.fill(
            _POINTS,
            {
                "bucket": point.get("Bucket"),
                "network_origin": point.get("NetworkOrigin"),
                "vpc_id": point.get("VpcConfiguration", {}).get("VpcId"),
            },
            point,
        )
        yield row


def _points_of_account(api: Api, scope: Scope) -> Iterable[Answer]:
    return api.pages(_POINTS, scope.region, AccountId=scope.account)


def _by_point(row: Row) -> Mapping[str, Any]:
    return {"AccountId": row.account, "Name": row.name}


def _bucket_detail(operation: str, columns: Any, *absent: str) -> Detail:
    return Detail(operation, BUCKET, _by_name, columns, frozenset(absent))


SERVICE = Service(
    name="s3",
    title="S3",
    tables=(BUCKET, ACCESS_POINT),
    listings=(
        Listing(_LIST, (BUCKET,), _bucket_rows, region=GLOBAL, fetch=_buckets, also=(_LOCATION,)),
        Listing(_POINTS, (ACCESS_POINT,), _points, fetch=_points_of_account),
    ),
    details=(
        _bucket_detail(_BLOCK, _block, "NoSuchPublicAccessBlockConfiguration"),
        _bucket_detail(_ACL, _acl),
        _bucket_detail(_POLICY, lambda answer, row: {"policy": answer.get("Policy")}, "NoSuchBucketPolicy"),
        _bucket_detail(
            _POLICY_STATUS,
            lambda answer, row: {"policy_status_public": answer.get("PolicyStatus", {}).get("IsPublic")},
            "NoSuchBucketPolicy",
        ),
        _bucket_detail(_ENCRYPTION, _encryption, "ServerSideEncryptionConfigurationNotFoundError"),
        _bucket_detail(_VERSIONING, _versioning),
        _bucket_detail(
            _LOGGING, lambda answer, row: {"logging_bucket": answer.get("LoggingEnabled", {}).get("TargetBucket")}
        ),
        _bucket_detail(_OWNERSHIP, _ownership, "OwnershipControlsNotFoundError"),
        _bucket_detail(_LOCK, _lock, "ObjectLockConfigurationNotFoundError"),
        _bucket_detail(
            _LIFECYCLE,
            lambda answer, row: {"lifecycle_rules": _enabled_rules(answer.get("Rules", []))},
            "NoSuchLifecycleConfiguration",
        ),
        _bucket_detail(
            _REPLICATION,
            lambda answer, row: {
                "replication_rules": _enabled_rules(answer.get("ReplicationConfiguration", {}).get("Rules", []))
            },
            "ReplicationConfigurationNotFoundError",
        ),
        _bucket_detail(_WEBSITE, lambda answer, row: {"website": True}, "NoSuchWebsiteConfiguration"),
        _bucket_detail(_TAGGING, lambda answer, row: {"tags": tags_of(answer.get("TagSet"))}, "NoSuchTagSet"),
        Detail(_POINT, ACCESS_POINT, _by_point, _block),
        Detail(
            _POINT_POLICY,
            ACCESS_POINT,
            _by_point,
            lambda answer, row: {"policy": answer.get("Policy")},
            frozenset({"NoSuchAccessPointPolicy"}),
        ),
    ),
)
