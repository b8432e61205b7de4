"""EC2: volumes, snapshots and images of the account, and whom they are shared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import name_of, tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_VOLUMES = "ec2.DescribeVolumes"
_SNAPSHOTS = "ec2.DescribeSnapshots"
_SNAPSHOT = "ec2.DescribeSnapshotAttribute"
_IMAGES = "ec2.DescribeImages"
_IMAGE = "ec2.DescribeImageAttribute"

VOLUME = ResourceTable(
    name="aws_ec2_volume",
    title="EBS volume",
    service="ec2",
    listing=_VOLUMES,
    columns=(
        text("volume_id", "Id (vol-…).", _VOLUMES),
        flag("encrypted", "It is encrypted.", _VOLUMES, False),
        text("kms_key", "KMS key; empty when not encrypted.", _VOLUMES),
        text("state", "available, in-use …", _VOLUMES),
        integer("size_gib", "Size in GiB.", _VOLUMES),
        text("volume_type", "gp3, io2 …", _VOLUMES),
        text("snapshot_id", "Snapshot it was made from.", _VOLUMES),
        document("instances", "Instances it is attached to.", _VOLUMES, []),
        moment("created_at", "When it was made.", _VOLUMES),
        document("tags", "Tags as an object.", _VOLUMES, {}),
    ),
)

SNAPSHOT = ResourceTable(
    name="aws_ec2_snapshot",
    title="EBS snapshot",
    service="ec2",
    listing=_SNAPSHOTS,
    columns=(
        text("snapshot_id", "Id (snap-…).", _SNAPSHOTS),
        flag("encrypted", "It is encrypted.", _SNAPSHOTS, False),
        text("kms_key", "KMS key; empty when not encrypted.", _SNAPSHOTS),
        text("volume_id", "Volume it was taken of.", _SNAPSHOTS),
        integer("size_gib", "Size of that volume in GiB.", _SNAPSHOTS),
        text("state", "completed, pending …", _SNAPSHOTS),
        text("storage_tier", "standard or archive.", _SNAPSHOTS),
        text("description", "Description.", _SNAPSHOTS),
        moment("started_at", "When it was taken.", _SNAPSHOTS),
        document("tags", "Tags as an object.", _SNAPSHOTS, {}),
        flag("public", "Every AWS account may make a volume of it.", _SNAPSHOT, False),
        document("shared_with", "Accounts that may; read for public ones only.", _SNAPSHOT, []),
    ),
)

IMAGE = ResourceTable(
    name="aws_ec2_image",
    title="EC2 image (AMI)",
    service="ec2",
    listing=_IMAGES,
    columns=(
        text("image_id", "Id (ami-…).", _IMAGES),
        flag("public", "Every AWS account may start instances of it.", _IMAGES, False),
        text("state", "available, disabled …", _IMAGES),
        text("platform", "Platform, such as Linux/UNIX.", _IMAGES),
        text("imds_support", "v2.0 when instances of it demand IMDSv2 from the start; else empty.", _IMAGES),
        text("created_at", "When it was made, as AWS writes it.", _IMAGES),
        document("snapshots", "Snapshots its volumes are made from.", _IMAGES, []),
        document("tags", "Tags as an object.", _IMAGES, {}),
        document("shared_accounts", "Accounts that may start instances of it.", _IMAGE, []),
        document("shared_organizations", "ARNs of organizations and units that may.", _IMAGE, []),
    ),
)


def _stamp(value: Any) -> float | None:
    return value.timestamp() if value else None


def _volumes(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("Volumes", []):
        name = one.get("VolumeId")
        if not name:
            continue
        uid = scope.arn("ec2", f"volume/{name}")
        row = Row(VOLUME, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _VOLUMES,
            {
                "volume_id": name,
                "encrypted": one.get("Encrypted"),
                "kms_key": one.get("KmsKeyId"),
                "state": one.get("State"),
                "size_gib": one.get("Size"),
                "volume_type": one.get("VolumeType"),
                "snapshot_id": one.get("SnapshotId"),
                "instances": [at["InstanceId"] for at in one.get("Attachments", []) if at.get("InstanceId")],
                "created_at": _stamp(one.get("CreateTime")),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _snapshot_pages(api: Api, scope: Scope) -> Iterator[Answer]:
    """Snapshots of the account, each page with the ids of those that AWS counts as public.

    Asking each of ten thousand snapshots for its permissions takes a quarter of an hour at EC2's rate; this is one
    more listing. Only what it names is asked for its permissions. Where it fails, each is asked.
    """
    public: list[str] | None
    try:
        public = [
            str(one.get("SnapshotId"))
            for page in api.pages(
                _SNAPSHOTS, scope.region, OwnerIds=["self"], RestorableByUserIds=["all"], MaxResults=1000
            )
            for one in page.get("Snapshots", [])
        ]
    except CallFailed as failed:
        if failed.outcome is Outcome.CANCELLED:
            raise
        public = None
    for page in api.pages(_SNAPSHOTS, scope.region, OwnerIds=["self"], MaxResults=1000):
        yield page if public is None else {**page, "PublicSnapshotIds": public}


def _snapshots(page: Answer, scope: Scope) -> Iterable[Row]:
    listed = page.get("PublicSnapshotIds")
    public = None if listed is None else set(listed)
    for one in page.get("Snapshots", []):
        name = one.get("SnapshotId")
        if not name:
            continue
        # The owner's account number is not part of the ARN of a snapshot.
        uid = scope.arn("ec2", f"snapshot/{name}", account="")
        row = Row(SNAPSHOT, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _SNAPSHOTS,
            {
                "snapshot_id": name,
                "encrypted": one.get("Encrypted"),
                "kms_key": one.get("KmsKeyId"),
                "volume_id": one.get("VolumeId"),
                "size_gib": one.get("VolumeSize"),
                "state": one.get("State"),
                "storage_tier": one.get("StorageTier"),
                "description": one.get("Description"),
                "started_at": _stamp(one.get("StartTime")),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        row.context["ask"] = public is None or name in public
        yield row


def _create_permissions(answer: Answer, row: Row) -> Mapping[str, Any]:
    granted = answer.get("CreateVolumePermissions")
    if granted is None:
        return {}
    return {
        "public": any(one.get("Group") == "all" for one in granted),
        "shared_with": sorted(str(one["UserId"]) for one in granted if one.get("UserId")),
    }


def _images(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("Images", []):
        name = one.get("ImageId")
        if not name:
            continue
        disks = [disk.get("Ebs", {}).get("SnapshotId") for disk in one.get("BlockDeviceMappings", [])]
        uid = scope.arn("ec2", f"image/{name}", account="")
        row = Row(IMAGE, uid, scope.account, scope.region, one.get("Name") or name_of(one.get("Tags"), name))
        row.fill(
            _IMAGES,
            {
                "image_id": name,
                "public": one.get("Public"),
                "state": one.get("State"),
                "platform": one.get("PlatformDetails"),
                "imds_support": one.get("ImdsSupport"),
                "created_at": one.get("CreationDate"),
                "snapshots": [str(disk) for disk in disks if disk],
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _launch_permissions(answer: Answer, row: Row) -> Mapping[str, Any]:
    granted = answer.get("LaunchPermissions")
    if granted is None:
        return {}
    units = [one.get("OrganizationArn") or one.get("OrganizationalUnitArn") for one in granted]
    return {
        "shared_accounts": sorted(str(one["UserId"]) for one in granted if one.get("UserId")),
        "shared_organizations": sorted(str(unit) for unit in units if unit),
    }


def _id(row: Row) -> str:
    return row.uid.rpartition("/")[2]


SERVICE = Service(
    name="ec2_storage",
    title="EC2 volumes, snapshots and images",
    tables=(VOLUME, SNAPSHOT, IMAGE),
    listings=(
        Listing(
            _VOLUMES,
            (VOLUME,),
            _volumes,
            arguments={"MaxResults": 500},
            narrow=lambda row: {"VolumeIds": [_id(row)]},
        ),
        Listing(
            _SNAPSHOTS,
            (SNAPSHOT,),
            _snapshots,
            fetch=_snapshot_pages,
            narrow=lambda row: {"SnapshotIds": [_id(row)]},
        ),
        Listing(
            _IMAGES,
            (IMAGE,),
            _images,
            arguments={"Owners": ["self"], "MaxResults": 1000},
            narrow=lambda row: {"ImageIds": [_id(row)]},
        ),
    ),
    details=(
        Detail(
            _SNAPSHOT,
            SNAPSHOT,
            lambda row: {"SnapshotId": _id(row), "Attribute": "createVolumePermission"},
            _create_permissions,
            when=lambda row: bool(row.context.get("ask", True)),
        ),
        Detail(
            _IMAGE,
            IMAGE,
            lambda row: {"ImageId": _id(row), "Attribute": "launchPermission"},
            _launch_permissions,
        ),
    ),
)
