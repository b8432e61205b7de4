"""AWS Config: the recorder of each region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, text

_LIST = "config.DescribeConfigurationRecorders"
_STATUS = "config.DescribeConfigurationRecorderStatus"
_CHANNELS = "config.DescribeDeliveryChannels"

RECORDER = ResourceTable(
    name="aws_config_recorder",
    title="Config recorder",
    service="config",
    listing=_LIST,
    columns=(
        text("role_arn", "Role it reads with.", _LIST),
        flag("all_supported", "It records every supported type.", _LIST, False),
        flag("global_types", "It records global types such as IAM users.", _LIST, False),
        text("strategy", "ALL_SUPPORTED_RESOURCE_TYPES, INCLUSION_… or EXCLUSION_BY_RESOURCE_TYPES.", _LIST),
        document("types", "Types recorded or excluded by name.", _LIST, []),
        flag("recording", "It is recording now.", _STATUS, False),
        text("last_status", "SUCCESS, FAILURE or PENDING of the last delivery.", _STATUS),
        text("delivery_bucket", "Bucket that receives snapshots and history.", _CHANNELS),
    ),
)


def _recorders(page: Answer, scope: Scope) -> Iterable[Row]:
    for recorder in page.get("ConfigurationRecorders", []):
        name = recorder.get("name")
        if not name:
            continue
        group = recorder.get("recordingGroup", {})
        strategy = group.get("recordingStrategy", {}).get("useOnly")
        row = Row(RECORDER, scope.arn("config", f"configuration-recorder/{name}"), scope.account, scope.region, name)
        row.fill(
            _LIST,
            {
                "role_arn": recorder.get("roleARN"),
                "all_supported": group.get("allSupported"),
                "global_types": group.get("includeGlobalResourceTypes"),
                "strategy": strategy,
                "types": group.get("resourceTypes") or group.get("exclusionByResourceTypes", {}).get("resourceTypes"),
            },
            recorder,
        )
        yield row


def _status(answer: Answer, row: Row) -> Mapping[str, Any]:
    for status in answer.get("ConfigurationRecordersStatus", []):
        if status.get("name", row.name) == row.name or len(answer["ConfigurationRecordersStatus"]) == 1:
            return {"recording": status.get("recording"), "last_status": status.get("lastStatus")}
    return {}


def _channel(answer: Answer, row: Row) -> Mapping[str, Any]:
    return {"delivery_bucket": next((one.get("s3BucketName") for one in answer.get("DeliveryChannels", [])), None)}


SERVICE = Service(
    name="config",
    title="Config",
    tables=(RECORDER,),
    listings=(Listing(_LIST, (RECORDER,), _recorders, narrow=lambda row: {"ConfigurationRecorderNames": [row.name]}),),
    details=(
        Detail(_STATUS, RECORDER, lambda row: {"ConfigurationRecorderNames": [row.name]}, _status),
        Detail(_CHANNELS, RECORDER, lambda row: {}, _channel),
    ),
)
