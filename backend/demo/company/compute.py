"""Servers: front ends and services as they should be, a bastion and a Windows host that everybody forgot."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from backend.demo.company.network import House, house

# Made up for the demo: a key of this shape that no account has.
_BOOT = """#!/bin/bash
set -e
yum install -y nginx
export APP_ENV=staging
export DB_PASSWORD='Quill-and-Ink-1897'
aws s3 cp s3://mf-staging-artifacts/catalogue.tar.gz /opt/
"""
_PLAIN_BOOT = "#!/bin/bash\nyum install -y nginx\nsystemctl enable --now nginx\n"

# Name -> (subnet, groups, public address, IMDSv2 only, user data)
_SERVERS: dict[str, tuple[str, tuple[str, ...], bool, bool, str]] = {
    "mf-prod-web-1": ("mf-prod-private-a", ("mf-prod-web",), False, True, _PLAIN_BOOT),
    "mf-prod-web-2": ("mf-prod-private-b", ("mf-prod-web",), False, True, _PLAIN_BOOT),
    "mf-prod-orders-1": ("mf-prod-private-a", ("mf-prod-app",), False, True, ""),
    "mf-prod-catalogue-1": ("mf-prod-private-b", ("mf-prod-app",), False, True, ""),
    "mf-prod-search-1": ("mf-prod-private-a", ("mf-prod-search",), False, True, ""),
    "mf-prod-bastion": ("mf-prod-public-a", ("mf-prod-bastion",), True, True, ""),
    "mf-prod-bastion-old": ("mf-prod-public-b", ("mf-legacy-bastion",), True, False, ""),
    "mf-staging-catalogue-1": ("mf-staging-private-a", ("mf-staging-app",), False, True, _BOOT),
    "mf-staging-testers": ("mf-staging-public-a", ("mf-staging-db", "mf-staging-web"), True, False, ""),
    "mf-quillmark-jump": ("mf-quillmark-public-a", ("mf-windows-jump",), True, False, ""),
    "mf-quillmark-files": ("mf-quillmark-private-a", ("mf-quillmark-servers",), False, False, ""),
}
_WITHOUT_PROFILE = ("mf-prod-bastion-old", "mf-staging-testers", "mf-quillmark-jump", "mf-quillmark-files")


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Instances, volumes, snapshots, images; encryption by default in the first region only."""
    profile = _profile(aws("iam", regions[0]))
    for region in regions:
        ec2 = aws("ec2", region)
        servers = _servers(ec2, house(aws, region), profile)
        _disks(ec2, region)
        _images(ec2, servers)
    aws("ec2", regions[0]).enable_ebs_encryption_by_default()


def _profile(iam: Any) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
    iam.create_role(RoleName="mf-prod-server", AssumeRolePolicyDocument=json.dumps(trust))
    made = iam.create_instance_profile(InstanceProfileName="mf-prod-server")
    iam.add_role_to_instance_profile(InstanceProfileName="mf-prod-server", RoleName="mf-prod-server")
    return str(made["InstanceProfile"]["Arn"])


def _servers(ec2: Any, house: House, profile: str) -> dict[str, str]:
    # Without an image of the region's own, moto takes any id.
    image = ec2.register_image(Name="mf-base-2026-03", RootDeviceName="/dev/xvda", Architecture="x86_64")["ImageId"]
    ids: dict[str, str] = {}
    for name, (subnet, groups, public, tokens, boot) in _SERVERS.items():
        if subnet not in house.subnets:
            continue
        interface = {
            "DeviceIndex": 0,
            "SubnetId": house.subnets[subnet],
            "Groups": [house.groups[group] for group in groups],
            "AssociatePublicIpAddress": public,
            "DeleteOnTermination": True,
        }
        more: dict[str, Any] = {} if name in _WITHOUT_PROFILE else {"IamInstanceProfile": {"Arn": profile}}
        if boot:
            # cloud-init takes it packed as well, and then no reviewer sees it
            more["UserData"] = boot if boot is not _BOOT else _packed(boot)
        disk = {"VolumeSize": 16, "VolumeType": "gp3", "Encrypted": "prod" in name}
        ids[name] = ec2.run_instances(
            ImageId=image,
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": disk}],
            InstanceType="t3.small",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[interface],
            MetadataOptions={"HttpTokens": "required" if tokens else "optional", "HttpEndpoint": "enabled"},
            TagSpecifications=_tags("instance", name),
            **more,
        )["Instances"][0]["InstanceId"]
    return ids


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _disks(ec2: Any, region: str) -> None:
    """Data volumes with their nightly snapshots."""
    for name, encrypted in (
        ("mf-prod-orders-data", True),
        ("mf-prod-catalogue-data", True),
        ("mf-prod-search-data", True),
        ("mf-staging-catalogue-data", False),
    ):
        volume = ec2.create_volume(
            AvailabilityZone=f"{region}a",
            Size=100,
            VolumeType="gp3",
            Encrypted=encrypted,
            TagSpecifications=_tags("volume", name),
        )["VolumeId"]
        for night in ("mon", "tue", "wed"):
            ec2.create_snapshot(
                VolumeId=volume, Description=f"{name} {night}", TagSpecifications=_tags("snapshot", f"{name}-{night}")
            )
    volume = ec2.create_volume(
        AvailabilityZone=f"{region}a", Size=20, TagSpecifications=_tags("volume", "mf-book-covers")
    )
    shared = ec2.create_snapshot(
        VolumeId=volume["VolumeId"],
        Description="Covers for the hackathon teams",
        TagSpecifications=_tags("snapshot", "mf-hackathon-covers"),
    )["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=shared, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )


def _images(ec2: Any, servers: dict[str, str]) -> None:
    ec2.create_image(InstanceId=servers["mf-prod-web-1"], Name="mf-web-2026-03")
    ec2.create_image(InstanceId=servers["mf-prod-orders-1"], Name="mf-orders-2026-03")
    open_image = ec2.create_image(InstanceId=servers["mf-staging-catalogue-1"], Name="mf-hackathon-starter")["ImageId"]
    ec2.modify_image_attribute(ImageId=open_image, LaunchPermission={"Add": [{"Group": "all"}]})


def _tags(kind: str, name: str) -> list[dict[str, Any]]:
    environment = "production" if "prod" in name or "quillmark" in name else "staging"
    owner = "imogen.hart" if environment == "production" else "theo.brandt"
    tags = {"Name": name, "Environment": environment, "Owner": f"{owner}@marlowe-finch.example"}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
