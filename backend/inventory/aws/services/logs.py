"""CloudWatch Logs: log groups and the metric filters on them."""

from __future__ import annotations

from collections.abc import Iterable

from backend.inventory.collector import Answer, Listing, Row, Scope, Service
from backend.inventory.table import NEVER, ResourceTable, integer, moment, real, text

_GROUPS = "logs.DescribeLogGroups"
_FILTERS = "logs.DescribeMetricFilters"

GROUP = ResourceTable(
    name="aws_cloudwatch_log_group",
    title="CloudWatch log group",
    service="logs",
    listing=_GROUPS,
    columns=(
        text("arn", "ARN without the trailing `:*`.", _GROUPS),
        real("retention_days", "Days until events are deleted; infinite: kept for ever.", _GROUPS, NEVER),
        text("kms_key", "KMS key; empty for the service's own encryption.", _GROUPS),
        integer("stored_bytes", "Bytes stored.", _GROUPS, 0),
        text("log_class", "STANDARD, INFREQUENT_ACCESS or DELIVERY.", _GROUPS, "STANDARD"),
        moment("created_at", "When it was made.", _GROUPS),
    ),
)

FILTER = ResourceTable(
    name="aws_cloudwatch_metric_filter",
    title="CloudWatch metric filter",
    service="logs",
    listing=_FILTERS,
    columns=(
        text("log_group", "Name of the log group it reads.", _FILTERS),
        text("pattern", "Filter pattern.", _FILTERS),
        text("metric", "Name of the metric it feeds.", _FILTERS),
        text("namespace", "Namespace of that metric.", _FILTERS),
    ),
)


def _groups(page: Answer, scope: Scope) -> Iterable[Row]:
    for group in page.get("logGroups", []):
        name = group.get("logGroupName")
        if not name:
            continue
        arn = str(group.get("logGroupArn") or group.get("arn") or scope.arn("logs", f"log-group:{name}"))
        row = Row(GROUP, arn.removesuffix(":*"), scope.account, scope.region, name)
        created = group.get("creationTime")
        row.fill(
            _GROUPS,
            {
                "arn": arn.removesuffix(":*"),
                "retention_days": group.get("retentionInDays"),
                "kms_key": group.get("kmsKeyId"),
                "stored_bytes": group.get("storedBytes"),
                "log_class": group.get("logGroupClass"),
                "created_at": None if created is None else created / 1000,
            },
            group,
        )
        yield row


def _filters(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("metricFilters", []):
        name, group = one.get("filterName"), one.get("logGroupName", "")
        if not name:
            continue
        for transformation in one.get("metricTransformations", []) or [{}]:
            metric = transformation.get("metricName", "")
            uid = scope.arn("logs", f"log-group:{group}:metric-filter/{name}/{metric}")
            row = Row(FILTER, uid, scope.account, scope.region, name)
            row.fill(
                _FILTERS,
                {
                    "log_group": group,
                    "pattern": one.get("filterPattern"),
                    "metric": metric,
                    "namespace": transformation.get("metricNamespace"),
                },
                one,
            )
            yield row


SERVICE = Service(
    name="logs",
    title="CloudWatch Logs",
    tables=(GROUP, FILTER),
    listings=(
        Listing(_GROUPS, (GROUP,), _groups, narrow=lambda row: {"logGroupNamePrefix": row.name}),
        Listing(_FILTERS, (FILTER,), _filters),
    ),
)
