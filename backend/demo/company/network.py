"""Networks: a production VPC that was planned, a staging one that grew, and what came with an acquired company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_ACCOUNT = "123456789012"
_OFFICE = "198.51.100.0/24"
_WORLD = "0.0.0.0/0"
_WORLD_V6 = "::/0"

_VPCS = {"mf-prod": "10.20.0.0/16", "mf-staging": "10.30.0.0/16", "mf-quillmark": "10.90.0.0/16"}
_ACQUIRED = ("mf-quillmark", "eu-west-1")  # the acquired company's servers stand in one region only

# Name -> (VPC, description, [(protocol, first port, last port, source)]); a source is a range or a group's name.
_GROUPS: dict[str, tuple[str, str, list[tuple[str, int, int, str]]]] = {
    "mf-prod-edge": ("mf-prod", "Load balancers", [("tcp", 443, 443, _WORLD), ("tcp", 443, 443, _WORLD_V6)]),
    "mf-prod-web": ("mf-prod", "Shop front ends", [("tcp", 8443, 8443, "mf-prod-edge")]),
    "mf-prod-app": ("mf-prod", "Order and catalogue services", [("tcp", 8080, 8090, "mf-prod-web")]),
    "mf-prod-db": ("mf-prod", "Databases", [("tcp", 5432, 5432, "mf-prod-app")]),
    "mf-prod-cache": ("mf-prod", "Redis", [("tcp", 6379, 6379, "mf-prod-app")]),
    "mf-prod-search": ("mf-prod", "Book search", [("tcp", 9200, 9300, "mf-prod-app")]),
    "mf-prod-bastion": ("mf-prod", "Way in for operations", [("tcp", 22, 22, _OFFICE)]),
    "mf-prod-events": ("mf-prod", "Kafka", [("tcp", 9092, 9098, "mf-prod-app")]),
    "mf-prod-batch": ("mf-prod", "Nightly jobs", []),
    "mf-prod-endpoints": ("mf-prod", "VPC endpoints", [("tcp", 443, 443, "10.20.0.0/16")]),
    "mf-legacy-bastion": ("mf-prod", "Old way in, to be removed", [("tcp", 22, 22, _WORLD)]),
    "mf-staging-web": ("mf-staging", "Staging front ends", [("tcp", 443, 443, _OFFICE), ("tcp", 8080, 8080, _WORLD)]),
    "mf-staging-app": ("mf-staging", "Staging services", [("tcp", 8080, 8090, "mf-staging-web")]),
    "mf-staging-db": (
        "mf-staging",
        "Opened for the offshore testers",
        [("tcp", 5432, 5432, _WORLD), ("tcp", 3306, 3306, _WORLD)],
    ),
    "mf-staging-cache": (
        "mf-staging",
        "Redis and memcached",
        [("tcp", 6379, 6379, _WORLD), ("udp", 11211, 11211, _WORLD)],
    ),
    "mf-staging-search": ("mf-staging", "Kibana for everybody", [("tcp", 5601, 5601, _WORLD_V6)]),
    "mf-staging-runner": ("mf-staging", "Build runners", [("tcp", 2376, 2376, "10.30.0.0/16")]),
    "mf-hackathon-2023": ("mf-staging", "Just for the weekend", [("-1", -1, -1, _WORLD), ("-1", -1, -1, _WORLD_V6)]),
    # The internet in two halves: it passed the review that looked for 0.0.0.0/0.
    "mf-windows-jump": ("mf-quillmark", "RDP", [("tcp", 3389, 3389, "0.0.0.0/1"), ("tcp", 3389, 3389, "128.0.0.0/1")]),
    "mf-quillmark-servers": (
        "mf-quillmark",
        "As it was in the old data centre",
        [
            ("tcp", 20, 21, _WORLD),
            ("tcp", 23, 23, _WORLD),
            ("tcp", 445, 445, _WORLD),
            ("tcp", 1433, 1433, _WORLD),
            ("tcp", 1521, 1521, _WORLD),
            ("udp", 389, 389, _WORLD),
            ("tcp", 88, 88, _WORLD),
            ("tcp", 5900, 5901, _WORLD),
        ],
    ),
    "mf-quillmark-data": (
        "mf-quillmark",
        "Cluster nodes",
        [("tcp", 7199, 7199, _WORLD), ("tcp", 9092, 9092, _WORLD), ("tcp", 27017, 27018, _WORLD)],
    ),
    "mf-quillmark-office": ("mf-quillmark", "Office printers", [("tcp", 9100, 9100, _OFFICE)]),
}


@dataclass(frozen=True)
class House:
    """The ids of a region: VPCs, security groups and subnets by name ('mf-prod-public-a')."""

    vpcs: dict[str, str]
    groups: dict[str, str]
    subnets: dict[str, str]


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """VPCs, subnets, routes, ACLs, security groups, flow logs, peerings."""
    for region in regions:
        house(aws, region)


def house(aws: Callable[[str, str], Any], region: str) -> House:
    """The networks of a region, built at the first call: the modules run in any order."""
    ec2 = aws("ec2", region)
    found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": list(_VPCS)}])["Vpcs"]
    if not found:
        return _build(ec2, aws("logs", region), region)
    ids = [one["VpcId"] for one in found]
    inside = [{"Name": "vpc-id", "Values": ids}]
    return House(
        {_name(one): one["VpcId"] for one in found},
        {one["GroupName"]: one["GroupId"] for one in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]},
        {_name(one): one["SubnetId"] for one in ec2.describe_subnets(Filters=inside)["Subnets"]},
    )


def _build(ec2: Any, logs: Any, region: str) -> House:
    vpcs = {
        name: ec2.create_vpc(CidrBlock=cidr, TagSpecifications=_tags("vpc", name))["Vpc"]["VpcId"]
        for name, cidr in _VPCS.items()
        if name != _ACQUIRED[0] or region == _ACQUIRED[1]
    }
    subnets = _subnets(ec2, region, vpcs)
    groups = _groups(ec2, vpcs)
    _routes(ec2, vpcs, subnets)
    _acl(ec2, vpcs, subnets)
    _flow_logs(ec2, logs, vpcs)
    _close_default_group(ec2, vpcs["mf-prod"])
    if "mf-quillmark-office" in groups:
        _partners(ec2, groups["mf-quillmark-office"])
    _peerings(ec2, vpcs)
    return House(vpcs, groups, subnets)


def _subnets(ec2: Any, region: str, vpcs: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for vpc in vpcs:
        start = _VPCS[vpc].rsplit(".", 2)[0]
        for number, kind in enumerate(("public-a", "public-b", "private-a", "private-b")):
            name = f"{vpc}-{kind}"
            found[name] = ec2.create_subnet(
                VpcId=vpcs[vpc],
                CidrBlock=f"{start}.{number * 16}.0/20",
                AvailabilityZone=region + kind[-1],
                TagSpecifications=_tags("subnet", name),
            )["Subnet"]["SubnetId"]
            if kind == "public-a" and vpc != "mf-prod":
                ec2.modify_subnet_attribute(SubnetId=found[name], MapPublicIpOnLaunch={"Value": True})
    return found


def _groups(ec2: Any, vpcs: Mapping[str, str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    kept = {name: group for name, group in _GROUPS.items() if group[0] in vpcs}
    for name, (vpc, description, _) in kept.items():
        ids[name] = ec2.create_security_group(
            GroupName=name, Description=description, VpcId=vpcs[vpc], TagSpecifications=_tags("security-group", name)
        )["GroupId"]
    for name, (_, _, rules) in kept.items():
        if rules:
            permissions = [_permission(protocol, low, high, source, ids) for protocol, low, high, source in rules]
            ec2.authorize_security_group_ingress(GroupId=ids[name], IpPermissions=permissions)
    return ids


def _permission(protocol: str, low: int, high: int, source: str, ids: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        rule |= {"FromPort": low, "ToPort": high}
    if source in ids:
        rule["UserIdGroupPairs"] = [{"GroupId": ids[source]}]
    elif ":" in source:
        rule["Ipv6Ranges"] = [{"CidrIpv6": source}]
    else:
        rule["IpRanges"] = [{"CidrIp": source}]
    return rule


def _routes(ec2: Any, vpcs: Mapping[str, str], subnets: Mapping[str, str]) -> None:
    """Public subnets get a table with a way out; private ones keep the main table, which has none."""
    for vpc, vpc_id in vpcs.items():
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
        table = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=_tags("route-table", f"{vpc}-public"))
        table_id = table["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=_WORLD, GatewayId=gateway)
        for kind in ("public-a", "public-b"):
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnets[f"{vpc}-{kind}"])


def _acl(ec2: Any, vpcs: Mapping[str, str], subnets: Mapping[str, str]) -> None:
    """Production's own subnets are guarded by an ACL; all else keeps the default, which lets everything through."""
    made = ec2.create_network_acl(VpcId=vpcs["mf-prod"], TagSpecifications=_tags("network-acl", "mf-prod-private"))
    acl = made["NetworkAcl"]["NetworkAclId"]
    inward: Iterable[tuple[int, str, str, str]] = (
        (100, "allow", "-1", "10.20.0.0/16"),
        (110, "deny", "-1", "10.0.0.0/8"),
        (200, "allow", "6", _WORLD),  # answers to what the services ask the internet
    )
    for number, action, protocol, cidr in inward:
        span = {"PortRange": {"From": 1024, "To": 65535}} if protocol == "6" else {}
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Protocol=protocol,
            RuleAction=action,
            Egress=False,
            CidrBlock=cidr,
            **span,
        )
    # Remote desktop lies above 1023 as well, so it is refused before the answers are let in.
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=150,
        Protocol="6",
        RuleAction="deny",
        Egress=False,
        CidrBlock=_WORLD,
        PortRange={"From": 3389, "To": 3389},
    )
    ec2.create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=100, Protocol="-1", RuleAction="allow", Egress=True, CidrBlock=_WORLD
    )
    guarded = [subnets["mf-prod-private-a"], subnets["mf-prod-private-b"]]
    for one in ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": guarded}])["NetworkAcls"]:
        for association in one["Associations"]:
            if association["SubnetId"] in guarded:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
                )


