"""ELB: classic load balancers and their listeners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "elb.DescribeLoadBalancers"
_TAGS = "elb.DescribeTags"
_ATTRIBUTES = "elb.DescribeLoadBalancerAttributes"
_POLICIES = "elb.DescribeLoadBalancerPolicies"

BALANCER = ResourceTable(
    name="aws_elb_load_balancer",
    title="Classic load balancer",
    service="elb",
    listing=_LIST,
    columns=(
        text("scheme", "internet-facing or internal.", _LIST),
        text("dns_name", "DNS name.", _LIST),
        text("vpc_id", "VPC; empty outside of one.", _LIST),
        document("security_groups", "Ids of its security groups.", _LIST, []),
        document("availability_zones", "Availability zones it serves.", _LIST, []),
        integer("instances", "Instances behind it.", _LIST, 0),
        moment("created_at", "When it was made.", _LIST),
        document("tags", "Tags as an object.", _TAGS, {}),
        flag("access_logs", "Requests are logged.", _ATTRIBUTES, False),
        text("access_logs_bucket", "Bucket that receives the log.", _ATTRIBUTES),
        flag("cross_zone", "Requests are spread over all zones.", _ATTRIBUTES, False),
        flag("connection_draining", "Requests in flight may end when an instance leaves.", _ATTRIBUTES, False),
        text("desync_mode", "Mitigation of HTTP desync: defensive, strictest or monitor.", _ATTRIBUTES, "defensive"),
    ),
)

LISTENER = ResourceTable(
    name="aws_elb_listener",
    title="Classic load balancer listener",
    service="elb",
    listing=_LIST,
    columns=(
        text("load_balancer", "Name of the load balancer.", _LIST),
        text("protocol", "HTTP, HTTPS, TCP or SSL.", _LIST),
        integer("port", "Port it listens on.", _LIST),
        text("instance_protocol", "Protocol towards the instances.", _LIST),
        text("certificate", "ARN of the certificate; empty without TLS.", _LIST),
        document("policies", "Names of its policies.", _LIST, []),
        text("tls_reference", "Predefined TLS policy it follows; empty for one of the account's own.", _POLICIES),
        document("tls_protocols", "TLS and SSL versions it accepts; empty without TLS.", _POLICIES, []),
    ),
)

_WITH_TLS = ("HTTPS", "SSL")
_TAGS_AT_ONCE = 20
_NEGOTIATION = "SSLNegotiationPolicyType"


def _pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Load balancers with their tags, which AWS gives for twenty at a time."""
    refused = False
    for page in api.pages(_LIST, scope.region):
        found = page.get("LoadBalancerDescriptions", [])
        names = [one["LoadBalancerName"] for one in found if one.get("LoadBalancerName")]
        try:
            yield {**page, "TagsByName": _tags(api, scope, names)}
        except CallFailed as failed:
            if failed.outcome is Outcome.CANCELLED:
                raise
            if not refused:
                yield failed
            refused = True
            yield {**page, "TagsByName": None}


def _tags(api: Api, scope: Scope, names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(names), _TAGS_AT_ONCE):
        answer = api.call(_TAGS, scope.region, LoadBalancerNames=names[start : start + _TAGS_AT_ONCE])
        found.update({one.get("LoadBalancerName"): one.get("Tags") for one in answer.get("TagDescriptions", [])})
    return found


def _rows(page: Answer, scope: Scope) -> Iterable[Row]:
    tags = page.get("TagsByName")
    for one in page.get("LoadBalancerDescriptions", []):
        name = one.get("LoadBalancerName")
        if not name:
            continue
        created = one.get("CreatedTime")
        row = Row(
            BALANCER, scope.arn("elasticloadbalancing", f"loadbalancer/{name}"), scope.account, scope.region, name
        )
        row.fill(
            _LIST,
            {
                "scheme": one.get("Scheme"),
                "dns_name": one.get("DNSName"),
                "vpc_id": one.get("VPCId"),
                "security_groups": one.get("SecurityGroups"),
                "availability_zones": one.get("AvailabilityZones"),
                "instances": len(one.get("Instances", [])),
                "created_at": created.timestamp() if created else None,
            },
            one,
        )
        if tags is not None:
            row.fill(_TAGS, {"tags": tags_of(tags.get(name))})
        yield row
        yield from _listeners(row, one)


def _listeners(balancer: Row, found: Mapping[str, Any]) -> Iterator[Row]:
    for one in found.get("ListenerDescriptions", []):
        listener = one.get("Listener", {})
        port = listener.get("LoadBalancerPort")
        if port is None:
            continue
        row = Row(
            LISTENER, f"{balancer.uid}/listener/{port}", balancer.account, balancer.region, f"{balancer.name}:{port}"
        )
        row.fill(
            _LIST,
            {
                "load_balancer": balancer.name,
                "protocol": str(listener.get("Protocol") or "").upper(),
                "port": port,
                "instance_protocol": str(listener.get("InstanceProtocol") or "").upper(),
                "certificate": listener.get("SSLCertificateId"),
                "policies": one.get("PolicyNames"),
            },
            one,
        )
        row.context["policies"] = one.get("PolicyNames", [])
        yield row


def _attributes(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = answer.get("LoadBalancerAttributes", {})
    more = {one.get("Key"): one.get("Value") for one in found.get("AdditionalAttributes", [])}
    return {
        "access_logs": found.get("AccessLog", {}).get("Enabled"),
        "access_logs_bucket": found.get("AccessLog", {}).get("S3BucketName"),
        "cross_zone": found.get("CrossZoneLoadBalancing", {}).get("Enabled"),
        "connection_draining": found.get("ConnectionDraining", {}).get("Enabled"),
        "desync_mode": more.get("elb.http.desyncmitigationmode"),
    }


def _tls(answer: Answer, row: Row) -> Mapping[str, Any]:
    """What the negotiation policies of the listener accept; AWS spells a predefined one out in full."""
    reference, protocols = "", set()
    for policy in answer.get("PolicyDescriptions", []):
        if policy.get("PolicyTypeName", _NEGOTIATION) != _NEGOTIATION:
            continue
        for one in policy.get("PolicyAttributeDescriptions", []):
            name, value = str(one.get("AttributeName", "")), str(one.get("AttributeValue", ""))
            if name == "Reference-Security-Policy":
                reference = value
            elif name.startswith("Protocol-") and value.lower() == "true":
                protocols.add(name.removeprefix("Protocol-"))
    return {"tls_reference": reference, "tls_protocols": sorted(protocols)}


def _has_tls(row: Row) -> bool | None:
    """None for a TLS listener that names no policy: asked without names, AWS tells of other listeners' policies."""
    if row.values.get("protocol") not in _WITH_TLS:
        return None if row.values.get("protocol") is None else False
    return True if row.context.get("policies") else None


def _policy_question(row: Row) -> Mapping[str, Any]:
    return {
        "LoadBalancerName": row.uid.partition(":loadbalancer/")[2].split("/")[0],
        "PolicyNames": row.context.get("policies", []),
    }


SERVICE = Service(
    name="elb",
    title="Classic load balancers",
    tables=(BALANCER, LISTENER),
    listings=(Listing(_LIST, (BALANCER, LISTENER), _rows, fetch=_pages, also=(_TAGS,)),),
    details=(
        Detail(_ATTRIBUTES, BALANCER, lambda row: {"LoadBalancerName": row.name}, _attributes),
        Detail(_POLICIES, LISTENER, _policy_question, _tls, when=_has_tls),
    ),
)
