"""EKS: clusters, how their API endpoint is reached, what they log, and their Kubernetes version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, moment, text

_LIST = "eks.ListClusters"
_DESCRIBE = "eks.DescribeCluster"

CLUSTER = ResourceTable(
    name="aws_eks_cluster",
    title="EKS cluster",
    service="eks",
    listing=_LIST,
    columns=(
        text("version", "Kubernetes version: 1.34 …", _DESCRIBE),
        text("platform_version", "EKS platform version.", _DESCRIBE),
        text("status", "ACTIVE, CREATING, UPDATING …", _DESCRIBE),
        text("support_type", "Once standard support ends: STANDARD upgrades, EXTENDED stays.", _DESCRIBE, "EXTENDED"),
        text("endpoint", "URL of the API server.", _DESCRIBE),
        flag("endpoint_public", "The API server is reachable from outside the VPC.", _DESCRIBE),
        flag("endpoint_private", "The API server is reachable inside the VPC.", _DESCRIBE),
        document("public_cidrs", "Ranges that may reach the public endpoint.", _DESCRIBE, []),
        text("secrets_key", "KMS key that encrypts Kubernetes secrets; empty: none of the account's.", _DESCRIBE),
        document("log_types", "Control plane logs that are on.", _DESCRIBE, []),
        text("authentication_mode", "API, API_AND_CONFIG_MAP or CONFIG_MAP.", _DESCRIBE, "CONFIG_MAP"),
        text("role", "ARN of its role.", _DESCRIBE),
        text("vpc_id", "VPC it is in.", _DESCRIBE),
        document("security_groups", "Additional security groups of the API server.", _DESCRIBE, []),
        flag("deletion_protection", "It cannot be deleted until this is switched off.", _DESCRIBE, False),
        moment("created_at", "When it was made.", _DESCRIBE),
        document("tags", "Tags as an object.", _DESCRIBE, {}),
    ),
)


def _clusters(page: Answer, scope: Scope) -> Iterable[Row]:
    for name in page.get("clusters", []):
        row = Row(CLUSTER, scope.arn("eks", f"cluster/{name}"), scope.account, scope.region, name)
        row.fill(_LIST, {}, {"name": name})
        yield row


def _describe(answer: Answer, row: Row) -> Mapping[str, Any]:
    cluster = answer.get("cluster", {})
    network = cluster.get("resourcesVpcConfig", {})
    created = cluster.get("createdAt")
    logging = cluster.get("logging", {}).get("clusterLogging", [])
    keys = [
        one.get("provider", {}).get("keyArn", "")
        for one in cluster.get("encryptionConfig", [])
        if "secrets" in one.get("resources", [])
    ]
    return {
        "version": cluster.get("version"),
        "platform_version": cluster.get("platformVersion"),
        "status": cluster.get("status"),
        "support_type": cluster.get("upgradePolicy", {}).get("supportType"),
        "endpoint": cluster.get("endpoint"),
        "endpoint_public": network.get("endpointPublicAccess"),
        "endpoint_private": network.get("endpointPrivateAccess"),
        "public_cidrs": network.get("publicAccessCidrs"),
        "secrets_key": next(iter(keys), None),
        "log_types": sorted({kind for one in logging if one.get("enabled") for kind in one.get("types", [])}),
        "authentication_mode": cluster.get("accessConfig", {}).get("authenticationMode"),
        "role": cluster.get("roleArn"),
        "vpc_id": network.get("vpcId"),
        "security_groups": network.get("securityGroupIds"),
        "deletion_protection": cluster.get("deletionProtection"),
        "created_at": created.timestamp() if created else None,
        "tags": tags_of(cluster.get("tags")),
    }


def _kept(answer: Answer) -> Any:
    """Without the activation code, by which a connected cluster can be registered by somebody else."""
    cluster = answer.get("cluster", {})
    return {"cluster": {key: value for key, value in cluster.items() if key != "connectorConfig"}}


SERVICE = Service(
    name="eks",
    title="EKS",
    tables=(CLUSTER,),
    listings=(Listing(_LIST, (CLUSTER,), _clusters),),
    details=(Detail(_DESCRIBE, CLUSTER, lambda row: {"name": row.name}, _describe, kept=_kept),),
)
