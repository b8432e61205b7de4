"""ECR: private repositories, who may pull and push, and whether their images are scanned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import ResourceTable, document, flag, moment, text

_LIST = "ecr.DescribeRepositories"
_SCANNING = "ecr.GetRegistryScanningConfiguration"
_POLICY = "ecr.GetRepositoryPolicy"
_TAGS = "ecr.ListTagsForResource"

REPOSITORY = ResourceTable(
    name="aws_ecr_repository",
    title="ECR repository",
    service="ecr",
    listing=_LIST,
    columns=(
        text("uri", "Where images are pulled from.", _LIST),
        text("tag_mutability", "IMMUTABLE, MUTABLE, or either with exclusions.", _LIST, "MUTABLE"),
        flag("scan_on_push", "Its own setting: images are scanned when pushed.", _LIST, False),
        text("encryption", "AES256, KMS or KMS_DSSE.", _LIST, "AES256"),
        text("kms_key", "KMS key; empty for S3's own.", _LIST),
        moment("created_at", "When it was made.", _LIST),
        text("registry_scan_type", "BASIC or ENHANCED (Inspector), of the whole registry.", _SCANNING, "BASIC"),
        text(
            "registry_scan_frequency",
            "What the registry's rules say of this repository: SCAN_ON_PUSH, CONTINUOUS_SCAN, MANUAL, or empty.",
            _SCANNING,
        ),
        text("policy", "Repository policy; empty when there is none.", _POLICY),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)

_EAGERNESS = ("MANUAL", "SCAN_ON_PUSH", "CONTINUOUS_SCAN")


def _pages(api: Api, scope: Scope) -> Iterable[Answer | CallFailed]:
    """Repositories, each page with the registry's scanning rules; a denied registry costs two columns."""
    scanning: Mapping[str, Any] | None = None
    try:
        scanning = api.call(_SCANNING, scope.region).get("scanningConfiguration", {})
    except CallFailed as failed:
        if failed.outcome is Outcome.CANCELLED:
            raise
        yield failed
    for page in api.pages(_LIST, scope.region):
        yield {**page, "scanningConfiguration": scanning}


def _repositories(page: Answer, scope: Scope) -> Iterable[Row]:
    scanning = page.get("scanningConfiguration")
    for item in page.get("repositories", []):
        name = item.get("repositoryName")
        if not name:
            continue
        uid = item.get("repositoryArn") or scope.arn("ecr", f"repository/{name}")
        row = Row(REPOSITORY, uid, scope.account, scope.region, name)
        encryption, created = item.get("encryptionConfiguration", {}), item.get("createdAt")
        row.fill(
            _LIST,
            {
                "uri": item.get("repositoryUri"),
                "tag_mutability": item.get("imageTagMutability"),
                "scan_on_push": item.get("imageScanningConfiguration", {}).get("scanOnPush"),
                "encryption": encryption.get("encryptionType"),
                "kms_key": encryption.get("kmsKey"),
                "created_at": created.timestamp() if created else None,
            },
            item,
        )
        if scanning is not None:
            row.fill(
                _SCANNING,
                {
                    "registry_scan_type": scanning.get("scanType"),
                    "registry_scan_frequency": scan_frequency(scanning, name),
                },
            )
        yield row


def scan_frequency(scanning: Mapping[str, Any], repository: str) -> str:
    """The most eager frequency among the registry's rules whose filters match the repository; '' when none does.

    A filter without an asterisk matches as if one stood on both sides (so ECR documents its wildcard filters).
    """
    found = -1
    for rule in scanning.get("rules", []):
        filters = [str(one.get("filter", "")) for one in rule.get("repositoryFilters", [])]
        matches = (fnmatchcase(repository, one if "*" in one else f"*{one}*") for one in filters if one)
        if rule.get("scanFrequency") in _EAGERNESS and any(matches):
            found = max(found, _EAGERNESS.index(rule["scanFrequency"]))
    return _EAGERNESS[found] if found >= 0 else ""


SERVICE = Service(
    name="ecr",
    title="ECR",
    tables=(REPOSITORY,),
    listings=(Listing(_LIST, (REPOSITORY,), _repositories, fetch=_pages, also=(_SCANNING,)),),
    details=(
        Detail(
            _POLICY,
            REPOSITORY,
            lambda row: {"repositoryName": row.name},
            lambda answer, row: {"policy": answer.get("policyText")},
            frozenset({"RepositoryPolicyNotFoundException"}),
        ),
        Detail(
            _TAGS,
            REPOSITORY,
            lambda row: {"resourceArn": row.uid},
            lambda answer, row: {"tags": tags_of(answer.get("tags"))},
        ),
    ),
)
