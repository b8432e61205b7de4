"""EC2: instances and network interfaces.

User data is looked through where it is read and not kept: it may hold any secret, also one that no pattern knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.services.ec2_ip_permissions import is_local_v6
from backend.inventory.aws.tags import name_of, tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.mask import mask_user_data
from backend.inventory.table import UNKNOWN, ResourceTable, document, flag, integer, moment, text
from backend.secret_text import Unreadable, text_spans, unpack

_INSTANCES = "ec2.DescribeInstances"
_ATTRIBUTE = "ec2.DescribeInstanceAttribute"
_INTERFACES = "ec2.DescribeNetworkInterfaces"

INSTANCE = ResourceTable(
    name="aws_ec2_instance",
    title="EC2 instance",
    service="ec2",
    listing=_INSTANCES,
    columns=(
        text("instance_id", "Id (i-…).", _INSTANCES),
        text("state", "pending, running, stopping or stopped.", _INSTANCES),
        text("instance_type", "Type, such as t3.micro.", _INSTANCES),
        text("image_id", "AMI it was made from.", _INSTANCES),
        text("platform", "windows, or empty.", _INSTANCES),
        text("key_name", "Name of the SSH key pair; empty when it has none.", _INSTANCES),
        moment("launched_at", "Last start.", _INSTANCES),
        text("vpc_id", "VPC it runs in.", _INSTANCES),
        text("subnet_id", "Subnet of its first network interface.", _INSTANCES),
        text("private_ip", "Private IPv4 address.", _INSTANCES),
        document("public_ips", "Public IPv4 addresses of all its interfaces.", _INSTANCES, []),
        document("ipv6_addresses", "IPv6 addresses of all its interfaces.", _INSTANCES, []),
        document("security_groups", "Ids of the security groups of all its interfaces.", _INSTANCES, []),
        text("instance_profile", "ARN of the instance profile; empty when it has none.", _INSTANCES),
        text("http_endpoint", "Metadata service: enabled or disabled.", _INSTANCES, UNKNOWN),
        text("http_tokens", "Metadata session tokens: required (IMDSv2 only) or optional.", _INSTANCES, UNKNOWN),
        integer("hop_limit", "Hops an answer of the metadata service may travel.", _INSTANCES),
        text("monitoring", "Detailed monitoring: enabled or disabled.", _INSTANCES),
        document("tags", "Tags as an object.", _INSTANCES, {}),
        flag("has_user_data", "It was given user data.", _ATTRIBUTE, False),
        flag("user_data_has_secret", "Its user data holds a secret; unknown when packed beyond reading.", _ATTRIBUTE),
        document("user_data_secret_lines", "Lines of the user data that hold a secret.", _ATTRIBUTE, []),
    ),
)

INTERFACE = ResourceTable(
    name="aws_ec2_network_interface",
    title="EC2 network interface",
    service="ec2",
    listing=_INTERFACES,
    columns=(
        text("interface_id", "Id (eni-…).", _INTERFACES),
        text("instance_id", "Instance it is attached to; empty when to none.", _INTERFACES),
        text("interface_type", "interface, nat_gateway, lambda, vpc_endpoint …", _INTERFACES),
        text("status", "available, in-use …", _INTERFACES),
        text("description", "Description; AWS services say here what it is for.", _INTERFACES),
        text("vpc_id", "VPC.", _INTERFACES),
        text("subnet_id", "Subnet.", _INTERFACES),
        document("public_ips", "Public IPv4 addresses.", _INTERFACES, []),
        document("ipv6_addresses", "IPv6 addresses.", _INTERFACES, []),
        document(
            "internet_families", "ipv4 and ipv6, where it has an address the internet can route.", _INTERFACES, []
        ),
        document("security_groups", "Ids of its security groups.", _INTERFACES, []),
        document("tags", "Tags as an object.", _INTERFACES, {}),
    ),
)

_GONE = ("terminated", "shutting-down")


def _instances(page: Answer, scope: Scope) -> Iterable[Row]:
    for reservation in page.get("Reservations", []):
        for one in reservation.get("Instances", []):
            state = one.get("State", {}).get("Name")
            if one.get("InstanceId") and state not in _GONE:
                yield _instance(one, state, scope)


def _instance(one: Mapping[str, Any], state: Any, scope: Scope) -> Row:
    name = one["InstanceId"]
    interfaces = one.get("NetworkInterfaces", [])
    options = one.get("MetadataOptions", {})
    launched = one.get("LaunchTime")
    groups = [*one.get("SecurityGroups", []), *(group for inner in interfaces for group in inner.get("Groups", []))]
    row = Row(
        INSTANCE, scope.arn("ec2", f"instance/{name}"), scope.account, scope.region, name_of(one.get("Tags"), name)
    )
    row.fill(
        _INSTANCES,
        {
            "instance_id": name,
            "state": state,
            "instance_type": one.get("InstanceType"),
            "image_id": one.get("ImageId"),
            "platform": str(one.get("Platform") or "").lower(),
            "key_name": one.get("KeyName"),
            "launched_at": launched.timestamp() if launched else None,
            "vpc_id": one.get("VpcId"),
            "subnet_id": one.get("SubnetId"),
            "private_ip": one.get("PrivateIpAddress"),
            "public_ips": _unique([one.get("PublicIpAddress"), *_public_of(interfaces)]),
            "ipv6_addresses": _unique([one.get("Ipv6Address"), *_v6_of(interfaces)]),
            "security_groups": _unique(group.get("GroupId") for group in groups),
            "instance_profile": one.get("IamInstanceProfile", {}).get("Arn"),
            "http_endpoint": options.get("HttpEndpoint"),
            "http_tokens": options.get("HttpTokens"),
            "hop_limit": options.get("HttpPutResponseHopLimit"),
            "monitoring": one.get("Monitoring", {}).get("State"),
            "tags": tags_of(one.get("Tags")),
        },
        one,
    )
    return row


def _interfaces(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("NetworkInterfaces", []):
        name = one.get("NetworkInterfaceId")
        if not name:
            continue
        public, v6 = _unique(_public_of([one])), _unique(_v6_of([one]))
        families = ["ipv4"] if public else []
        families += ["ipv6"] if any(not is_local_v6(address) for address in v6) else []
        uid = scope.arn("ec2", f"network-interface/{name}")
        row = Row(INTERFACE, uid, scope.account, scope.region, name_of(one.get("TagSet"), name))
        row.fill(
            _INTERFACES,
            {
                "interface_id": name,
                "instance_id": one.get("Attachment", {}).get("InstanceId"),
                "interface_type": one.get("InterfaceType"),
                "status": one.get("Status"),
                "description": one.get("Description"),
                "vpc_id": one.get("VpcId"),
                "subnet_id": one.get("SubnetId"),
                "public_ips": public,
                "ipv6_addresses": v6,
                "internet_families": families,
                "security_groups": _unique(group.get("GroupId") for group in one.get("Groups", [])),
                "tags": tags_of(one.get("TagSet")),
            },
            one,
        )
        yield row


def _public_of(interfaces: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    """Public addresses of interfaces: each of their private addresses may have one of its own."""
    for one in interfaces:
        yield one.get("Association", {}).get("PublicIp")
        for private in one.get("PrivateIpAddresses", []):
            yield private.get("Association", {}).get("PublicIp")


def _v6_of(interfaces: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    for one in interfaces:
        yield one.get("Ipv6Address")
        for address in one.get("Ipv6Addresses", []):
            yield address.get("Ipv6Address")


def _unique(values: Iterable[Any]) -> list[str]:
    return sorted({str(value) for value in values if value})


def _user_data(answer: Answer, row: Row) -> Mapping[str, Any]:
    data = answer.get("UserData", {}).get("Value") or ""
    if not data:
        return {"user_data_has_secret": False}
    _, secret = mask_user_data(data)
    return {"has_user_data": True, "user_data_has_secret": secret, "user_data_secret_lines": _secret_lines(data)}


def _secret_lines(data: str) -> list[int]:
    try:
        plain = unpack(data)
    except Unreadable:
        return []
    return sorted({plain.count("\n", 0, start) + 1 for start, _ in text_spans(plain)})


def _without_user_data(answer: Answer) -> Mapping[str, Any]:
    return {name: value for name, value in answer.items() if name != "UserData"}


SERVICE = Service(
    name="ec2_instances",
    title="EC2 instances",
    tables=(INSTANCE, INTERFACE),
    listings=(
        Listing(
            _INSTANCES,
            (INSTANCE,),
            _instances,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"InstanceIds": [row.uid.rpartition("/")[2]]},
        ),
        Listing(
            _INTERFACES,
            (INTERFACE,),
            _interfaces,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"NetworkInterfaceIds": [row.uid.rpartition("/")[2]]},
        ),
    ),
    details=(
        Detail(
            _ATTRIBUTE,
            INSTANCE,
            lambda row: {"InstanceId": row.uid.rpartition("/")[2], "Attribute": "userData"},
            _user_data,
            kept=_without_user_data,
        ),
    ),
)
