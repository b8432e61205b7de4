"""GuardDuty: the detector of each region and its severe findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, integer, text

_LIST = "guardduty.ListDetectors"
_GET = "guardduty.GetDetector"
_FINDINGS = "guardduty.ListFindings"

SEVERE = 7  # GuardDuty's own border between medium and high

DETECTOR = ResourceTable(
    name="aws_guardduty_detector",
    title="GuardDuty detector",
    service="guardduty",
    listing=_LIST,
    columns=(
        text("status", "ENABLED or DISABLED.", _GET),
        text("publishing", "How often updated findings are published.", _GET),
        document("features", "Enabled protection plans.", _GET, []),
        document("tags", "Tags as an object.", _GET, {}),
        integer("severe_findings", "Unarchived findings of high severity.", _FINDINGS, 0),
        flag("has_severe_findings", "There is at least one.", _FINDINGS, False),
    ),
)


def _detectors(page: Answer, scope: Scope) -> Iterable[Row]:
    for detector in page.get("DetectorIds", []):
        uid = scope.arn("guardduty", f"detector/{detector}")
        yield Row(DETECTOR, uid, scope.account, scope.region, detector)


def _detector(answer: Answer, row: Row) -> Mapping[str, Any]:
    features = answer.get("Features")
    return {
        "status": answer.get("Status"),
        "publishing": answer.get("FindingPublishingFrequency"),
        "features": None
        if features is None
        else sorted(str(one.get("Name", "")) for one in features if one.get("Status") == "ENABLED"),
        "tags": answer.get("Tags"),
    }


def _findings(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = answer.get("FindingIds")
    return {} if found is None else {"severe_findings": len(found), "has_severe_findings": bool(found)}


SERVICE = Service(
    name="guardduty",
    title="GuardDuty",
    tables=(DETECTOR,),
    listings=(Listing(_LIST, (DETECTOR,), _detectors),),
    details=(
        Detail(_GET, DETECTOR, lambda row: {"DetectorId": row.name}, _detector),
        Detail(
            _FINDINGS,
            DETECTOR,
            lambda row: {
                "DetectorId": row.name,
                "FindingCriteria": {
                    "Criterion": {
                        "severity": {"GreaterThanOrEqual": SEVERE},
                        "service.archived": {"Equals": ["false"]},
                    }
                },
            },
            _findings,
        ),
    ),
)
