"""VPC: route tables with their routes, and network ACLs with their entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.services.ec2_ip_permissions import family_of, ports_of, protocol_of, range_of
from backend.inventory.aws.tags import name_of, tags_of
from backend.inventory.collector import Answer, Listing, Row, Scope, Service
from backend.inventory.table import UNKNOWN, ResourceTable, document, flag, integer, text

_TABLES = "ec2.DescribeRouteTables"
_ACLS = "ec2.DescribeNetworkAcls"

ROUTE_TABLE = ResourceTable(
    name="aws_vpc_route_table",
    title="VPC route table",
    service="vpc",
    listing=_TABLES,
    columns=(
        text("route_table_id", "Id (rtb-…).", _TABLES),
        text("vpc_id", "VPC.", _TABLES),
        flag("main", "It holds for the VPC's subnets that have none of their own.", _TABLES, False),
        document("subnets", "Subnets it is given to by name.", _TABLES, []),
        document("tags", "Tags as an object.", _TABLES, {}),
    ),
)

ROUTE = ResourceTable(
    name="aws_vpc_route",
    title="VPC route",
    service="vpc",
    listing=_TABLES,
    columns=(
        text("route_table_id", "Route table it stands in.", _TABLES),
        text("vpc_id", "VPC of that table.", _TABLES),
        text("destination_cidr", "Range it speaks of; empty when it names a prefix list.", _TABLES),
        text("destination_prefix_list", "Prefix list it speaks of.", _TABLES),
        text("family", "ipv4 or ipv6; empty for a prefix list.", _TABLES),
        text(
            "target_type",
            "local, internet_gateway, nat_gateway, egress_only_gateway, peering, transit_gateway, vpn_gateway,"
            " endpoint, instance, interface, carrier_gateway, local_gateway, core_network or other.",
            _TABLES,
        ),
        text("target", "Id of what the traffic is sent to.", _TABLES),
        text("state", "active or blackhole.", _TABLES),
    ),
)

ACL = ResourceTable(
    name="aws_ec2_network_acl",
    title="VPC network ACL",
    service="vpc",
    listing=_ACLS,
    columns=(
        text("network_acl_id", "Id (acl-…).", _ACLS),
        text("vpc_id", "VPC.", _ACLS),
        flag("is_default", "It is the VPC's default one.", _ACLS, False),
        document("subnets", "Subnets it guards.", _ACLS, []),
        document("tags", "Tags as an object.", _ACLS, {}),
    ),
)

ENTRY = ResourceTable(
    name="aws_ec2_network_acl_entry",
    title="VPC network ACL entry",
    service="vpc",
    listing=_ACLS,
    columns=(
        text("network_acl_id", "Network ACL it stands in.", _ACLS),
        text("direction", "ingress or egress.", _ACLS),
        integer("rule_number", "Entries are tried from the lowest number up; the first that fits decides.", _ACLS),
        text("action", "allow or deny.", _ACLS),
        text("protocol", "tcp, udp, icmp, icmpv6, another protocol's number, or -1 for all.", _ACLS, UNKNOWN),
        integer("from_port", "First port; 0 where all are meant, -1 for protocols without ports.", _ACLS),
        integer("to_port", "Last port; 65535 where all are meant, -1 for protocols without ports.", _ACLS),
        text("family", "ipv4 or ipv6.", _ACLS),
        text("cidr", "Range.", _ACLS),
    ),
)

# The member of a route that names its target, and what kind of target that is. The first that is there counts.
_TARGETS = (
    ("VpcPeeringConnectionId", "peering"),
    ("NatGatewayId", "nat_gateway"),
    ("TransitGatewayId", "transit_gateway"),
    ("EgressOnlyInternetGatewayId", "egress_only_gateway"),
    ("CarrierGatewayId", "carrier_gateway"),
    ("LocalGatewayId", "local_gateway"),
    ("CoreNetworkArn", "core_network"),
    ("InstanceId", "instance"),
    ("NetworkInterfaceId", "interface"),
)
_GATEWAYS = {"igw": "internet_gateway", "vgw": "vpn_gateway", "vpce": "endpoint", "local": "local"}


def _target(route: Mapping[str, Any]) -> tuple[str, str]:
    gateway = str(route.get("GatewayId") or "")
    if gateway:
        return _GATEWAYS.get(gateway.partition("-")[0], "other"), gateway
    for member, kind in _TARGETS:
        if route.get(member):
            return kind, str(route[member])
    return "other", ""


def _route_tables(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("RouteTables", []):
        name = one.get("RouteTableId")
        if not name:
            continue
        uid = scope.arn("ec2", f"route-table/{name}", account=one.get("OwnerId") or None)
        associations = one.get("Associations", [])
        row = Row(ROUTE_TABLE, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _TABLES,
            {
                "route_table_id": name,
                "vpc_id": one.get("VpcId"),
                "main": any(each.get("Main") for each in associations),
                "subnets": sorted(str(each["SubnetId"]) for each in associations if each.get("SubnetId")),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row
        yield from _routes(row, name, one)


def _routes(table: Row, table_id: str, found: Mapping[str, Any]) -> Iterator[Row]:
    for route in found.get("Routes", []):
        cidr = range_of(route, "DestinationCidrBlock", "DestinationIpv6CidrBlock")
        listed = str(route.get("DestinationPrefixListId") or "")
        kind, target = _target(route)
        destination = cidr or listed
        if not destination:
            continue
        uid = f"{table.uid}/route/{destination}"
        row = Row(ROUTE, uid, table.account, table.region, f"{table.name} to {destination}")
        row.fill(
            _TABLES,
            {
                "route_table_id": table_id,
                "vpc_id": found.get("VpcId"),
                "destination_cidr": cidr,
                "destination_prefix_list": listed,
                "family": family_of(cidr),
                "target_type": kind,
                "target": target,
                "state": route.get("State"),
            },
        )
        yield row


def _acls(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("NetworkAcls", []):
        name = one.get("NetworkAclId")
        if not name:
            continue
        uid = scope.arn("ec2", f"network-acl/{name}", account=one.get("OwnerId") or None)
        row = Row(ACL, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _ACLS,
            {
                "network_acl_id": name,
                "vpc_id": one.get("VpcId"),
                "is_default": one.get("IsDefault"),
                "subnets": sorted(str(at["SubnetId"]) for at in one.get("Associations", []) if at.get("SubnetId")),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row
        yield from _entries(row, name, one)


def _entries(acl: Row, acl_id: str, found: Mapping[str, Any]) -> Iterator[Row]:
    for entry in found.get("Entries", []):
        number = entry.get("RuleNumber")
        egress = entry.get("Egress")
        if number is None or egress is None:
            continue
        direction = "egress" if egress else "ingress"
        protocol = protocol_of(entry.get("Protocol"))
        span = entry.get("PortRange", {})
        low, high = ports_of(protocol, span.get("From"), span.get("To"))
        cidr = range_of(entry, "CidrBlock", "Ipv6CidrBlock")
        what = f"{direction}/{family_of(cidr) or 'none'}/{number}"
        row = Row(ENTRY, f"{acl.uid}/{what}", acl.account, acl.region, f"{acl.name}/{what}")
        row.fill(
            _ACLS,
            {
                "network_acl_id": acl_id,
                "direction": direction,
                "rule_number": number,
                "action": entry.get("RuleAction"),
                "protocol": protocol,
                "from_port": low,
                "to_port": high,
                "family": family_of(cidr),
                "cidr": cidr,
            },
        )
        yield row


SERVICE = Service(
    name="vpc_filters",
    title="VPC routes and network ACLs",
    tables=(ROUTE_TABLE, ROUTE, ACL, ENTRY),
    listings=(
        Listing(
            _TABLES,
            (ROUTE_TABLE, ROUTE),
            _route_tables,
            arguments={"MaxResults": 100},
            narrow=lambda row: {"RouteTableIds": [row.uid.partition("route-table/")[2].split("/")[0]]},
        ),
        Listing(
            _ACLS,
            (ACL, ENTRY),
            _acls,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"NetworkAclIds": [row.uid.partition("network-acl/")[2].split("/")[0]]},
        ),
    ),
)
