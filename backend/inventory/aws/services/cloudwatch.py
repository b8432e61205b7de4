"""CloudWatch alarms on metrics."""

from __future__ import annotations

from collections.abc import Iterable

from backend.inventory.collector import Answer, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, text

_LIST = "cloudwatch.DescribeAlarms"

ALARM = ResourceTable(
    name="aws_cloudwatch_alarm",
    title="CloudWatch alarm",
    service="cloudwatch",
    listing=_LIST,
    columns=(
        text("metric", "Metric it watches; empty for a metric expression.", _LIST),
        text("namespace", "Namespace of that metric.", _LIST),
        flag("actions_enabled", "Its actions are carried out.", _LIST, True),
        document("actions", "ARNs acted on when it goes off.", _LIST, []),
        text("state", "OK, ALARM or INSUFFICIENT_DATA.", _LIST),
    ),
)


def _alarms(page: Answer, scope: Scope) -> Iterable[Row]:
    for alarm in page.get("MetricAlarms", []):
        name = alarm.get("AlarmName")
        if not name:
            continue
        uid = alarm.get("AlarmArn") or scope.arn("cloudwatch", f"alarm:{name}")
        row = Row(ALARM, uid, scope.account, scope.region, name)
        row.fill(
            _LIST,
            {
                "metric": alarm.get("MetricName"),
                "namespace": alarm.get("Namespace"),
                "actions_enabled": alarm.get("ActionsEnabled"),
                "actions": alarm.get("AlarmActions"),
                "state": alarm.get("StateValue"),
            },
            alarm,
        )
        yield row


SERVICE = Service(
    name="cloudwatch",
    title="CloudWatch",
    tables=(ALARM,),
    listings=(
        Listing(
            _LIST,
            (ALARM,),
            _alarms,
            arguments={"AlarmTypes": ["MetricAlarm"]},
            narrow=lambda row: {"AlarmNames": [row.name], "AlarmTypes": ["MetricAlarm"]},
        ),
    ),
)
