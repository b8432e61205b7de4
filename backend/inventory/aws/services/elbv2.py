"""ELBv2: application, network and gateway load balancers, and their listeners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "elbv2.DescribeLoadBalancers"
_TAGS = "elbv2.DescribeTags"
_ATTRIBUTES = "elbv2.DescribeLoadBalancerAttributes"
_LISTENERS = "elbv2.DescribeListeners"
_POLICIES = "elbv2.DescribeSSLPolicies"
_RULES = "elbv2.DescribeRules"

BALANCER = ResourceTable(
    name="aws_elbv2_load_balancer",
    title="Load balancer",
    service="elbv2",
    listing=_LIST,
    columns=(
        text("arn", "ARN.", _LIST),
        text("type", "application, network or gateway.", _LIST),
        text("scheme", "internet-facing or internal.", _LIST),
        text("dns_name", "DNS name.", _LIST),
        text("vpc_id", "VPC.", _LIST),
        text("state", "active, provisioning …", _LIST),
        document("security_groups", "Ids of its security groups.", _LIST, []),
        document("subnets", "Subnets it stands in.", _LIST, []),
        moment("created_at", "When it was made.", _LIST),
        document("tags", "Tags as an object.", _TAGS, {}),
        flag("access_logs", "Requests are logged.", _ATTRIBUTES, False),
        text("access_logs_bucket", "Bucket that receives the log.", _ATTRIBUTES),
        flag("deletion_protection", "It cannot be deleted before this is switched off.", _ATTRIBUTES, False),
        flag("drop_invalid_headers", "Headers that are not well-formed are dropped.", _ATTRIBUTES, False),
        text("desync_mode", "Mitigation of HTTP desync: defensive, strictest or monitor.", _ATTRIBUTES, "defensive"),
    ),
)

LISTENER = ResourceTable(
    name="aws_elbv2_listener",
    title="Load balancer listener",
    service="elbv2",
    listing=_LISTENERS,
    columns=(
        text("load_balancer_arn", "ARN of its load balancer.", _LISTENERS),
        text("load_balancer_name", "Name of its load balancer.", _LISTENERS),
        text("load_balancer_type", "application, network or gateway.", _LISTENERS),
        text("protocol", "HTTP, HTTPS, TCP, TLS, UDP …", _LISTENERS),
        integer("port", "Port it listens on.", _LISTENERS),
        text("ssl_policy", "TLS policy; empty without TLS.", _LISTENERS),
        document("certificates", "ARNs of its certificates.", _LISTENERS, []),
        flag("redirects_to_https", "Its default action sends the client to HTTPS.", _LISTENERS, False),
        document("tls_protocols", "TLS versions its policy accepts; empty without TLS.", _POLICIES, []),
        integer("plain_rules", "Rules of an HTTP listener that answer in plain text.", _RULES, 0),
    ),
)

_TAGS_AT_ONCE = 20


def _pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Load balancers with their tags, which AWS gives for twenty at a time."""
    refused = False
    for page in api.pages(_LIST, scope.region, PageSize=400):
        arns = [one["LoadBalancerArn"] for one in page.get("LoadBalancers", []) if one.get("LoadBalancerArn")]
        try:
            yield {**page, "TagsByArn": _tags(api, scope, arns)}
        except CallFailed as failed:
            if failed.outcome is Outcome.CANCELLED:
                raise
            if not refused:
                yield failed
            refused = True
            yield {**page, "TagsByArn": None}


def _tags(api: Api, scope: Scope, arns: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(arns), _TAGS_AT_ONCE):
        answer = api.call(_TAGS, scope.region, ResourceArns=arns[start : start + _TAGS_AT_ONCE])
        found.update({one.get("ResourceArn"): one.get("Tags") for one in answer.get("TagDescriptions", [])})
    return found


def _rows(page: Answer, scope: Scope) -> Iterable[Row]:
    tags = page.get("TagsByArn")
    for one in page.get("LoadBalancers", []):
        arn = one.get("LoadBalancerArn")
        if not arn:
            continue
        created = one.get("CreatedTime")
        row = Row(BALANCER, arn, scope.account, scope.region, one.get("LoadBalancerName") or arn)
        row.fill(
            _LIST,
            {
                "arn": arn,
                "type": one.get("Type"),
                "scheme": one.get("Scheme"),
                "dns_name": one.get("DNSName"),
                "vpc_id": one.get("VpcId"),
                "state": one.get("State", {}).get("Code"),
                "security_groups": one.get("SecurityGroups"),
                "subnets": [zone["SubnetId"] for zone in one.get("AvailabilityZones", []) if zone.get("SubnetId")],
                "created_at": created.timestamp() if created else None,
            },
            one,
        )
        if tags is not None:
            row.fill(_TAGS, {"tags": tags_of(tags.get(arn))})
        yield row


