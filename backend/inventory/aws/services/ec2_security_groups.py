"""EC2: security groups, and each of their rules as a row for every range, group or prefix list it admits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.services.ec2_ip_permissions import family_of, ports_of, protocol_of
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import UNKNOWN, ResourceTable, document, flag, integer, text

_LIST = "ec2.DescribeSecurityGroups"
_ENTRIES = "ec2.GetManagedPrefixListEntries"

GROUP = ResourceTable(
    name="aws_ec2_security_group",
    title="EC2 security group",
    service="ec2",
    listing=_LIST,
    columns=(
        text("group_id", "Id (sg-…).", _LIST),
        text("description", "Description.", _LIST),
        text("vpc_id", "VPC it belongs to.", _LIST),
        integer("ingress_rules", "Incoming rules.", _LIST, 0),
        integer("egress_rules", "Outgoing rules.", _LIST, 0),
        document("tags", "Tags as an object.", _LIST, {}),
        flag("prefix_lists_read", "The entries of each prefix list that its rules name were read.", _ENTRIES),
    ),
)

RULE = ResourceTable(
    name="aws_ec2_security_group_rule",
    title="EC2 security group rule",
    service="ec2",
    listing=_LIST,
    columns=(
        text("security_group_id", "Group it belongs to.", _LIST),
        text("direction", "ingress or egress.", _LIST),
        text("protocol", "tcp, udp, icmp, icmpv6, another protocol's number, or -1 for all.", _LIST, UNKNOWN),
        integer("from_port", "First port; 0 where all are open, -1 for protocols without ports.", _LIST),
        integer("to_port", "Last port; 65535 where all are open, -1 for protocols without ports.", _LIST),
        text("family", "ipv4 or ipv6; empty when another group is admitted.", _LIST),
        text("cidr", "Range admitted, also of a prefix list's entry; empty when another group is admitted.", _LIST),
        text("source_group_id", "Other security group admitted.", _LIST),
        text("source_account", "Account of that group.", _LIST),
        text("prefix_list_id", "Prefix list the range comes from.", _LIST),
        flag("prefix_list_unread", "It admits a prefix list whose entries could not be read.", _LIST, False),
        text("description", "Description of the rule.", _LIST),
        document("permission", "The rule as EC2's own API takes it, to revoke exactly this one.", _LIST),
    ),
)

_DIRECTIONS = (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress"))


def _pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Groups page by page, with the entries of the prefix lists they name: None for one that could not be read."""
    lists: dict[str, list[str] | None] = {}
    for page in api.pages(_LIST, scope.region, MaxResults=1000):
        for name in sorted(_named_lists(page) - set(lists)):
            try:
                entries = api.call(_ENTRIES, scope.region, PrefixListId=name).get("Entries", [])
                lists[name] = [one["Cidr"] for one in entries if one.get("Cidr")]
            except CallFailed as failed:
                if failed.outcome is Outcome.CANCELLED:
                    raise
                lists[name] = None
                yield failed
        yield {**page, "PrefixLists": lists}


def _named_lists(page: Answer) -> set[str]:
    return {
        str(one["PrefixListId"])
        for group in page.get("SecurityGroups", [])
        for _, member in _DIRECTIONS
        for permission in group.get(member, [])
        for one in permission.get("PrefixListIds", [])
        if one.get("PrefixListId")
    }


def _rows(page: Answer, scope: Scope) -> Iterable[Row]:
    lists = page.get("PrefixLists", {})
    for group in page.get("SecurityGroups", []):
        name = group.get("GroupId")
        if not name:
            continue
        uid = str(group.get("SecurityGroupArn") or scope.arn("ec2", f"security-group/{name}"))
        rules = {
            direction: [found for permission in group.get(member, []) for found in _admitted(permission, lists)]
            for direction, member in _DIRECTIONS
        }
        row = Row(GROUP, uid, scope.account, scope.region, group.get("GroupName") or name)
        row.fill(
            _LIST,
            {
                "group_id": name,
                "description": group.get("Description"),
                "vpc_id": group.get("VpcId"),
                "ingress_rules": _count(group.get("IpPermissions", [])),
                "egress_rules": _count(group.get("IpPermissionsEgress", [])),
                "tags": tags_of(group.get("Tags")),
            },
            group,
        )
        unread = any(one["prefix_list_unread"] for found in rules.values() for one in found)
        row.fill(_ENTRIES, {"prefix_lists_read": None if unread else True})
        yield row
        yield from _rule_rows(row, name, rules)


