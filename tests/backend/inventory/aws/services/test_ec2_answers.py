"""What EC2 and the load balancers may answer that the emulator does not: parsed from answers written by hand."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from backend.inventory import catalog
from backend.inventory.aws.services import ec2_instances, ec2_security_groups, ec2_storage, elb, elbv2, vpc_networks
from backend.inventory.aws.services.ec2_ip_permissions import is_local_v6, ports_of, protocol_of
from backend.inventory.collector import Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome

SCOPE = Scope("123456789012", "eu-west-1", "aws", ("eu-west-1",))


class Answers:
    """Stands for `Api`: pages by operation; a `CallFailed` among them is raised."""

    def __init__(self, answers: Mapping[str, list[Any]]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Any]:
        """The prepared pages."""
        self.asked.append((operation, arguments))
        for page in self._answers[operation]:
            if isinstance(page, CallFailed):
                raise page
            yield page

    def call(self, operation: str, region: str, **arguments: Any) -> Any:
        """The first prepared page."""
        return next(self.pages(operation, region, **arguments))


def _listing(service: Service, operation: str) -> Listing:
    return next(one for one in service.listings if one.operation == operation)


def _detail(table: str, operation: str) -> Detail:
    return next(one for one in catalog.details(table) if one.operation == operation)


def _fetched(listing: Listing, answers: Answers) -> tuple[list[Row], list[CallFailed]]:
    assert listing.fetch is not None
    rows: list[Row] = []
    failures: list[CallFailed] = []
    for page in listing.fetch(answers, SCOPE):
        if isinstance(page, CallFailed):
            failures.append(page)
        else:
            rows += listing.rows(page, SCOPE)
    return rows, failures


def _denied(operation: str) -> CallFailed:
    return CallFailed(operation, Outcome.DENIED, "UnauthorizedOperation", "no")


@pytest.mark.parametrize(
    ("given", "expected"), [("-1", "-1"), ("all", "-1"), ("6", "tcp"), ("TCP", "tcp"), (58, "icmpv6"), ("50", "50")]
)
def test_protocols_have_one_spelling(given: Any, expected: str) -> None:
    assert protocol_of(given) == expected


@pytest.mark.parametrize(
    ("protocol", "first", "last", "expected"),
    [
        ("tcp", 22, 22, (22, 22)),
        ("tcp", None, None, (0, 65535)),
        ("udp", -1, -1, (0, 65535)),
        ("-1", 22, 22, (0, 65535)),  # AWS ignores the ports beside -1
        ("icmp", 8, -1, (8, -1)),
        ("50", None, None, (-1, -1)),
    ],
)
def test_ports_are_never_open_ended(protocol: str, first: Any, last: Any, expected: tuple[int, int]) -> None:
    assert ports_of(protocol, first, last) == expected


@pytest.mark.parametrize(
    ("address", "local"), [("fd12::1", True), ("2a05:d018::1", False), ("2a05:d018::/64", False), ("no address", False)]
)
def test_local_v6_addresses_are_not_on_the_internet(address: str, local: bool) -> None:
    assert is_local_v6(address) is local


def test_an_empty_prefix_list_still_counts_as_a_rule() -> None:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    answers = Answers(
        {
            "ec2.DescribeSecurityGroups": [{"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [permission]}]}],
            "ec2.GetManagedPrefixListEntries": [{"Entries": []}],
        }
    )
    (group, rule), failures = _fetched(_listing(ec2_security_groups.SERVICE, "ec2.DescribeSecurityGroups"), answers)
    assert failures == []
    assert (group.values["ingress_rules"], group.values["prefix_lists_read"]) == (1, 1)
    assert (rule.values["cidr"], rule.values["prefix_list_unread"]) == ("", 0)


def test_a_prefix_list_is_read_once() -> None:
    permission = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    groups = [{"GroupId": f"sg-{number}", "IpPermissions": [permission]} for number in range(3)]
    answers = Answers(
        {
            "ec2.DescribeSecurityGroups": [{"SecurityGroups": groups[:2]}, {"SecurityGroups": groups[2:]}],
            "ec2.GetManagedPrefixListEntries": [{"Entries": [{"Cidr": "10.0.0.0/8"}]}],
        }
    )
    rows, _ = _fetched(_listing(ec2_security_groups.SERVICE, "ec2.DescribeSecurityGroups"), answers)
    assert [operation for operation, _ in answers.asked].count("ec2.GetManagedPrefixListEntries") == 1
    assert [row.values["cidr"] for row in rows if row.table.name.endswith("_rule")] == ["10.0.0.0/8"] * 3


def test_only_snapshots_that_aws_lists_as_public_are_asked() -> None:
    listing = _listing(ec2_storage.SERVICE, "ec2.DescribeSnapshots")
    detail = _detail("aws_ec2_snapshot", "ec2.DescribeSnapshotAttribute")
    assert detail.when is not None
    snapshots = {"Snapshots": [{"SnapshotId": "snap-1"}, {"SnapshotId": "snap-2"}]}

    class Listed(Answers):
        def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Any]:
            if "RestorableByUserIds" in arguments:
                yield {"Snapshots": [{"SnapshotId": "snap-2"}]}
                return
            yield from super().pages(operation, region, **arguments)

    rows, _ = _fetched(listing, Listed({"ec2.DescribeSnapshots": [snapshots]}))
    assert [detail.when(row) for row in rows] == [False, True]
    assert [row.uid for row in rows] == [f"arn:aws:ec2:eu-west-1::snapshot/snap-{number}" for number in (1, 2)]


def test_each_snapshot_is_asked_where_the_public_ones_cannot_be_listed() -> None:
    listing = _listing(ec2_storage.SERVICE, "ec2.DescribeSnapshots")
    detail = _detail("aws_ec2_snapshot", "ec2.DescribeSnapshotAttribute")
    assert detail.when is not None

    class Refused(Answers):
        def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Any]:
            if "RestorableByUserIds" in arguments:
                raise _denied(operation)
            yield from super().pages(operation, region, **arguments)

    rows, _ = _fetched(listing, Refused({"ec2.DescribeSnapshots": [{"Snapshots": [{"SnapshotId": "snap-1"}]}]}))
    assert [detail.when(row) for row in rows] == [True]


def test_a_shared_subnet_shows_no_route_table() -> None:
    answers = Answers(
        {
            "ec2.DescribeSubnets": [
                {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "210987654321"}]}
            ],
            "ec2.DescribeRouteTables": [{"RouteTables": []}],
            "ec2.DescribeNetworkAcls": [{"NetworkAcls": []}],
        }
    )
    (row,), _ = _fetched(_listing(vpc_networks.SERVICE, "ec2.DescribeSubnets"), answers)
    assert (row.values["route_table_id"], row.values["network_acl_id"]) == ("", "")
    assert row.uid == "arn:aws:ec2:eu-west-1:210987654321:subnet/subnet-1"


def test_a_route_table_being_taken_off_does_not_count() -> None:
    gone = {"SubnetId": "subnet-1", "AssociationState": {"State": "disassociating"}}
    answers = Answers(
        {
            "ec2.DescribeSubnets": [{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]}],
            "ec2.DescribeRouteTables": [
                {
                    "RouteTables": [
                        {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": True}]},
                        {"RouteTableId": "rtb-old", "VpcId": "vpc-1", "Associations": [gone]},
                    ]
                }
            ],
            "ec2.DescribeNetworkAcls": [_denied("ec2.DescribeNetworkAcls")],
        }
    )
    (row,), failures = _fetched(_listing(vpc_networks.SERVICE, "ec2.DescribeSubnets"), answers)
    assert row.values["route_table_id"] == "rtb-main"
    assert row.values.get("network_acl_id") is None
    assert [one.operation for one in failures] == ["ec2.DescribeNetworkAcls"]


def test_terminated_instances_are_left_out() -> None:
    states = ("running", "stopped", "shutting-down", "terminated")
    instances = [{"InstanceId": f"i-{state}", "State": {"Name": state}} for state in states]
    listing = _listing(ec2_instances.SERVICE, "ec2.DescribeInstances")
    rows = list(listing.rows({"Reservations": [{"Instances": instances}]}, SCOPE))
    assert [row.name for row in rows] == ["i-running", "i-stopped"]
    assert rows[0].values["http_tokens"] is None  # said nothing: unknown, not unsafe


def test_addresses_of_every_interface_count() -> None:
    second = {
        "PrivateIpAddresses": [{"Association": {"PublicIp": "52.1.2.4"}}, {"PrivateIpAddress": "10.0.0.4"}],
        "Ipv6Addresses": [{"Ipv6Address": "fd00::1"}],
        "Groups": [{"GroupId": "sg-2"}],
    }
    instance = {"InstanceId": "i-1", "SecurityGroups": [{"GroupId": "sg-1"}], "NetworkInterfaces": [second]}
    listing = _listing(ec2_instances.SERVICE, "ec2.DescribeInstances")
    (row,) = listing.rows({"Reservations": [{"Instances": [instance]}]}, SCOPE)
    assert row.values["public_ips"] == '["52.1.2.4"]'
    assert row.values["security_groups"] == '["sg-1","sg-2"]'
    interfaces = _listing(ec2_instances.SERVICE, "ec2.DescribeNetworkInterfaces")
    (found,) = interfaces.rows({"NetworkInterfaces": [{**second, "NetworkInterfaceId": "eni-1"}]}, SCOPE)
    assert found.values["internet_families"] == '["ipv4"]'  # fd00::/8 is not on the internet


@pytest.mark.parametrize(
    ("data", "secret", "lines"),
    [
        (b"#!/bin/bash\nexport DB_PASSWORD='Quill-and-Ink-1897'\n", 1, "[2]"),
        (gzip.compress(b"a\nb\nexport DB_PASSWORD='Quill-and-Ink-1897'\n"), 1, "[3]"),
        (b"#!/bin/bash\nyum install -y nginx\n", 0, "[]"),
        (b"\x1f\x8b\x08 and then nothing that unpacks", None, "[]"),  # damaged: nobody can say
    ],
)
def test_user_data_is_looked_through(data: bytes, secret: int | None, lines: str) -> None:
    detail = _detail("aws_ec2_instance", "ec2.DescribeInstanceAttribute")
    row = Row(detail.table, "arn:aws:ec2:eu-west-1:1:instance/i-1", "1", "eu-west-1", "i-1")
    answer = {"InstanceId": "i-1", "UserData": {"Value": base64.b64encode(data).decode()}}
    assert detail.kept is not None
    row.fill(detail.operation, detail.columns(answer, row), detail.kept(answer))
    assert (row.values["user_data_has_secret"], row.values["user_data_secret_lines"]) == (secret, lines)
    assert row.values["has_user_data"] == 1
    assert row.raw == {detail.operation: {"InstanceId": "i-1"}}


def test_a_rule_that_forwards_in_plain_text_is_counted() -> None:
    to_https = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443"}}
    same = {"Type": "redirect", "RedirectConfig": {"Protocol": "#{protocol}", "Port": "8080"}}
    rules = [{"Actions": [to_https], "IsDefault": True}, {"Actions": [{"Type": "forward"}]}, {"Actions": [same]}]
    detail = _detail("aws_elbv2_listener", "elbv2.DescribeRules")
    row = Row(detail.table, "arn", "1", "eu-west-1", "l")
    assert detail.columns({"Rules": rules}, row) == {"plain_rules": 2}
    ordered = {"Rules": [{"Actions": [{"Type": "forward", "Order": 2}, {**to_https, "Order": 1}]}]}
    assert detail.columns(ordered, row) == {"plain_rules": 1}


def test_a_tls_policy_that_aws_does_not_list_is_unknown() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/1"
    listeners = [
        {"ListenerArn": f"{arn}/1", "LoadBalancerArn": arn, "Protocol": "HTTPS", "Port": 443, "SslPolicy": "known"},
        {"ListenerArn": f"{arn}/2", "LoadBalancerArn": arn, "Protocol": "HTTPS", "Port": 444, "SslPolicy": "other"},
        {"ListenerArn": f"{arn}/3", "LoadBalancerArn": arn, "Protocol": "HTTP", "Port": 80},
    ]
    answers = Answers(
        {
            "elbv2.DescribeLoadBalancers": [{"LoadBalancers": [{"LoadBalancerArn": arn, "Type": "application"}]}],
            "elbv2.DescribeListeners": [{"Listeners": listeners}],
            "elbv2.DescribeSSLPolicies": [{"SslPolicies": [{"Name": "known", "SslProtocols": ["TLSv1.2"]}]}],
        }
    )
    rows, _ = _fetched(_listing(elbv2.SERVICE, "elbv2.DescribeListeners"), answers)
    assert [row.values.get("tls_protocols") for row in rows] == ['["TLSv1.2"]', None, "[]"]
    assert [row.name for row in rows] == ["shop:443", "shop:444", "shop:80"]


def test_refused_tags_cost_the_tags_only() -> None:
    balancers = [{"LoadBalancerName": "one"}, {"LoadBalancerName": "two"}]
    answers = Answers(
        {
            "elb.DescribeLoadBalancers": [{"LoadBalancerDescriptions": balancers}],
            "elb.DescribeTags": [_denied("elb.DescribeTags")],
        }
    )
    rows, failures = _fetched(_listing(elb.SERVICE, "elb.DescribeLoadBalancers"), answers)
    assert [row.name for row in rows] == ["one", "two"]
    assert all(row.values.get("tags") is None for row in rows)
    assert len(failures) == 1


def test_a_classic_policy_spelt_out_gives_its_versions() -> None:
    detail = _detail("aws_elb_listener", "elb.DescribeLoadBalancerPolicies")
    spelt = [
        {"AttributeName": "Protocol-TLSv1", "AttributeValue": "false"},
        {"AttributeName": "Protocol-TLSv1.2", "AttributeValue": "true"},
        {"AttributeName": "ECDHE-RSA-AES128-SHA", "AttributeValue": "true"},
    ]
    sticky = {"PolicyTypeName": "LBCookieStickinessPolicyType", "PolicyAttributeDescriptions": spelt}
    tls = {"PolicyTypeName": "SSLNegotiationPolicyType", "PolicyAttributeDescriptions": spelt}
    row = Row(detail.table, "arn", "1", "eu-west-1", "l")
    assert detail.columns({"PolicyDescriptions": [sticky]}, row) == {"tls_reference": "", "tls_protocols": []}
    assert detail.columns({"PolicyDescriptions": [sticky, tls]}, row)["tls_protocols"] == ["TLSv1.2"]
