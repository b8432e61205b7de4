"""EC2, VPC and load balancers of the demo company, read from the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from backend.demo.company import balancers, compute, network
from backend.demo.emulator import Emulator, client_maker
from backend.inventory import catalog
from tests.backend.inventory.aws.collecting import REGIONS, Collected, collect

HOME = "eu-west-1"


def _operations(*services: str) -> set[str]:
    return {
        operation
        for service in catalog.services()
        if service.name.startswith(services)
        for table in service.tables
        for operation in table.operations()
    }


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        aws = client_maker(running.url)
        for module in (balancers, compute, network):
            module.seed(aws, REGIONS)
        yield running


@pytest.fixture(scope="module")
def found(emulator: Emulator) -> Collected:
    return collect(client_maker(emulator.url), _operations("ec2_", "vpc_", "elb"))


def _denying(emulator: Emulator, *operations: str) -> Callable[[str, str], Any]:
    """Clients for which these operations are refused as EC2 refuses them."""
    made = client_maker(emulator.url)

    def refuse(**kwargs: Any) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Code": "UnauthorizedOperation", "Message": "You are not authorized to perform this operation."}
        return AWSResponse("", 403, {}, None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}

    def client(service: str, region: str) -> Any:
        one = made(service, region)
        for operation in operations:
            one.meta.events.register(f"before-call.ec2.{operation}", refuse, unique_id=operation)
        return one

    return client


def _rules_of(found: Collected, group: str, region: str = HOME) -> list[dict[str, Any]]:
    key = found.row("aws_ec2_security_group", group, region)["group_id"]
    rows = [row["values"] for row in found.rows if row["table"] == "aws_ec2_security_group_rule"]
    return [row for row in rows if row["security_group_id"] == key and row["direction"] == "ingress"]


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        (
            "aws_ec2_instance",
            "mf-prod-web-1",
            {"state": "running", "http_tokens": "required", "public_ips": "[]", "has_user_data": 1},
        ),
        (
            "aws_ec2_instance",
            "mf-prod-bastion-old",
            {"http_tokens": "optional", "instance_profile": "", "has_user_data": 0, "user_data_has_secret": 0},
        ),
        (
            "aws_ec2_instance",
            "mf-staging-catalogue-1",
            {"has_user_data": 1, "user_data_has_secret": 1, "user_data_secret_lines": "[5]"},
        ),
        ("aws_ec2_volume", "mf-prod-orders-data", {"encrypted": 1, "size_gib": 100, "volume_type": "gp3"}),
        ("aws_ec2_volume", "mf-book-covers", {"encrypted": 0, "kms_key": ""}),
        ("aws_ec2_snapshot", "mf-hackathon-covers", {"public": 1, "encrypted": 0}),
        ("aws_ec2_snapshot", "mf-prod-orders-data-mon", {"public": 0, "encrypted": 1, "shared_with": "[]"}),
        ("aws_ec2_image", "mf-hackathon-starter", {"public": 1}),
        ("aws_ec2_image", "mf-web-2026-03", {"public": 0, "shared_accounts": "[]"}),
        ("aws_ec2_security_group", "mf-prod-db", {"ingress_rules": 1, "egress_rules": 1, "prefix_lists_read": 1}),
        ("aws_vpc", "mf-prod", {"cidrs": '["10.20.0.0/16"]', "is_default": 0}),
        ("aws_vpc_subnet", "mf-prod-public-a", {"map_public_ip": 0, "cidr": "10.20.0.0/20"}),
        ("aws_vpc_subnet", "mf-staging-public-a", {"map_public_ip": 1}),
        ("aws_vpc_peering_connection", "mf-prod-to-mf-staging", {"status": "active"}),
        (
            "aws_elbv2_load_balancer",
            "mf-prod-shop",
            {"type": "application", "deletion_protection": 1, "drop_invalid_headers": 1, "desync_mode": "defensive"},
        ),
        ("aws_elbv2_load_balancer", "mf-staging-shop", {"deletion_protection": 0, "access_logs": 0}),
        (
            "aws_elbv2_listener",
            "mf-prod-shop:443",
            {"protocol": "HTTPS", "tls_protocols": '["TLSv1.2","TLSv1.3"]', "load_balancer_type": "application"},
        ),
        ("aws_elbv2_listener", "mf-prod-shop:80", {"redirects_to_https": 1, "plain_rules": 0}),
        ("aws_elbv2_listener", "mf-prod-partners:443", {"tls_protocols": '["TLSv1","TLSv1.1","TLSv1.2"]'}),
        ("aws_elbv2_listener", "mf-staging-shop:8080", {"redirects_to_https": 0, "plain_rules": 1}),
        ("aws_elb_load_balancer", "mf-prod-reviews", {"access_logs": 1, "access_logs_bucket": "mf-balancer-logs"}),
        ("aws_elb_load_balancer", "mf-legacy-shop", {"access_logs": 0}),
        ("aws_elb_listener", "mf-prod-fax:443", {"protocol": "HTTPS", "tls_reference": "ELBSecurityPolicy-2016-08"}),
        ("aws_elb_listener", "mf-legacy-shop:80", {"protocol": "HTTP", "tls_protocols": "[]"}),
    ],
)
def test_columns(found: Collected, table: str, name: str, expected: dict[str, Any]) -> None:
    values = found.row(table, name, HOME)
    assert {key: values[key] for key in expected} == expected


def test_each_source_of_a_permission_is_a_row(found: Collected) -> None:
    assert sorted(
        (row["protocol"], row["from_port"], row["to_port"], row["cidr"])
        for row in _rules_of(found, "mf-hackathon-2023")
    ) == [("-1", 0, 65535, "0.0.0.0/0"), ("-1", 0, 65535, "::/0")]
    (from_group,) = _rules_of(found, "mf-prod-app")
    assert from_group["cidr"] == ""
    assert from_group["source_group_id"] == found.row("aws_ec2_security_group", "mf-prod-web", HOME)["group_id"]


def test_a_prefix_list_is_resolved(found: Collected) -> None:
    listed = [row for row in _rules_of(found, "mf-quillmark-office") if row["prefix_list_id"]]
    assert sorted(row["cidr"] for row in listed) == ["0.0.0.0/0", "203.0.113.0/28"]
    assert json.loads(listed[0]["permission"])["PrefixListIds"] == [{"PrefixListId": listed[0]["prefix_list_id"]}]


def test_rows_of_a_group_are_known_by_its_uid(found: Collected) -> None:
    groups = {row["uid"] for row in found.rows if row["table"] == "aws_ec2_security_group"}
    rules = [row["uid"] for row in found.rows if row["table"] == "aws_ec2_security_group_rule"]
    assert len(rules) == len(set(rules))
    assert {uid.split("/ingress/")[0].split("/egress/")[0] for uid in rules} <= groups


def test_subnets_know_what_governs_them(found: Collected) -> None:
    public, private = (found.row("aws_vpc_subnet", f"mf-prod-{kind}-a", HOME) for kind in ("public", "private"))
    gateways = {
        row["values"]["route_table_id"]
        for row in found.rows
        if row["table"] == "aws_vpc_route" and row["values"]["target_type"] == "internet_gateway"
    }
    main = [
        row["values"]["route_table_id"]
        for row in found.rows
        if row["table"] == "aws_vpc_route_table" and row["values"]["main"]
    ]
    assert public["route_table_id"] in gateways
    assert private["route_table_id"] in main
    assert private["route_table_id"] not in gateways
    assert private["network_acl_id"] == found.row("aws_ec2_network_acl", "mf-prod-private", HOME)["network_acl_id"]
    assert public["network_acl_id"] != private["network_acl_id"]


def test_the_address_of_an_instance_is_on_its_interface(found: Collected) -> None:
    bastion = found.row("aws_ec2_instance", "mf-prod-bastion", HOME)
    interfaces = [row["values"] for row in found.rows if row["table"] == "aws_ec2_network_interface"]
    (mine,) = [one for one in interfaces if one["instance_id"] == bastion["instance_id"]]
    assert mine["public_ips"] == bastion["public_ips"] != "[]"
    assert mine["internet_families"] == '["ipv4"]'
    assert mine["security_groups"] == bastion["security_groups"]


def test_user_data_is_nowhere_kept(found: Collected) -> None:
    everything = json.dumps(found.rows)
    assert "Quill-and-Ink" not in everything
    assert "yum install" not in everything


def test_nothing_went_wrong_and_nothing_is_missing(found: Collected) -> None:
    assert found.bad() == set()
    for row in found.rows:
        missing = [one.name for one in catalog.tables()[row["table"]].columns if row["values"].get(one.name) is None]
        assert missing == [], row["uid"]


def test_few_calls(found: Collected) -> None:
    """Two regions; per resource only what AWS answers no other way."""
    single = [one for one in found.outcomes if one["resource"]]
    assert found.calls - len(single) <= 2 * 30


def test_a_denied_prefix_list_leaves_only_its_group_unknown(emulator: Emulator) -> None:
    found = collect(_denying(emulator, "GetManagedPrefixListEntries"), _operations("ec2_security"), (HOME,))
    assert found.row("aws_ec2_security_group", "mf-quillmark-office")["prefix_lists_read"] is None
    assert found.row("aws_ec2_security_group", "mf-prod-db")["prefix_lists_read"] == 1
    (listed,) = [row for row in _rules_of(found, "mf-quillmark-office") if row["prefix_list_id"]]
    assert (listed["cidr"], listed["prefix_list_unread"]) == ("", 1)
    assert found.bad() == {("ec2.GetManagedPrefixListEntries", "denied")}


def test_denied_route_tables_leave_the_subnets(emulator: Emulator) -> None:
    found = collect(_denying(emulator, "DescribeRouteTables"), {"ec2.DescribeSubnets"}, (HOME,))
    subnet = found.row("aws_vpc_subnet", "mf-prod-public-a")
    assert subnet.get("route_table_id") is None
    assert subnet["network_acl_id"]
    assert found.bad() == {("ec2.DescribeRouteTables", "denied")}


def test_denied_user_data_leaves_the_instance(emulator: Emulator) -> None:
    found = collect(_denying(emulator, "DescribeInstanceAttribute"), _operations("ec2_instances"), (HOME,))
    instance = found.row("aws_ec2_instance", "mf-staging-catalogue-1")
    assert instance["state"] == "running"
    assert instance.get("user_data_has_secret") is None
