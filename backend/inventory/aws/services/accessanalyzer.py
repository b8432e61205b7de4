"""IAM Access Analyzer: the analyzers of a region, and what they found open to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import NEVER, ResourceTable, document, flag, integer, moment, text

_LIST = "accessanalyzer.ListAnalyzers"
_FINDINGS = "accessanalyzer.ListFindings"
_SHOWN = 50  # resources named in a column; the count is always whole

# Kinds that look for access from outside; the others look for unused or for internal access.
_EXTERNAL = ("ACCOUNT", "ORGANIZATION")

ANALYZER = ResourceTable(
    name="aws_accessanalyzer_analyzer",
    title="Access Analyzer",
    service="accessanalyzer",
    listing=_LIST,
    columns=(
        text("kind", "ACCOUNT, ORGANIZATION, ACCOUNT_UNUSED_ACCESS …", _LIST),
        flag("external_access", "It looks for access from outside the account or organization.", _LIST),
        text("status", "ACTIVE, CREATING, DISABLED or FAILED.", _LIST),
        text("status_reason", "Why it is not active; empty when it is.", _LIST),
        moment("created_at", "When it was made.", _LIST),
        moment("last_analyzed_at", "When it last looked at a resource.", _LIST, -NEVER),
        document("tags", "Tags as an object.", _LIST, {}),
        integer("active_findings", "Findings that nobody archived or resolved.", _FINDINGS),
        integer("public_findings", "Those of them that concern access by anyone.", _FINDINGS),
        document("public_resources", "Resources of those, at most 50.", _FINDINGS),
    ),
)


def _analyzers(page: Answer, scope: Scope) -> Iterable[Row]:
    for analyzer in page.get("analyzers", []):
        arn = analyzer.get("arn")
        if not arn:
            continue
        kind = analyzer.get("type")
        created, looked = analyzer.get("createdAt"), analyzer.get("lastResourceAnalyzedAt")
        row = Row(ANALYZER, arn, scope.account, scope.region, analyzer.get("name", arn))
        row.fill(
            _LIST,
            {
                "kind": kind,
                "external_access": None if kind is None else kind in _EXTERNAL,
                "status": analyzer.get("status"),
                "status_reason": analyzer.get("statusReason", {}).get("code"),
                "created_at": created.timestamp() if created else None,
                "last_analyzed_at": looked.timestamp() if looked else None,
                "tags": tags_of(analyzer.get("tags")),
            },
            analyzer,
        )
        yield row


def _looks_outside(row: Row) -> bool | None:
    outside = row.values.get("external_access")
    return None if outside is None else bool(outside)


def _findings(answer: Answer, row: Row) -> Mapping[str, Any]:
    findings = answer.get("findings")
    if findings is None:
        return {}
    public = [one for one in findings if one.get("isPublic")]
    return {
        "active_findings": len(findings),
        "public_findings": len(public),
        "public_resources": sorted({str(one["resource"]) for one in public if one.get("resource")})[:_SHOWN],
    }


SERVICE = Service(
    name="accessanalyzer",
    title="Access Analyzer",
    tables=(ANALYZER,),
    listings=(Listing(_LIST, (ANALYZER,), _analyzers),),
    details=(
        Detail(
            _FINDINGS,
            ANALYZER,
            lambda row: {"analyzerArn": row.uid, "filter": {"status": {"eq": ["ACTIVE"]}}},
            _findings,
            when=_looks_outside,
        ),
    ),
)