def _flow_logs(ec2: Any, logs: Any, vpcs: Mapping[str, str]) -> None:
    logs.create_log_group(logGroupName="/mf/prod/flow-logs")
    logs.put_retention_policy(logGroupName="/mf/prod/flow-logs", retentionInDays=400)
    ec2.create_flow_logs(
        ResourceIds=[vpcs["mf-prod"]],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogGroupName="/mf/prod/flow-logs",
        DeliverLogsPermissionArn=f"arn:aws:iam::{_ACCOUNT}:role/mf-flow-logs",
    )


def _close_default_group(ec2: Any, vpc: str) -> None:
    """Production's default group admits nothing, as it should; elsewhere it is as AWS made it."""
    inside = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    group = ec2.describe_security_groups(Filters=inside)["SecurityGroups"][0]
    if group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])


def _partners(ec2: Any, group: str) -> None:
    """A prefix list that was narrow once: somebody added the whole internet to it, and no group shows that."""
    made = ec2.create_managed_prefix_list(
        PrefixListName="mf-partners",
        AddressFamily="IPv4",
        MaxEntries=10,
        Entries=[
            {"Cidr": "203.0.113.0/28", "Description": "Printer in Leeds"},
            {"Cidr": _WORLD, "Description": "temporary"},
        ],
    )
    entry = [{"PrefixListId": made["PrefixList"]["PrefixListId"], "Description": "Printers we work with"}]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 21, "ToPort": 21, "PrefixListIds": entry}]
    )


