"""VPC: networks, subnets, flow logs and peering connections.

A subnet says which route table and which network ACL hold for it, also where it has none of its own and the VPC's
main or default one does: what is implied in AWS's answers is made plain here once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import name_of, tags_of
from backend.inventory.collector import Answer, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import NEVER, ResourceTable, document, flag, moment, text

_VPCS = "ec2.DescribeVpcs"
_SUBNETS = "ec2.DescribeSubnets"
_ROUTE_TABLES = "ec2.DescribeRouteTables"
_ACLS = "ec2.DescribeNetworkAcls"
_FLOW_LOGS = "ec2.DescribeFlowLogs"
_PEERINGS = "ec2.DescribeVpcPeeringConnections"

VPC = ResourceTable(
    name="aws_vpc",
    title="VPC",
    service="vpc",
    listing=_VPCS,
    columns=(
        text("vpc_id", "Id (vpc-…).", _VPCS),
        document("cidrs", "Its ranges of both IP versions.", _VPCS, []),
        flag("is_default", "It is the region's default VPC.", _VPCS, False),
        text("state", "available or pending.", _VPCS),
        text("owner", "Account that owns it (another one for a shared VPC).", _VPCS),
        document("tags", "Tags as an object.", _VPCS, {}),
    ),
)

SUBNET = ResourceTable(
    name="aws_vpc_subnet",
    title="VPC subnet",
    service="vpc",
    listing=_SUBNETS,
    columns=(
        text("subnet_id", "Id (subnet-…).", _SUBNETS),
        text("vpc_id", "VPC.", _SUBNETS),
        text("cidr", "IPv4 range.", _SUBNETS),
        text("availability_zone", "Availability zone.", _SUBNETS),
        flag("map_public_ip", "What starts here gets a public IPv4 address.", _SUBNETS, False),
        flag("assign_ipv6", "What starts here gets an IPv6 address.", _SUBNETS, False),
        text("owner", "Account that owns it (another one for a shared subnet).", _SUBNETS),
        document("tags", "Tags as an object.", _SUBNETS, {}),
        # The owner of a shared subnet does not show what it is ruled by.
        text("route_table_id", "Route table in force, own or main; empty when it is not shown to us.", _ROUTE_TABLES),
        text("network_acl_id", "Network ACL in force; empty when it is not shown to us.", _ACLS),
    ),
)

FLOW_LOG = ResourceTable(
    name="aws_vpc_flow_log",
    title="VPC flow log",
    service="vpc",
    listing=_FLOW_LOGS,
    columns=(
        text("flow_log_id", "Id (fl-…).", _FLOW_LOGS),
        text("resource_id", "VPC, subnet or interface it records.", _FLOW_LOGS),
        text("status", "ACTIVE when it records.", _FLOW_LOGS),
        text("delivery_status", "SUCCESS, FAILED, or empty while nothing was delivered yet.", _FLOW_LOGS),
        text("traffic", "ALL, ACCEPT or REJECT.", _FLOW_LOGS),
        text("destination_type", "cloud-watch-logs, s3 or kinesis-data-firehose.", _FLOW_LOGS),
        text("destination", "Log group, or ARN of the bucket or stream.", _FLOW_LOGS),
        document("tags", "Tags as an object.", _FLOW_LOGS, {}),
    ),
)

PEERING = ResourceTable(
    name="aws_vpc_peering_connection",
    title="VPC peering connection",
    service="vpc",
    listing=_PEERINGS,
    columns=(
        text("peering_id", "Id (pcx-…).", _PEERINGS),
        text("status", "active, pending-acceptance, deleted …", _PEERINGS),
        text("requester_vpc", "VPC that asked.", _PEERINGS),
        text("requester_account", "Account of that VPC.", _PEERINGS),
        document("requester_cidrs", "Ranges of that VPC.", _PEERINGS, []),
        text("accepter_vpc", "VPC that was asked.", _PEERINGS),
        text("accepter_account", "Account of that VPC.", _PEERINGS),
        document("accepter_cidrs", "Ranges of that VPC.", _PEERINGS, []),
        moment("expires_at", "When the request lapses; infinite once it was answered.", _PEERINGS, NEVER),
        document("tags", "Tags as an object.", _PEERINGS, {}),
    ),
)


def _vpcs(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("Vpcs", []):
        name = one.get("VpcId")
        if not name:
            continue
        uid = scope.arn("ec2", f"vpc/{name}", account=one.get("OwnerId") or None)
        row = Row(VPC, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _VPCS,
            {
                "vpc_id": name,
                "cidrs": _cidrs(one, "CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"),
                "is_default": one.get("IsDefault"),
                "state": one.get("State"),
                "owner": one.get("OwnerId"),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _cidrs(one: Mapping[str, Any], v4: str, v6: str) -> list[str]:
    found = {str(one["CidrBlock"])} if one.get("CidrBlock") else set()
    found |= {str(each["CidrBlock"]) for each in one.get(v4, []) if each.get("CidrBlock")}
    found |= {str(each["Ipv6CidrBlock"]) for each in one.get(v6, []) if each.get("Ipv6CidrBlock")}
    return sorted(found)


def _subnet_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Subnets with the associations of route tables and ACLs; one that is denied costs its column, not the subnets."""
    joined: dict[str, dict[str, str]] = {}
    for operation, associations in ((_ROUTE_TABLES, _route_associations), (_ACLS, _acl_associations)):
        try:
            joined[operation] = _association(api, scope, operation, associations)
        except CallFailed as failed:
            if failed.outcome is Outcome.CANCELLED:
                raise
            yield failed
    for page in api.pages(_SUBNETS, scope.region, MaxResults=1000):
        yield {**page, "Associations": joined}