def _count(permissions: Iterable[Mapping[str, Any]]) -> int:
    """How many rules, as AWS counts them: a prefix list is one."""
    members = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
    return sum(len(permission.get(member, [])) for permission in permissions for member in members)


def _rule_rows(group: Row, group_id: str, rules: Mapping[str, list[dict[str, Any]]]) -> Iterator[Row]:
    """A row for each rule. Their uids begin with the group's own, which is how they are known to be its."""
    for direction, found in rules.items():
        for one in found:
            source = one["cidr"] or one["source_group_id"] or one["prefix_list_id"]
            via = f"/{one['prefix_list_id']}" if one["prefix_list_id"] and one["cidr"] else ""
            what = f"{direction}/{one['protocol']}/{one['from_port']}-{one['to_port']}{via}/{source}"
            row = Row(RULE, f"{group.uid}/{what}", group.account, group.region, f"{group.name}/{what}")
            row.fill(_LIST, {"security_group_id": group_id, "direction": direction, **one})
            yield row


def _admitted(permission: Mapping[str, Any], lists: Mapping[str, list[str] | None]) -> Iterator[dict[str, Any]]:
    """What one permission admits, one item for each range, group, and entry of a prefix list."""
    protocol = protocol_of(permission.get("IpProtocol"))
    low, high = ports_of(protocol, permission.get("FromPort"), permission.get("ToPort"))

    def admits(cidr: str = "", described: Any = None, **more: Any) -> dict[str, Any]:
        found = {
            "protocol": protocol,
            "from_port": low,
            "to_port": high,
            "family": family_of(cidr),
            "cidr": cidr,
            "source_group_id": "",
            "source_account": "",
            "prefix_list_id": "",
            "prefix_list_unread": False,
            "description": described or "",
        }
        found |= more
        return {**found, "permission": _permission(found)}

    for member, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for one in permission.get(member, []):
            if one.get(key):
                yield admits(one[key], one.get("Description"))
    for one in permission.get("UserIdGroupPairs", []):
        if one.get("GroupId") or one.get("GroupName"):
            source = one.get("GroupId") or one["GroupName"]
            yield admits("", one.get("Description"), source_group_id=source, source_account=one.get("UserId") or "")
    for one in permission.get("PrefixListIds", []):
        name = one.get("PrefixListId")
        if not name:
            continue
        entries = lists.get(name)
        if entries is None:
            yield admits("", one.get("Description"), prefix_list_id=name, prefix_list_unread=True)
            continue
        for cidr in entries or [""]:
            yield admits(cidr, one.get("Description"), prefix_list_id=name)


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """An IpPermission that names this rule alone; a range of a prefix list is revoked by its list."""
    found: dict[str, Any] = {"IpProtocol": rule["protocol"] or "-1"}
    if found["IpProtocol"] in ("tcp", "udp", "icmp", "icmpv6"):
        found |= {"FromPort": rule["from_port"], "ToPort": rule["to_port"]}
    if rule["prefix_list_id"]:
        return {**found, "PrefixListIds": [{"PrefixListId": rule["prefix_list_id"]}]}
    if rule["source_group_id"]:
        return {**found, "UserIdGroupPairs": [{"GroupId": rule["source_group_id"]}]}
    if rule["family"] == "ipv6":
        return {**found, "Ipv6Ranges": [{"CidrIpv6": rule["cidr"]}]}
    return {**found, "IpRanges": [{"CidrIp": rule["cidr"]}]}


SERVICE = Service(
    name="ec2_security_groups",
    title="EC2 security groups",
    tables=(GROUP, RULE),
    listings=(Listing(_LIST, (GROUP, RULE), _rows, fetch=_pages, also=(_ENTRIES,)),),
)