def _peerings(ec2: Any, vpcs: Mapping[str, str]) -> None:
    """Production reaches two hosts of staging; the acquired network reaches all of production."""
    for asking, asked, destination in (
        ("mf-prod", "mf-staging", "10.30.32.16/28"),
        ("mf-quillmark", "mf-prod", _VPCS["mf-prod"]),
    ):
        if asking not in vpcs:
            continue
        made = ec2.create_vpc_peering_connection(
            VpcId=vpcs[asking],
            PeerVpcId=vpcs[asked],
            TagSpecifications=_tags("vpc-peering-connection", f"{asking}-to-{asked}"),
        )
        peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        inside = [{"Name": "vpc-id", "Values": [vpcs[asking]]}, {"Name": "association.main", "Values": ["true"]}]
        table = ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, VpcPeeringConnectionId=peering)


def _tags(kind: str, name: str) -> list[dict[str, Any]]:
    environment = "staging" if "staging" in name or "hackathon" in name else "production"
    owner = "imogen.hart" if environment == "production" else "theo.brandt"
    tags = {"Name": name, "Environment": environment, "Owner": f"{owner}@marlowe-finch.example"}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def _name(one: Mapping[str, Any]) -> str:
    return next((str(tag["Value"]) for tag in one.get("Tags", []) if tag["Key"] == "Name"), "")