Associations = Callable[[Answer], Iterator[tuple[str, str]]]


def _association(api: Api, scope: Scope, operation: str, associations: Associations) -> dict[str, str]:
    """{subnet id, or VPC id for what has none of its own: id}."""
    found: dict[str, str] = {}
    for page in api.pages(operation, scope.region, MaxResults=100):
        found.update(associations(page))
    return found


def _route_associations(page: Answer) -> Iterator[tuple[str, str]]:
    for table in page.get("RouteTables", []):
        for one in table.get("Associations", []):
            state = one.get("AssociationState", {}).get("State", "associated")
            key = table.get("VpcId") if one.get("Main") else one.get("SubnetId")
            if key and state in ("associated", "associating"):
                yield str(key), str(table.get("RouteTableId", ""))


def _acl_associations(page: Answer) -> Iterator[tuple[str, str]]:
    for acl in page.get("NetworkAcls", []):
        if acl.get("IsDefault") and acl.get("VpcId"):
            yield str(acl["VpcId"]), str(acl.get("NetworkAclId", ""))
        for one in acl.get("Associations", []):
            if one.get("SubnetId"):
                yield str(one["SubnetId"]), str(acl.get("NetworkAclId", ""))


def _subnets(page: Answer, scope: Scope) -> Iterable[Row]:
    joined = page.get("Associations", {})
    for one in page.get("Subnets", []):
        name = one.get("SubnetId")
        if not name:
            continue
        uid = one.get("SubnetArn") or scope.arn("ec2", f"subnet/{name}", account=one.get("OwnerId") or None)
        row = Row(SUBNET, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _SUBNETS,
            {
                "subnet_id": name,
                "vpc_id": one.get("VpcId"),
                "cidr": one.get("CidrBlock"),
                "availability_zone": one.get("AvailabilityZone"),
                "map_public_ip": one.get("MapPublicIpOnLaunch"),
                "assign_ipv6": one.get("AssignIpv6AddressOnCreation"),
                "owner": one.get("OwnerId"),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        for operation, column in ((_ROUTE_TABLES, "route_table_id"), (_ACLS, "network_acl_id")):
            if operation in joined:
                ids = joined[operation]
                row.fill(operation, {column: ids.get(name) or ids.get(one.get("VpcId", ""))})
        yield row


def _flow_logs(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("FlowLogs", []):
        name = one.get("FlowLogId")
        if not name:
            continue
        uid = scope.arn("ec2", f"vpc-flow-log/{name}")
        row = Row(FLOW_LOG, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _FLOW_LOGS,
            {
                "flow_log_id": name,
                "resource_id": one.get("ResourceId"),
                "status": one.get("FlowLogStatus"),
                "delivery_status": one.get("DeliverLogsStatus"),
                "traffic": one.get("TrafficType"),
                "destination_type": one.get("LogDestinationType"),
                "destination": one.get("LogDestination") or one.get("LogGroupName"),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _peerings(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("VpcPeeringConnections", []):
        name = one.get("VpcPeeringConnectionId")
        if not name:
            continue
        asked, asking = one.get("AccepterVpcInfo", {}), one.get("RequesterVpcInfo", {})
        expires = one.get("ExpirationTime")
        uid = scope.arn("ec2", f"vpc-peering-connection/{name}")
        row = Row(PEERING, uid, scope.account, scope.region, name_of(one.get("Tags"), name))
        row.fill(
            _PEERINGS,
            {
                "peering_id": name,
                "status": one.get("Status", {}).get("Code"),
                "requester_vpc": asking.get("VpcId"),
                "requester_account": asking.get("OwnerId"),
                "requester_cidrs": _cidrs(asking, "CidrBlockSet", "Ipv6CidrBlockSet"),
                "accepter_vpc": asked.get("VpcId"),
                "accepter_account": asked.get("OwnerId"),
                "accepter_cidrs": _cidrs(asked, "CidrBlockSet", "Ipv6CidrBlockSet"),
                "expires_at": expires.timestamp() if expires else None,
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _id(row: Row) -> str:
    return row.uid.rpartition("/")[2]


SERVICE = Service(
    name="vpc_networks",
    title="VPC networks",
    tables=(VPC, SUBNET, FLOW_LOG, PEERING),
    listings=(
        Listing(_VPCS, (VPC,), _vpcs, arguments={"MaxResults": 1000}, narrow=lambda row: {"VpcIds": [_id(row)]}),
        Listing(_SUBNETS, (SUBNET,), _subnets, fetch=_subnet_pages, also=(_ROUTE_TABLES, _ACLS)),
        Listing(
            _FLOW_LOGS,
            (FLOW_LOG,),
            _flow_logs,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"FlowLogIds": [_id(row)]},
        ),
        Listing(
            _PEERINGS,
            (PEERING,),
            _peerings,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"VpcPeeringConnectionIds": [_id(row)]},
        ),
    ),
)