def _attributes(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = {one.get("Key"): one.get("Value") for one in answer.get("Attributes", [])}

    def on(key: str) -> bool | None:
        value = found.get(key)
        return None if value is None else str(value).lower() == "true"

    return {
        "access_logs": on("access_logs.s3.enabled"),
        "access_logs_bucket": found.get("access_logs.s3.bucket"),
        "deletion_protection": on("deletion_protection.enabled"),
        "drop_invalid_headers": on("routing.http.drop_invalid_header_fields.enabled"),
        "desync_mode": found.get("routing.http.desync_mitigation_mode"),
    }


def _listener_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Listeners of each load balancer (AWS lists them only so), and which versions of TLS each policy accepts."""
    policies: dict[str, list[str]] | None = None
    for balancers in api.pages(_LIST, scope.region, PageSize=400):
        for balancer in balancers.get("LoadBalancers", []):
            arn = balancer.get("LoadBalancerArn")
            if not arn:
                continue
            try:
                pages = list(api.pages(_LISTENERS, scope.region, LoadBalancerArn=arn, PageSize=400))
            except CallFailed as failed:
                if failed.code == "LoadBalancerNotFound":  # deleted since it was listed
                    continue
                raise
            if policies is None and any(one.get("SslPolicy") for page in pages for one in page.get("Listeners", [])):
                policies = {}
                try:
                    policies = _versions(api, scope)
                except CallFailed as failed:
                    if failed.outcome is Outcome.CANCELLED:
                        raise
                    yield failed
            for page in pages:
                yield {**page, "LoadBalancer": balancer, "TlsVersions": policies or {}}


def _versions(api: Api, scope: Scope) -> dict[str, list[str]]:
    """{name of a TLS policy: versions it accepts}."""
    return {
        str(policy.get("Name")): sorted(map(str, policy["SslProtocols"]))
        for page in api.pages(_POLICIES, scope.region, PageSize=400)
        for policy in page.get("SslPolicies", [])
        if policy.get("SslProtocols")
    }


def _listeners(page: Answer, scope: Scope) -> Iterable[Row]:
    balancer, versions = page.get("LoadBalancer", {}), page.get("TlsVersions", {})
    for one in page.get("Listeners", []):
        uid = one.get("ListenerArn")
        if not uid:
            continue
        arn = str(one.get("LoadBalancerArn") or "")
        name, kind = _named(arn)
        port, policy = one.get("Port"), one.get("SslPolicy")
        name = balancer.get("LoadBalancerName") or name
        row = Row(LISTENER, uid, scope.account, scope.region, f"{name}:{port}" if port is not None else name)
        row.fill(
            _LISTENERS,
            {
                "load_balancer_arn": arn,
                "load_balancer_name": name,
                "load_balancer_type": balancer.get("Type") or kind,
                "protocol": one.get("Protocol"),
                "port": port,
                "ssl_policy": policy,
                "certificates": [
                    at["CertificateArn"] for at in one.get("Certificates", []) if at.get("CertificateArn")
                ],
                "redirects_to_https": bool(one.get("DefaultActions")) and not _answers_plain(one["DefaultActions"]),
            },
            one,
        )
        if not policy:
            row.fill(_POLICIES, {})
        elif policy in versions:
            row.fill(_POLICIES, {"tls_protocols": versions[policy]})
        yield row


def _named(arn: str) -> tuple[str, str]:
    """(name, type) as the ARN of a load balancer says them."""
    parts = arn.partition(":loadbalancer/")[2].split("/")
    kinds = {"app": "application", "net": "network", "gwy": "gateway"}
    return (parts[1], kinds.get(parts[0], "")) if len(parts) > 1 else (arn, "")


def _answers_plain(actions: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the last of these actions, the one that answers, is anything but a redirect to HTTPS."""
    ordered = sorted(actions, key=lambda one: int(one.get("Order") or 0))
    if not ordered:
        return True
    redirect = ordered[-1].get("RedirectConfig", {})
    return ordered[-1].get("Type") != "redirect" or str(redirect.get("Protocol", "")).upper() != "HTTPS"


def _rules(answer: Answer, row: Row) -> Mapping[str, Any]:
    return {"plain_rules": sum(1 for rule in answer.get("Rules", []) if _answers_plain(rule.get("Actions", [])))}


def _speaks_http(row: Row) -> bool | None:
    protocol = row.values.get("protocol")
    return None if protocol is None else protocol == "HTTP"


SERVICE = Service(
    name="elbv2",
    title="Load balancers",
    tables=(BALANCER, LISTENER),
    listings=(
        Listing(_LIST, (BALANCER,), _rows, fetch=_pages, also=(_TAGS,)),
        Listing(_LISTENERS, (LISTENER,), _listeners, fetch=_listener_pages, also=(_LIST, _POLICIES)),
    ),
    details=(
        Detail(_ATTRIBUTES, BALANCER, lambda row: {"LoadBalancerArn": row.uid}, _attributes),
        Detail(_RULES, LISTENER, lambda row: {"ListenerArn": row.uid}, _rules, when=_speaks_http),
    ),
)
