"""Load balancers: the shop's own in good order, a staging one in plain HTTP, and classic ones nobody has moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.demo.company.network import House, house

_ACCOUNT = "123456789012"
_MODERN = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_OLD = "ELBSecurityPolicy-2016-08"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Application, network and classic load balancers with their listeners."""
    for region in regions:
        certificate = _certificate(aws("acm", region))
        _modern(aws("elbv2", region), house(aws, region), certificate)
        _classic(aws("elb", region), house(aws, region), certificate)


def _certificate(acm: Any) -> str:
    return str(
        acm.request_certificate(DomainName="shop.marlowe-finch.example", ValidationMethod="DNS")["CertificateArn"]
    )


def _modern(elb: Any, house: House, certificate: str) -> None:
    prod = [house.subnets["mf-prod-public-a"], house.subnets["mf-prod-public-b"]]
    staging = [house.subnets["mf-staging-public-a"], house.subnets["mf-staging-public-b"]]
    shop = _make(elb, "mf-prod-shop", "application", prod, [house.groups["mf-prod-edge"]])
    _set(
        elb,
        shop,
        {
            "deletion_protection.enabled": "true",
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": "mf-balancer-logs",
            "routing.http.drop_invalid_header_fields.enabled": "true",
        },
    )
    target = elb.create_target_group(
        Name="mf-prod-web", Protocol="HTTPS", Port=8443, VpcId=house.vpcs["mf-prod"], TargetType="instance"
    )["TargetGroups"][0]["TargetGroupArn"]
    _listen(elb, shop, "HTTPS", 443, [{"Type": "forward", "TargetGroupArn": target}], _MODERN, certificate)
    secure = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    _listen(elb, shop, "HTTP", 80, [{"Type": "redirect", "RedirectConfig": secure}])

    partners = _make(elb, "mf-prod-partners", "application", prod, [house.groups["mf-prod-edge"]])
    logged = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "mf-balancer-logs"}
    _set(elb, partners, {"deletion_protection.enabled": "true", **logged})
    _listen(elb, partners, "HTTPS", 443, [{"Type": "forward", "TargetGroupArn": target}], _OLD, certificate)

    trial = _make(elb, "mf-staging-shop", "application", staging, [house.groups["mf-staging-web"]])
    _set(elb, trial, {"routing.http.desync_mitigation_mode": "monitor"})  # "to see what breaks"
    _listen(elb, trial, "HTTP", 8080, [{"Type": "forward", "TargetGroupArn": target}])

    mail = elb.create_target_group(Name="mf-prod-mail", Protocol="TCP", Port=993, VpcId=house.vpcs["mf-prod"])
    mail_target = mail["TargetGroups"][0]["TargetGroupArn"]
    post = _make(elb, "mf-prod-mail", "network", prod, [])
    _set(elb, post, {"deletion_protection.enabled": "true"})
    _listen(elb, post, "TLS", 993, [{"Type": "forward", "TargetGroupArn": mail_target}], _MODERN, certificate)


def _make(elb: Any, name: str, kind: str, subnets: list[str], groups: list[str]) -> str:
    made = elb.create_load_balancer(
        Name=name,
        Subnets=subnets,
        SecurityGroups=groups,
        Scheme="internet-facing",
        Type=kind,
        Tags=[
            {"Key": "Environment", "Value": "production" if "prod" in name else "staging"},
            {"Key": "Owner", "Value": "imogen.hart@marlowe-finch.example"},
        ],
    )
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def _set(elb: Any, arn: str, attributes: dict[str, str]) -> None:
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()]
    )


def _listen(
    elb: Any, arn: str, protocol: str, port: int, actions: list[dict[str, Any]], policy: str = "", certificate: str = ""
) -> None:
    tls = {"SslPolicy": policy, "Certificates": [{"CertificateArn": certificate}]} if policy else {}
    elb.create_listener(LoadBalancerArn=arn, Protocol=protocol, Port=port, DefaultActions=actions, **tls)


def _classic(elb: Any, house: House, certificate: str) -> None:
    """One with TLS that still takes the oldest clients, one in plain HTTP, one as it should be."""
    subnet = house.subnets["mf-prod-public-a"]
    for name, reference in (("mf-prod-reviews", "ELBSecurityPolicy-TLS-1-2-2017-01"), ("mf-prod-fax", _OLD)):
        listener = {
            "Protocol": "HTTPS",
            "LoadBalancerPort": 443,
            "InstanceProtocol": "HTTPS",
            "InstancePort": 8443,
            "SSLCertificateId": certificate,
        }
        elb.create_load_balancer(LoadBalancerName=name, Listeners=[listener], Subnets=[subnet])
        elb.create_load_balancer_policy(
            LoadBalancerName=name,
            PolicyName="tls",
            PolicyTypeName="SSLNegotiationPolicyType",
            PolicyAttributes=[{"AttributeName": "Reference-Security-Policy", "AttributeValue": reference}],
        )
        elb.set_load_balancer_policies_of_listener(LoadBalancerName=name, LoadBalancerPort=443, PolicyNames=["tls"])
    plain = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 8080}
    elb.create_load_balancer(LoadBalancerName="mf-legacy-shop", Listeners=[plain], Subnets=[subnet])
    elb.modify_load_balancer_attributes(
        LoadBalancerName="mf-prod-reviews",
        LoadBalancerAttributes={
            "AccessLog": {
                "Enabled": True,
                "S3BucketName": "mf-balancer-logs",
                "EmitInterval": 60,
                "S3BucketPrefix": "",
            },
            "CrossZoneLoadBalancing": {"Enabled": True},
            "ConnectionDraining": {"Enabled": True, "Timeout": 60},
        },
    )
