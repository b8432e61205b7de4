"""CloudTrail: trails, whether they log, and what they record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import NEVER, ResourceTable, document, flag, moment, text

_LIST = "cloudtrail.DescribeTrails"
_STATUS = "cloudtrail.GetTrailStatus"
_SELECTORS = "cloudtrail.GetEventSelectors"

TRAIL = ResourceTable(
    name="aws_cloudtrail_trail",
    title="CloudTrail trail",
    service="cloudtrail",
    listing=_LIST,
    columns=(
        text("arn", "ARN of the trail.", _LIST),
        flag("multi_region", "It records every region.", _LIST, False),
        flag("organization", "It records every account of the organization.", _LIST, False),
        flag("global_events", "It records global services such as IAM.", _LIST, False),
        flag("log_file_validation", "Digest files show whether a log was changed.", _LIST, False),
        text("kms_key", "KMS key that encrypts the logs; empty for S3's own encryption.", _LIST),
        text("bucket", "Bucket that receives the logs.", _LIST),
        text("log_group_arn", "CloudWatch log group that receives the events; empty when none.", _LIST),
        text("log_group", "Name of that log group.", _LIST),
        text("sns_topic_arn", "Topic told of each log file; empty when none.", _LIST),
        flag("logging", "It is recording now.", _STATUS),
        moment("latest_delivery", "Last time a log file reached the bucket.", _STATUS, -NEVER),
        text("delivery_error", "What S3 answered to the last failed delivery; empty when all went well.", _STATUS),
        moment("latest_log_group_delivery", "Last time events reached the log group.", _STATUS, -NEVER),
        flag("management_events", "Management events are recorded, reads and writes.", _SELECTORS),
        flag("s3_write_events", "Object-level writes of all buckets are recorded.", _SELECTORS),
        flag("s3_read_events", "Object-level reads of all buckets are recorded.", _SELECTORS),
        document("selectors", "Event selectors as configured.", _SELECTORS, []),
    ),
)


def _trails(page: Answer, scope: Scope) -> Iterable[Row]:
    """Each trail once, in its home region; organization trails of another account are kept: they cover us too.

    A trail at home where we do not look shows as a shadow in every region it covers: the first region tells of it.
    """
    for trail in page.get("trailList", []):
        arn = trail.get("TrailARN")
        home = trail.get("HomeRegion", scope.region)
        told_by = home if home in scope.regions else min(scope.regions, default=scope.region)
        if not arn or told_by != scope.region:
            continue
        row = Row(TRAIL, arn, scope.account, scope.region, trail.get("Name", arn))
        row.fill(
            _LIST,
            {
                "arn": arn,
                "multi_region": trail.get("IsMultiRegionTrail"),
                "organization": trail.get("IsOrganizationTrail"),
                "global_events": trail.get("IncludeGlobalServiceEvents"),
                "log_file_validation": trail.get("LogFileValidationEnabled"),
                "kms_key": trail.get("KmsKeyId"),
                "bucket": trail.get("S3BucketName"),
                "log_group_arn": trail.get("CloudWatchLogsLogGroupArn"),
                "log_group": _group_name(trail.get("CloudWatchLogsLogGroupArn")),
                "sns_topic_arn": trail.get("SnsTopicARN"),
            },
            trail,
        )
        yield row


def _group_name(arn: str | None) -> str | None:
    """NAME of arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*."""
    return arn.split(":")[6] if arn and arn.count(":") >= 6 else None


def _status(answer: Answer, row: Row) -> Mapping[str, Any]:
    delivered, to_group = answer.get("LatestDeliveryTime"), answer.get("LatestCloudWatchLogsDeliveryTime")
    return {
        "logging": answer.get("IsLogging"),
        "latest_delivery": delivered.timestamp() if delivered else None,
        "delivery_error": answer.get("LatestDeliveryError"),
        "latest_log_group_delivery": to_group.timestamp() if to_group else None,
    }


def _selectors(answer: Answer, row: Row) -> Mapping[str, Any]:
    if "EventSelectors" not in answer and "AdvancedEventSelectors" not in answer:
        return {}
    basic = answer.get("EventSelectors") or []
    advanced = answer.get("AdvancedEventSelectors") or []
    covered = [_advanced(one) for one in advanced]
    return {
        "management_events": any(
            one.get("IncludeManagementEvents", True) and one.get("ReadWriteType", "All") == "All" for one in basic
        )
        or ("Management", "All") in covered
        or {("Management", "ReadOnly"), ("Management", "WriteOnly")} <= set(covered),
        "s3_write_events": any(_all_objects(one, "WriteOnly") for one in basic)
        or bool({("S3", "All"), ("S3", "WriteOnly")} & set(covered)),
        "s3_read_events": any(_all_objects(one, "ReadOnly") for one in basic)
        or bool({("S3", "All"), ("S3", "ReadOnly")} & set(covered)),
        "selectors": [*basic, *advanced],
    }


def _all_objects(selector: Mapping[str, Any], kind: str) -> bool:
    """Whether a basic selector records the objects of all buckets, for reads or writes."""
    if selector.get("ReadWriteType", "All") not in ("All", kind):
        return False
    for resource in selector.get("DataResources", []):
        values = {str(value).rstrip("/") for value in resource.get("Values", [])}
        if resource.get("Type") == "AWS::S3::Object" and any(
            value in ("arn:aws:s3", "arn:aws-cn:s3", "arn:aws-us-gov:s3", "arn:aws:s3:::") for value in values
        ):
            return True
    return False


def _advanced(selector: Mapping[str, Any]) -> tuple[str, str]:
    """(Management or S3 or '', All or ReadOnly or WriteOnly) that an advanced selector records without exception."""
    fields = {one.get("Field"): one for one in selector.get("FieldSelectors", [])}
    category = (fields.get("eventCategory") or {}).get("Equals") or []
    kinds = (fields.get("resources.type") or {}).get("Equals") or []
    narrowed = set(fields) - {"eventCategory", "resources.type", "readOnly"}
    if narrowed:
        return "", ""
    read_only = (fields.get("readOnly") or {}).get("Equals") or []
    span = {"true": "ReadOnly", "false": "WriteOnly"}.get(
        str(read_only[0]).lower() if len(read_only) == 1 else "", "All"
    )
    if "Management" in category:
        return "Management", span
    if "Data" in category and "AWS::S3::Object" in kinds:
        return "S3", span
    return "", ""


SERVICE = Service(
    name="cloudtrail",
    title="CloudTrail",
    tables=(TRAIL,),
    listings=(
        Listing(
            _LIST,
            (TRAIL,),
            _trails,
            arguments={"includeShadowTrails": True},
            narrow=lambda row: {"trailNameList": [row.uid]},
        ),
    ),
    details=(
        Detail(_STATUS, TRAIL, lambda row: {"Name": row.uid}, _status),
        Detail(_SELECTORS, TRAIL, lambda row: {"TrailName": row.uid}, _selectors),
    ),
)
