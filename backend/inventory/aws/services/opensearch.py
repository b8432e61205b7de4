"""OpenSearch (and Elasticsearch): domains, who reaches them, encryption and logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, text

_LIST = "opensearch.ListDomainNames"
_DESCRIBE = "opensearch.DescribeDomain"
_TAGS = "opensearch.ListTags"

DOMAIN = ResourceTable(
    name="aws_opensearch_domain",
    title="OpenSearch domain",
    service="opensearch",
    listing=_LIST,
    columns=(
        text("engine_version", "OpenSearch_2.19, Elasticsearch_7.10 …", _DESCRIBE),
        text("endpoint", "Public name; empty for a domain in a VPC.", _DESCRIBE),
        flag("in_vpc", "It has addresses in a VPC; else its endpoint is public.", _DESCRIBE, False),
        document("security_groups", "Security groups it has.", _DESCRIBE, []),
        text("policy", "Access policy; empty when there is none.", _DESCRIBE),
        flag("encryption_at_rest", "Its storage is encrypted.", _DESCRIBE, False),
        text("kms_key", "KMS key it is encrypted with.", _DESCRIBE),
        flag("node_to_node_encryption", "Its nodes talk TLS to each other.", _DESCRIBE, False),
        flag("https_only", "Plain HTTP is refused.", _DESCRIBE, False),
        text("tls_policy", "TLS policy of the endpoint.", _DESCRIBE, "Policy-Min-TLS-1-0-2019-07"),
        flag("fine_grained_access", "Users and roles have rights of their own inside.", _DESCRIBE, False),
        flag(
            "anonymous_access",
            "Requests without a user are served while access control is being set up.",
            _DESCRIBE,
            False,
        ),
        document("logs", "Logs that are published: AUDIT_LOGS, ES_APPLICATION_LOGS …", _DESCRIBE, []),
        flag("update_available", "A newer service software is waiting.", _DESCRIBE, False),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)


def _domains(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("DomainNames", []):
        name = item.get("DomainName")
        if name:
            row = Row(DOMAIN, scope.arn("es", f"domain/{name}"), scope.account, scope.region, name)
            row.fill(_LIST, {}, item)
            yield row


def _describe(answer: Answer, row: Row) -> Mapping[str, Any]:
    domain = answer.get("DomainStatus", {})
    network = domain.get("VPCOptions", {})
    endpoint = domain.get("DomainEndpointOptions", {})
    security = domain.get("AdvancedSecurityOptions", {})
    return {
        "engine_version": domain.get("EngineVersion"),
        "endpoint": domain.get("Endpoint"),
        "in_vpc": bool(network.get("VPCId") or network.get("SubnetIds")),
        "security_groups": network.get("SecurityGroupIds"),
        "policy": domain.get("AccessPolicies"),
        "encryption_at_rest": domain.get("EncryptionAtRestOptions", {}).get("Enabled"),
        "kms_key": domain.get("EncryptionAtRestOptions", {}).get("KmsKeyId"),
        "node_to_node_encryption": domain.get("NodeToNodeEncryptionOptions", {}).get("Enabled"),
        "https_only": endpoint.get("EnforceHTTPS"),
        "tls_policy": endpoint.get("TLSSecurityPolicy"),
        "fine_grained_access": security.get("Enabled"),
        "anonymous_access": security.get("AnonymousAuthEnabled"),
        "logs": sorted(
            kind for kind, option in domain.get("LogPublishingOptions", {}).items() if option.get("Enabled")
        ),
        "update_available": domain.get("ServiceSoftwareOptions", {}).get("UpdateAvailable"),
    }


SERVICE = Service(
    name="opensearch",
    title="OpenSearch",
    tables=(DOMAIN,),
    listings=(Listing(_LIST, (DOMAIN,), _domains),),
    details=(
        Detail(_DESCRIBE, DOMAIN, lambda row: {"DomainName": row.name}, _describe),
        Detail(
            _TAGS,
            DOMAIN,
            lambda row: {"ARN": row.uid},
            lambda answer, row: {"tags": tags_of(answer.get("TagList"))},
        ),
    ),
)
